/** Ranks: the row of each node, every edge pointing down at least one row. */

/** An edge between two vertices by number. */
export type Link = readonly [from: number, to: number];

/** Turn edges that close a cycle round, found by a depth-first walk in input order. */
export function withoutCycles(count: number, links: readonly Link[]): Link[] {
  const outgoing = adjacency(count, links);
  const state = new Uint8Array(count); // 0 not seen, 1 on the walk, 2 done
  const turned = new Set<number>();
  for (let start = 0; start < count; start++) {
    if (state[start]) continue;
    state[start] = 1;
    const walk = [{ at: start, next: 0 }];
    for (let top = walk.at(-1); top; top = walk.at(-1)) {
      const link = outgoing[top.at]?.[top.next++];
      if (link === undefined) {
        state[top.at] = 2;
        walk.pop();
        continue;
      }
      const to = links[link]?.[1] ?? top.at;
      if (state[to] === 1) turned.add(link);
      if (state[to] === 0) {
        state[to] = 1;
        walk.push({ at: to, next: 0 });
      }
    }
  }
  return links.map((link, i) => (turned.has(i) ? [link[1], link[0]] : link));
}

export type Pin = "first" | "last" | null;

/**
 * Longest-path ranks from the sources; then nodes with few inputs move down to their consumers, which shortens edges.
 * Pinned vertices stand alone in the first or the last row; no edge leads to a first or from a last one.
 */
export function assignRanks(count: number, links: readonly Link[], pinned: readonly Pin[] = []): Int32Array {
  const outgoing = adjacency(count, links);
  const indegree = new Int32Array(count);
  for (const [, to] of links) indegree[to] = at(indegree, to) + 1;
  const waiting = indegree.slice();
  const order: number[] = [];
  for (let i = 0; i < count; i++) if (!waiting[i]) order.push(i);
  const top = pinned.includes("first") ? 1 : 0;
  const ranks = Int32Array.from({ length: count }, (_, i) => (pinned[i] === "first" ? 0 : top));
  for (let head = 0; head < order.length; head++) {
    const from = order[head] ?? 0;
    for (const link of outgoing[from] ?? []) {
      const to = links[link]?.[1] ?? 0;
      ranks[to] = Math.max(at(ranks, to), at(ranks, from) + 1);
      waiting[to] = at(waiting, to) - 1;
      if (!waiting[to]) order.push(to);
    }
  }
  const bottom = ranks.reduce((lowest, rank, i) => (pinned[i] === "last" ? lowest : Math.max(lowest, rank + 1)), top);
  pinned.forEach((pin, i) => pin === "last" && (ranks[i] = bottom));
  for (const node of order.reverse()) {
    if (pinned[node]) continue;
    const consumers = outgoing[node] ?? [];
    if (at(indegree, node) >= consumers.length) continue;
    ranks[node] = consumers.reduce((lowest, link) => Math.min(lowest, at(ranks, links[link]?.[1] ?? 0) - 1), Infinity);
  }
  return ranks;
}

/** For each vertex the numbers of the links that leave it. */
function adjacency(count: number, links: readonly Link[]): number[][] {
  const outgoing = Array.from({ length: count }, (): number[] => []);
  links.forEach(([from], i) => outgoing[from]?.push(i));
  return outgoing;
}

function at(values: Int32Array, i: number): number {
  return values[i] ?? 0;
}
