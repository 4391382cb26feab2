/** A grid over the drawing: what is under a point, what lies in a rectangle. */

import type { PlacedItem, PlacedLine } from "./compose";
import { TOGGLE } from "./contents";
import type { Box, PlacedNode, Point } from "./layout";
import { HEADER } from "./layout/level";

const CELL = 512;
/** Columns are packed with rows into one number; the world is never this wide. */
const COLUMNS = 2 ** 24;
/** What would lie in more cells than this is looked at every time. */
const MOST_CELLS = 400;

export class HitGrid {
  private readonly items: Cells;
  private readonly lines: Cells;

  constructor(
    private readonly allItems: readonly PlacedItem[],
    private readonly allLines: readonly PlacedLine[] = [],
  ) {
    this.items = new Cells(allItems.map(boxOf));
    this.lines = new Cells(allLines.map(({ points }) => around(points)));
  }

  /** The card, or the header of the open block, under a world point. */
  at(point: Point): PlacedItem | undefined {
    const here = { x: point.x, y: point.y, width: 0, height: 0 };
    const found = this.items.meeting(here).map((i) => this.allItems[i] as PlacedItem);
    return found.findLast((item) => !item.open || point.y <= item.y - item.height / 2 + HEADER);
  }

  /** The items that meet a rectangle, in drawing order. */
  itemsIn(box: Box): PlacedItem[] {
    return this.items.meeting(box).map((i) => this.allItems[i] as PlacedItem);
  }

  linesIn(box: Box): PlacedLine[] {
    return this.lines.meeting(box).map((i) => this.allLines[i] as PlacedLine);
  }
}

/** Rectangles in a grid, by number. */
class Cells {
  private readonly cells = new Map<number, number[]>();
  private readonly everywhere: number[] = [];
  private readonly seen: Uint32Array;
  private search = 0;

  constructor(private readonly boxes: readonly Box[]) {
    this.seen = new Uint32Array(boxes.length);
    boxes.forEach((box, i) => {
      const range = rangeOf(box);
      if (sizeOf(range) > MOST_CELLS) this.everywhere.push(i);
      else
        for (const key of keysOf(range)) {
          const cell = this.cells.get(key);
          if (cell) cell.push(i);
          else this.cells.set(key, [i]);
        }
    });
  }

  /** The numbers of the rectangles that touch `box`, ascending. */
  meeting(box: Box): number[] {
    const range = rangeOf(box);
    const touches = (i: number): boolean => overlaps(this.boxes[i] as Box, box);
    if (sizeOf(range) > this.cells.size) return [...this.boxes.keys()].filter(touches);
    this.search++;
    const found: number[] = this.everywhere.filter(touches);
    for (const key of keysOf(range)) {
      for (const i of this.cells.get(key) ?? []) {
        if (this.seen[i] === this.search) continue;
        this.seen[i] = this.search;
        if (touches(i)) found.push(i);
      }
    }
    return found.sort((a, b) => a - b);
  }
}

/** The button that opens a closed block (at its card's right) or closes an open one (in its header). */
export function toggleBox(item: PlacedItem): Box {
  const box = boxOf(item);
  if (item.open) return { x: box.x + 7, y: box.y + (HEADER - TOGGLE) / 2, width: TOGGLE, height: TOGGLE };
  return { x: box.x + box.width - TOGGLE - 9, y: item.y - TOGGLE / 2, width: TOGGLE, height: TOGGLE };
}

/** Whether a point is in a box made larger by `reach`. */
export function within(box: Box, point: Point, reach = 0): boolean {
  return point.x >= box.x - reach && point.y >= box.y - reach && point.x <= box.x + box.width + reach && point.y <= box.y + box.height + reach;
}

/** The rectangle a node covers. */
export function boxOf(node: PlacedNode): Box {
  return { x: node.x - node.width / 2, y: node.y - node.height / 2, width: node.width, height: node.height };
}

/** Whether two rectangles touch. */
export function overlaps(a: Box, b: Box): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

/** The rectangle around points. */
export function around(points: readonly Point[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return points.length ? { x: left, y: top, width: right - left, height: bottom - top } : { x: 0, y: 0, width: 0, height: 0 };
}

interface Range {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function rangeOf(box: Box): Range {
  const cell = (value: number): number => Math.floor(value / CELL);
  return { left: cell(box.x), right: cell(box.x + box.width), top: cell(box.y), bottom: cell(box.y + box.height) };
}

function sizeOf({ left, right, top, bottom }: Range): number {
  return (right - left + 1) * (bottom - top + 1);
}

function* keysOf({ left, right, top, bottom }: Range): Generator<number> {
  for (let column = left; column <= right; column++) for (let row = top; row <= bottom; row++) yield row * COLUMNS + column;
}
