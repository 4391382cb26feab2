/**
 * The graph's edges, cut at the borders of the blocks: each level has links between what stands in it, from the tensors
 * that come in through its border and to those that leave.
 */

import { TOP, type Hierarchy } from "./hierarchy";

/** A link of one level; a missing end is the border of the level's block. */
export interface Link {
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The node whose output runs along it. */
  readonly tensor: string;
  /** The numbers of the graph's edges that it carries. */
  readonly edges: readonly number[];
  /** How many different tensors run along it. */
  readonly tensors: number;
}

type Growing = Link & { readonly edges: number[]; tensors: number };

/** The links of every level that has some, by block. */
export function linksOf(hierarchy: Hierarchy): ReadonlyMap<string, readonly Link[]> {
  const levels = new Map<string, Map<string, Growing>>();
  const add = (level: string, from: string | undefined, to: string | undefined, tensor: string, edge: number): void => {
    let links = levels.get(level);
    if (!links) levels.set(level, (links = new Map()));
    const key = `${from ?? ""}\n${to ?? ""}\n${tensor}`;
    const link = links.get(key);
    if (link) link.edges.push(edge);
    else links.set(key, { from, to, tensor, edges: [edge], tensors: 1 });
  };
  hierarchy.graph.edges.forEach(([from, to], edge) => {
    const [up, down] = [[...hierarchy.ancestors(from), from], [...hierarchy.ancestors(to), to]];
    let shared = 0;
    while (up[shared] === down[shared]) shared++;
    add(up[shared - 1] ?? TOP, up[shared], down[shared], from, edge);
    for (let i = shared; i + 1 < up.length; i++) add(up[i] ?? TOP, up[i + 1], undefined, from, edge);
    for (let i = shared; i + 1 < down.length; i++) add(down[i] ?? TOP, undefined, down[i + 1], from, edge);
  });
  return new Map([...levels].map(([level, links]) => [level, [...links.values()]]));
}

/**
 * The links that are drawn: of several between the same two ends one is left. An end is a node, a closed block, or one
 * tensor at the border of an open block.
 */
export function merged(links: readonly Link[], isOpen: (id: string) => boolean): Link[] {
  const drawn = new Map<string, Growing>();
  for (const link of links) {
    const { from, to, tensor, edges } = link;
    const apart = from === undefined || to === undefined || isOpen(from) || isOpen(to);
    const key = `${from ?? ""}\n${to ?? ""}\n${apart ? tensor : ""}`;
    const known = drawn.get(key);
    if (known) {
      known.edges.push(...edges);
      // The links of a level are already one for each tensor.
      known.tensors++;
    } else drawn.set(key, { ...link, edges: [...edges] });
  }
  return [...drawn.values()];
}
