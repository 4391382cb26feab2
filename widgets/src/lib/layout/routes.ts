/** Rows and routes: edges run straight down through the rows, between the nodes, and bend only in the gaps between rows. */

import type { PlacedNode, Point } from "../layout";
import type { Layering } from "./layers";
import type { Link } from "./ranks";

export interface Row {
  readonly top: number;
  readonly centre: number;
  readonly bottom: number;
}

const ROW_GAP = 36;
const WIDEST_ROW_GAP = 120;
const LANE_GAP = 6;
const LANE_MARGIN = 30;

/** Stack the rows; a gap grows with the longest sideways run in it, so that bends stay followable. */
export function placeRows(layering: Layering, x: Float64Array, heights: readonly number[], rowGap = ROW_GAP): Row[] {
  let y = 0;
  return layering.layers.map((layer, row) => {
    const height = layer.reduce((most, vertex) => Math.max(most, heights[vertex] ?? 0), 0);
    const placed = { top: y, centre: y + height / 2, bottom: y + height };
    y = placed.bottom + gapBelow(layering, x, row, rowGap);
    return placed;
  });
}

function gapBelow({ layers, down }: Layering, x: Float64Array, row: number, rowGap: number): number {
  let furthest = 0;
  for (const vertex of layers[row] ?? []) {
    for (const below of down[vertex] ?? []) furthest = Math.max(furthest, Math.abs((x[vertex] ?? 0) - (x[below] ?? 0)));
  }
  return Math.round(Math.min(Math.max(WIDEST_ROW_GAP, rowGap), rowGap + 0.06 * furthest));
}

/** The points of every edge, from the bottom of its upper node to the top of its lower one, each beside the node's axis by its shift. */
export function routeEdges(
  layering: Layering,
  x: Float64Array,
  rows: readonly Row[],
  links: readonly Link[],
  shifts: readonly (readonly [upper: number, lower: number])[],
  nodes: readonly PlacedNode[],
): Point[][] {
  const lanes = assignLanes(layering, links);
  const right = nodes.reduce((most, node) => Math.max(most, node.x + node.width / 2), x.reduce((most, value) => Math.max(most, value), 0));
  return links.map(([from, to], i) => {
    const start = nodes[from];
    const end = nodes[to];
    if (!start || !end) return [];
    const [first, last] = [layering.rank[from] ?? 0, layering.rank[to] ?? 0];
    const chain = layering.chains[i];
    const laneX = right + LANE_MARGIN + LANE_GAP * (lanes.get(i) ?? 0);
    const [upper = 0, lower = 0] = shifts[i] ?? [];
    const [startX, endX] = [(x[from] ?? 0) + upper, (x[to] ?? 0) + lower];
    const points: Point[] = [{ x: startX, y: start.y + start.height / 2 }];
    points.push({ x: startX, y: rows[first]?.bottom ?? 0 });
    for (let row = first + 1; row < last; row++) {
      const column = chain ? (x[chain[row - first - 1] ?? 0] ?? 0) : laneX;
      points.push({ x: column, y: rows[row]?.top ?? 0 }, { x: column, y: rows[row]?.bottom ?? 0 });
    }
    points.push({ x: endX, y: rows[last]?.top ?? 0 }, { x: endX, y: end.y - end.height / 2 });
    return withoutStraightMiddles(points);
  });
}

/** Edges without a chain share lanes beside the drawing where their rows do not meet. */
function assignLanes({ chains, rank }: Layering, links: readonly Link[]): Map<number, number> {
  const lanes = new Map<number, number>();
  const busyUntil: number[] = [];
  const outside = [...links.entries()].filter(([i]) => chains[i] === null);
  outside.sort(([, a], [, b]) => (rank[a[0]] ?? 0) - (rank[b[0]] ?? 0));
  for (const [i, [from, to]] of outside) {
    const free = busyUntil.findIndex((row) => row < (rank[from] ?? 0));
    const lane = free < 0 ? busyUntil.length : free;
    busyUntil[lane] = rank[to] ?? 0;
    lanes.set(i, lane);
  }
  return lanes;
}

function withoutStraightMiddles(points: readonly Point[]): Point[] {
  return points.filter((point, i) => {
    const [before, after] = [points[i - 1], points[i + 1]];
    return !before || !after || before.x !== point.x || after.x !== point.x;
  });
}
