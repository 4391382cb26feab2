/** The `split` trait, checked: which half of the network each node is in, and what is wrong with the cut. */

import { list, record, text } from "./graph";
import type { Hierarchy } from "./hierarchy";

export type Side = "base" | "top" | "both";

export interface Split {
  readonly sides: ReadonlyMap<string, "base" | "top">;
  readonly problems: readonly string[];
  /** The shapes of the tensors that cross the cut. */
  readonly shapes: ReadonlyMap<string, string>;
  /** Nodes that are worth being keys, with the reason. */
  readonly candidates: ReadonlyMap<string, string>;
}

/** Read the `split` trait; an empty one has no sides. */
export function parseSplit(raw: unknown): Split {
  const { base, top, problems, shapes, candidates } = record(raw);
  const sides = new Map<string, "base" | "top">();
  for (const id of list(base)) sides.set(text(id), "base");
  for (const id of list(top)) sides.set(text(id), "top");
  const offers = list(candidates).map(record).map((offer): [string, string] => [text(offer.id), text(offer.why)]);
  return {
    sides,
    problems: list(problems).map(text),
    shapes: new Map(Object.entries(record(shapes)).map(([id, shape]) => [id, text(shape)])),
    candidates: new Map(offers.filter(([id]) => id)),
  };
}

/** The side of a node, or of a block when its nodes agree. */
export function sideOf(split: Split, hierarchy: Hierarchy, id: string): Side | undefined {
  if (!hierarchy.isBlock(id)) return split.sides.get(id);
  let side: Side | undefined;
  for (const node of hierarchy.nodes(id)) {
    const own = split.sides.get(node);
    if (own && side && own !== side) return "both";
    side ??= own;
  }
  return side;
}

/** The keys as one line of text: how many nodes are in each half, and the shapes at the cut. */
export function splitSummary(split: Split, keys: readonly string[]): string {
  if (!keys.length) return "";
  const count = (side: string): number => [...split.sides.values()].filter((own) => own === side).length;
  const [base, top] = [count("base"), count("top")];
  const shapes = keys.flatMap((key) => split.shapes.get(key) ?? []);
  const halves = base || top ? `: base ${base}, top ${top} nodes` : "";
  return `${keys.length} split ${keys.length === 1 ? "key" : "keys"}${halves}${shapes.length ? `; ${shapes.join(", ")} at the cut` : ""}`;
}
