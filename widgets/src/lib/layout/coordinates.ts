/**
 * x coordinates after Brandes and Köpf: four extreme alignments, one for each corner, and the mean of the two middle
 * values of each vertex. Chains of dummies become straight verticals, and neighbours keep their distance.
 */

import type { Layering } from "./layers";

const NODE_GAP = 28;
const EDGE_GAP = 14;

interface Alignment {
  /** The topmost (or bottommost) vertex of the block a vertex belongs to. */
  readonly root: Int32Array;
  readonly layers: readonly (readonly number[])[];
}

/** The axis of every vertex, whole numbers, with the drawing centred on 0. */
export function assignX(layering: Layering): Float64Array {
  const position = new Int32Array(layering.count);
  for (const layer of layering.layers) layer.forEach((vertex, i) => (position[vertex] = i));
  const conflicts = findConflicts(layering, position);
  const candidates = [true, false].flatMap((fromTop) =>
    [false, true].map((mirrored) => {
      const x = compact(layering, align(layering, conflicts, fromTop, mirrored));
      return mirrored ? x.map((value) => -value) : x;
    }),
  );
  return balance(candidates, layering);
}

/** Links that cross a link between two dummies give way: long edges stay straight. Keys are above * count + below. */
function findConflicts({ layers, up, real, count }: Layering, position: Int32Array): Set<number> {
  const conflicts = new Set<number>();
  for (let row = 1; row < layers.length; row++) {
    const layer = layers[row] ?? [];
    const last = (layers[row - 1]?.length ?? 0) - 1;
    let low = 0;
    let scanned = 0;
    layer.forEach((vertex, i) => {
      const inner = vertex < real ? undefined : up[vertex]?.find((above) => above >= real);
      if (inner === undefined && i < layer.length - 1) return;
      const high = inner === undefined ? last : (position[inner] ?? 0);
      for (; scanned <= i; scanned++) {
        const below = layer[scanned] ?? 0;
        for (const above of up[below] ?? []) {
          const place = position[above] ?? 0;
          if ((place < low || place > high) && !(above >= real && below >= real)) conflicts.add(above * count + below);
        }
      }
      low = high;
    });
  }
  return conflicts;
}

/** Join each vertex with its median neighbour above (or below) unless that would cross a join made before. */
function align(layering: Layering, conflicts: ReadonlySet<number>, fromTop: boolean, mirrored: boolean): Alignment {
  const { count, real } = layering;
  const layers = mirrored ? layering.layers.map((layer) => [...layer].reverse()) : layering.layers;
  const position = new Int32Array(count);
  for (const layer of layers) layer.forEach((vertex, i) => (position[vertex] = i));
  const root = Int32Array.from({ length: count }, (_, i) => i);
  const neighbours = fromTop ? layering.up : layering.down;
  const opposite = fromTop ? layering.down : layering.up;
  /** The end of a skip leaves a node to the trunk. */
  const givesWay = (vertex: number, other: number): boolean => vertex >= real && other < real && !medians(opposite[other] ?? [], position, real).includes(vertex);
  for (const layer of fromTop ? layers : [...layers].reverse()) {
    let reached = -1;
    for (const vertex of layer) {
      for (const other of medians(neighbours[vertex] ?? [], position, real)) {
        const key = fromTop ? other * count + vertex : vertex * count + other;
        const place = position[other] ?? 0;
        if (root[vertex] !== vertex || place <= reached || conflicts.has(key) || givesWay(vertex, other)) continue;
        root[vertex] = root[other] ?? other;
        reached = place;
      }
    }
  }
  return { root, layers };
}

/** The one or two middle neighbours. Of a node and the dummy of one long edge it is the node: a network's trunk stays straight beside its skips. */
function medians(neighbours: readonly number[], position: Int32Array, real: number): number[] {
  const sorted = [...neighbours].sort((a, b) => (position[a] ?? 0) - (position[b] ?? 0));
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const nodes = middle.filter((vertex) => vertex < real);
  return sorted.length === 2 && nodes.length === 1 ? nodes : middle;
}

/** Place whole blocks as far left as their neighbours allow, then pull them right towards those. */
function compact({ left: leftReach, right: rightReach, real, count }: Layering, { root, layers }: Alignment): Float64Array {
  const before = Array.from({ length: count }, (): { block: number; gap: number }[] => []);
  const after = Array.from({ length: count }, (): { block: number; gap: number }[] => []);
  const gap = (a: number, b: number): number => (rightReach[a] ?? 0) + (leftReach[b] ?? 0) + (a >= real || b >= real ? EDGE_GAP : NODE_GAP);
  for (const layer of layers) {
    for (let i = 1; i < layer.length; i++) {
      const [left, right] = [layer[i - 1] ?? 0, layer[i] ?? 0];
      const [leftBlock, rightBlock] = [root[left] ?? left, root[right] ?? right];
      before[rightBlock]?.push({ block: leftBlock, gap: gap(left, right) });
      after[leftBlock]?.push({ block: rightBlock, gap: gap(left, right) });
    }
  }
  const order = leftToRight(before, after);
  const x = new Float64Array(count);
  for (const block of order) for (const left of before[block] ?? []) x[block] = Math.max(x[block] ?? 0, (x[left.block] ?? 0) + left.gap);
  for (const block of order.reverse()) {
    const limit = (after[block] ?? []).reduce((least, right) => Math.min(least, (x[right.block] ?? 0) - right.gap), Infinity);
    if (limit < Infinity) x[block] = Math.max(x[block] ?? 0, limit);
  }
  return Float64Array.from(root, (block) => x[block] ?? 0);
}

/** Blocks never cross, so "stands left of" has a topological order. */
function leftToRight(before: readonly { block: number }[][], after: readonly { block: number }[][]): number[] {
  const waiting = before.map((lefts) => lefts.length);
  const order = [...waiting.keys()].filter((block) => waiting[block] === 0);
  for (let head = 0; head < order.length; head++) {
    for (const { block } of after[order[head] ?? 0] ?? []) {
      waiting[block] = (waiting[block] ?? 0) - 1;
      if (waiting[block] === 0) order.push(block);
    }
  }
  return order;
}

/** Shift the candidates to one side of the narrowest, take the mean of the middle two for each vertex, centre the result. */
function balance(candidates: readonly Float64Array[], layering: Layering): Float64Array {
  const extents = candidates.map((x) => extent(x, layering));
  const narrowest = extents.reduce((best, each) => (each.right - each.left < best.right - best.left ? each : best), { left: 0, right: Infinity });
  const shifts = extents.map(({ left, right }, i) => (i % 2 === 0 ? narrowest.left - left : narrowest.right - right));
  const x = layering.left.map((_, vertex) => {
    const values = candidates.map((candidate, i) => (candidate[vertex] ?? 0) + (shifts[i] ?? 0)).sort((a, b) => a - b);
    return ((values[1] ?? 0) + (values[2] ?? 0)) / 2;
  });
  const { left, right } = extent(x, layering);
  return x.map((value) => Math.round(value - (left + right) / 2));
}

function extent(x: Float64Array, reach: Layering): { left: number; right: number } {
  let [left, right] = x.length ? [Infinity, -Infinity] : [0, 0];
  x.forEach((value, i) => {
    left = Math.min(left, value - (reach.left[i] ?? 0));
    right = Math.max(right, value + (reach.right[i] ?? 0));
  });
  return { left, right };
}
