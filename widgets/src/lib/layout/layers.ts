/** The proper layering: long edges become chains of dummy vertices, one a row, so that every link spans one row. */

import type { Link } from "./ranks";

/** Vertices 0 … real-1 are the nodes, the others dummies. */
export interface Layering {
  readonly real: number;
  readonly count: number;
  readonly rank: Int32Array;
  /** How far each vertex reaches to both sides of its axis. */
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** The vertices of each row, from left to right. */
  readonly layers: number[][];
  /** Neighbours in the row above and in the row below. */
  readonly up: readonly number[][];
  readonly down: readonly number[][];
  /** For each edge its dummies from top to bottom, or null for one that runs beside the drawing. */
  readonly chains: readonly (readonly number[] | null)[];
}

/** With more dummies than this the longest edges leave the drawing for a lane at its side; real networks stay far below. */
const mostDummies = (nodes: number): number => 4_000 + 2 * nodes;
const DUMMY_REACH = 1;

/** Split the edges into chains; the order within a row is that of a walk from the sources. */
export function placeInLayers(ranks: Int32Array, links: readonly Link[], reaches: readonly { left: number; right: number }[]): Layering {
  const real = ranks.length;
  const span = ([from, to]: Link): number => (ranks[to] ?? 0) - (ranks[from] ?? 0);
  const aside = tooLong(links.map(span), mostDummies(real));
  const rank = [...ranks];
  const up = Array.from({ length: real }, (): number[] => []);
  const down = Array.from({ length: real }, (): number[] => []);
  const join = (above: number, below: number): void => {
    down[above]?.push(below);
    up[below]?.push(above);
  };
  const chains = links.map((link, i) => {
    if (aside.has(i)) return null;
    const [from, to] = link;
    const chain: number[] = [];
    for (let row = (ranks[from] ?? 0) + 1; row < (ranks[to] ?? 0); row++) {
      const dummy = rank.push(row) - 1;
      up.push([]);
      down.push([]);
      join(chain.at(-1) ?? from, dummy);
      chain.push(dummy);
    }
    join(chain.at(-1) ?? from, to);
    return chain;
  });
  const left = Float64Array.from(rank, (_, i) => reaches[i]?.left ?? DUMMY_REACH);
  const right = Float64Array.from(rank, (_, i) => reaches[i]?.right ?? DUMMY_REACH);
  return { real, count: rank.length, rank: Int32Array.from(rank), left, right, layers: walkOrder(rank, up, down), up, down, chains };
}

function tooLong(spans: readonly number[], most: number): Set<number> {
  let dummies = spans.reduce((sum, span) => sum + span - 1, 0);
  const aside = new Set<number>();
  const longest = spans.map((span, i) => ({ span, i })).sort((a, b) => b.span - a.span);
  for (const { span, i } of longest) {
    if (dummies <= most) break;
    aside.add(i);
    dummies -= span - 1;
  }
  return aside;
}

function walkOrder(rank: readonly number[], up: readonly number[][], down: readonly number[][]): number[][] {
  const rows = rank.reduce((most, row) => Math.max(most, row + 1), 0);
  const layers = Array.from({ length: rows }, (): number[] => []);
  const seen = new Uint8Array(rank.length);
  const stack = [...rank.keys()].filter((vertex) => !up[vertex]?.length).reverse();
  for (let vertex = stack.pop(); vertex !== undefined; vertex = stack.pop()) {
    if (seen[vertex]) continue;
    seen[vertex] = 1;
    layers[rank[vertex] ?? 0]?.push(vertex);
    const below = down[vertex] ?? [];
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i] ?? 0);
  }
  return layers;
}
