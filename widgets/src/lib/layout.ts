/**
 * Layered layout: plain data in, plain data out, so that it can move to a worker as it is.
 *
 * Sugiyama's steps, one file each in layout/: cycles and ranks, dummy vertices for long edges, order within the layers,
 * x by Brandes and Köpf (Fast and Simple Horizontal Coordinate Assignment, 2001), then rows and edge routes.
 */

import { placeInLayers } from "./layout/layers";
import { minimiseCrossings } from "./layout/order";
import { assignRanks, withoutCycles } from "./layout/ranks";
import { placeRows, routeEdges } from "./layout/routes";
import { assignX } from "./layout/coordinates";

export interface LayoutInput {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
  /** Ids of the nodes that stand alone in the first row, and in the last one. */
  readonly first?: ReadonlySet<string>;
  readonly last?: ReadonlySet<string>;
  /** The least room between two rows. */
  readonly rowGap?: number;
}

export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** From the left border to the axis on which the node is lined up with others; the middle unless it is given. */
  readonly left?: number;
}

/** Edges meet a node on its axis, or beside it by the shifts. */
export type LayoutEdge = readonly [from: string, to: string, fromShift?: number, toShift?: number];

/** A placed node; x and y are its centre, whatever its axis. */
export interface PlacedNode {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An edge as a line of points; where two neighbours differ in x the line bends between them. */
export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle by its left top corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly bounds: Box;
}

/** Place every node and route every edge between two known, different nodes; the same input gives the same output. */
export function layoutGraph({ nodes, edges, first, last, rowGap }: LayoutInput): Layout {
  const index = new Map(nodes.map((node, i) => [node.id, i]));
  const links = edges.flatMap(([from, to, fromShift = 0, toShift = 0]) => {
    const a = index.get(from);
    const b = index.get(to);
    return a === undefined || b === undefined || a === b ? [] : [{ from, to, a, b, shifts: [fromShift, toShift] as const }];
  });
  const directed = withoutCycles(nodes.length, links.map(({ a, b }) => [a, b] as const));
  const pinned = nodes.map(({ id }) => (first?.has(id) ? "first" : last?.has(id) ? "last" : null));
  const ranks = assignRanks(nodes.length, directed, pinned);
  const layering = placeInLayers(ranks, directed, nodes.map(({ width, left = width / 2 }) => ({ left, right: width - left })));
  minimiseCrossings(layering);
  const x = assignX(layering);
  const rows = placeRows(layering, x, nodes.map((node) => node.height), rowGap);
  const placed = nodes.map(({ id, width, height, left = width / 2 }, i) => ({ id, width, height, x: (x[i] ?? 0) - left + width / 2, y: rows[ranks[i] ?? 0]?.centre ?? 0 }));
  const turned = links.map(({ a }, i) => directed[i]?.[0] !== a);
  const shifts = links.map(({ shifts: [from, to] }, i) => (turned[i] ? ([to, from] as const) : ([from, to] as const)));
  const routes = routeEdges(layering, x, rows, directed, shifts, placed);
  const routed = links.map(({ from, to }, i) => {
    const points = routes[i] ?? [];
    return { from, to, points: turned[i] ? [...points].reverse() : points };
  });
  return { nodes: placed, edges: routed, bounds: boundsOf(placed, routed) };
}

function boundsOf(nodes: readonly PlacedNode[], edges: readonly PlacedEdge[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of nodes) {
    left = Math.min(left, node.x - node.width / 2);
    right = Math.max(right, node.x + node.width / 2);
    top = Math.min(top, node.y - node.height / 2);
    bottom = Math.max(bottom, node.y + node.height / 2);
  }
  for (const point of edges.flatMap((edge) => edge.points)) {
    left = Math.min(left, point.x);
    right = Math.max(right, point.x);
  }
  return nodes.length ? { x: left, y: top, width: right - left, height: bottom - top } : { x: 0, y: 0, width: 0, height: 0 };
}
