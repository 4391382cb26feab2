/** A graph that has been laid out, with what the page looks up in it. */

import { makeCard, type Card, type Measure } from "./card";
import { sameStructure, type Graph } from "./graph";
import { boxOf, HitGrid } from "./hit";
import type { Box, Layout, PlacedNode, Point } from "./layout";
import { runLayout } from "./layout_runner";

export interface Drawing {
  readonly graph: Graph;
  readonly cards: ReadonlyMap<string, Card>;
  readonly layout: Layout;
  readonly places: ReadonlyMap<string, PlacedNode>;
  readonly grid: HitGrid;
  readonly layoutMs: number;
}

/** Lay `graph` out, or keep the layout `before` when ids, edges and the sizes of all cards are the same. */
export async function draw(graph: Graph, before: Drawing | null, measure: Measure, onSlow: () => void): Promise<Drawing> {
  const cards = new Map([...graph.nodes].map(([id, node]) => [id, makeCard(node, measure)]));
  if (before && sameStructure(before.graph, graph) && sameSizes(before.cards, cards)) return { ...before, graph, cards };
  const sizes = [...cards].map(([id, { width, height }]) => ({ id, width, height }));
  let start = performance.now();
  const layout = await runLayout({ nodes: sizes, edges: graph.edges }, () => {
    onSlow();
    start = performance.now();
  });
  const layoutMs = performance.now() - start;
  return { graph, cards, layout, places: new Map(layout.nodes.map((node) => [node.id, node])), grid: new HitGrid(layout.nodes), layoutMs };
}

/** The box of the topmost node. */
export function topBox({ nodes }: Layout): Box | undefined {
  const top = least(nodes, (node) => node.y);
  return top && boxOf(top);
}

/** The node nearest to a point. */
export function nearestTo({ nodes }: Layout, point: Point): PlacedNode | undefined {
  return least(nodes, (node) => Math.hypot(node.x - point.x, node.y - point.y));
}

function least(nodes: readonly PlacedNode[], key: (node: PlacedNode) => number): PlacedNode | undefined {
  return nodes.reduce<PlacedNode | undefined>((best, node) => (best && key(best) <= key(node) ? best : node), undefined);
}

function sameSizes(a: ReadonlyMap<string, Card>, b: ReadonlyMap<string, Card>): boolean {
  return [...a].every(([id, card]) => card.width === b.get(id)?.width && card.height === b.get(id)?.height);
}
