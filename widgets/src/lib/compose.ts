/** Levels put into each other: everything that is seen, at its place in the world. */

import { TOP, type Hierarchy } from "./hierarchy";
import type { Box, PlacedNode, Point } from "./layout";
import type { Flow, LevelLayout } from "./layout/level";
import type { Link } from "./links";

/** A node, a closed block, or the frame of an open one. */
export interface PlacedItem extends PlacedNode {
  readonly open: boolean;
  /** How many open blocks it stands in. */
  readonly depth: number;
  /** The point that keeps its place when the item opens or closes. */
  readonly anchor: Point;
}

/** A piece of an edge within one level. */
export interface PlacedLine {
  /** The item it leaves or reaches; for the frame of an open block the block. */
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  /** The numbers of the graph's edges it carries. */
  readonly edges: readonly number[];
  readonly tensors: number;
  /** Whether it starts at what makes the tensor, and whether it ends at a card. */
  readonly starts: boolean;
  readonly ends: boolean;
}

export interface Composition {
  /** Frames before what stands in them. */
  readonly items: readonly PlacedItem[];
  readonly lines: readonly PlacedLine[];
  /** From parameters to their operators. */
  readonly ties: readonly (readonly Point[])[];
  readonly bounds: Box;
}

/** What is known of an open block: its layout and the links that were laid out with it. */
export interface Level {
  readonly layout: LevelLayout;
  readonly links: readonly Link[];
}

/** Put the levels together, the left top corner of the whole at `origin`. */
export function compose(levels: ReadonlyMap<string, Level>, flow: Flow, origin: Point): Composition {
  const items: PlacedItem[] = [];
  const lines: PlacedLine[] = [];
  const ties: Point[][] = [];
  const put = (block: string, level: Level, corner: Point, depth: number): void => {
    for (const item of level.layout.items) {
      const [x, y] = [corner.x + item.x, corner.y + item.y];
      const inner = levels.get(item.id);
      const start = { x: x - item.width / 2, y: y - item.height / 2 };
      const axis = inner?.layout.frame.axis;
      const anchor = flow === "down" ? { x: start.x + (axis ?? item.width / 2), y: start.y } : { x: start.x, y: start.y + (axis ?? item.height / 2) };
      items.push({ id: item.id, x, y, width: item.width, height: item.height, open: inner !== undefined, depth, anchor });
      if (inner) put(item.id, inner, start, depth + 1);
    }
    level.links.forEach(({ from, to, tensors, edges }, i) => {
      const points = (level.layout.routes[i] ?? []).map(({ x, y }) => ({ x: corner.x + x, y: corner.y + y }));
      const starts = from !== undefined && !levels.has(from);
      const ends = to !== undefined && !levels.has(to);
      lines.push({ from: from ?? block, to: to ?? block, points, edges, tensors, starts, ends });
    });
    for (const tie of level.layout.ties) ties.push(tie.map(({ x, y }) => ({ x: corner.x + x, y: corner.y + y })));
  };
  const top = levels.get(TOP);
  if (top) put(TOP, top, origin, 0);
  const { width = 0, height = 0 } = top?.layout.frame ?? {};
  return { items, lines, ties, bounds: { ...origin, width, height } };
}

/** The blocks that are seen open: those whose ancestors are all open too. */
export function seenOpen(hierarchy: Hierarchy, open: ReadonlySet<string>): string[] {
  return [...open].filter((id) => hierarchy.isBlock(id) && hierarchy.ancestors(id).every((block) => open.has(block)));
}
