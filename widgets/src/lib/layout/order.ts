/** The order within the rows: median sweeps and swaps of neighbours, keeping the order with the fewest crossings. */

import type { Layering } from "./layers";

const SWEEPS = 24;
const PATIENCE = 6;
/** Comparing two vertices costs the product of their degrees; beyond this the medians decide alone. */
const MOST_COMPARISONS = 4_000;

/** Reorder `layering.layers` in place. */
export function minimiseCrossings(layering: Layering): void {
  const { layers } = layering;
  const position = new Float64Array(layering.count);
  for (const layer of layers) number(layer, position);
  let fewest = countCrossings(layering, position);
  let best = layers.map((layer) => layer.slice());
  for (let sweep = 0, stale = 0; sweep < SWEEPS && stale < PATIENCE && fewest > 0; sweep++) {
    sweepMedians(layering, position, sweep % 2 === 0);
    swapNeighbours(layering, position);
    const crossings = countCrossings(layering, position);
    stale++;
    if (crossings < fewest) {
      fewest = crossings;
      best = layers.map((layer) => layer.slice());
      stale = 0;
    }
  }
  best.forEach((layer, row) => (layers[row] = layer));
}

function number(layer: readonly number[], position: Float64Array): void {
  layer.forEach((vertex, i) => (position[vertex] = i));
}

function sweepMedians({ layers, up, down }: Layering, position: Float64Array, downwards: boolean): void {
  const key = new Float64Array(position.length);
  for (let step = 1; step < layers.length; step++) {
    const layer = layers[downwards ? step : layers.length - 1 - step] ?? [];
    for (const vertex of layer) key[vertex] = median((downwards ? up : down)[vertex] ?? [], position) ?? position[vertex] ?? 0;
    layer.sort((a, b) => (key[a] ?? 0) - (key[b] ?? 0) || (position[a] ?? 0) - (position[b] ?? 0));
    number(layer, position);
  }
}

function median(neighbours: readonly number[], position: Float64Array): number | undefined {
  const places = neighbours.map((vertex) => position[vertex] ?? 0).sort((a, b) => a - b);
  const right = places[places.length >> 1];
  const left = places[(places.length - 1) >> 1];
  return left === undefined || right === undefined ? undefined : (left + right) / 2;
}

function swapNeighbours(layering: Layering, position: Float64Array): void {
  for (let round = 0, swapped = true; swapped && round < 4; round++) {
    swapped = false;
    for (const layer of layering.layers) {
      for (let i = 0; i + 1 < layer.length; i++) {
        const left = layer[i] ?? 0;
        const right = layer[i + 1] ?? 0;
        if (gain(layering, position, left, right) <= 0) continue;
        layer[i] = right;
        layer[i + 1] = left;
        position[right] = i;
        position[left] = i + 1;
        swapped = true;
      }
    }
  }
}

/** How many crossings fewer there are when two neighbours in a row change places. */
function gain({ up, down }: Layering, position: Float64Array, left: number, right: number): number {
  let fewer = 0;
  for (const side of [up, down]) {
    const ours = side[left] ?? [];
    const theirs = side[right] ?? [];
    if (ours.length * theirs.length > MOST_COMPARISONS) return 0;
    for (const a of ours) for (const b of theirs) fewer += Math.sign((position[a] ?? 0) - (position[b] ?? 0));
  }
  return fewer;
}

/** Count by inversions with a binary indexed tree: O(E log V). */
function countCrossings({ layers, down }: Layering, position: Float64Array): number {
  let crossings = 0;
  for (let row = 0; row + 1 < layers.length; row++) {
    const below = layers[row + 1]?.length ?? 0;
    const tree = new Int32Array(below + 1);
    for (const vertex of [...(layers[row] ?? [])].reverse()) {
      const ends = (down[vertex] ?? []).map((to) => position[to] ?? 0);
      for (const end of ends) for (let i = end; i > 0; i -= i & -i) crossings += tree[i] ?? 0;
      for (const end of ends) for (let i = end + 1; i <= below; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
    }
  }
  return crossings;
}
