/** Style rules: a query and the colour of what it finds. They can be saved as JSON and read back. */

import { list, record, text } from "./graph";
import type { Hierarchy } from "./hierarchy";
import type { Overlay } from "./overlay";
import { find } from "./search";

export interface Rule {
  readonly query: string;
  /** As #rrggbb. */
  readonly colour: string;
}

/** Colours for new rules: the categories' ones would be taken for values. */
export const RULE_COLOURS = ["#d9480f", "#2b8a3e", "#862e9c", "#1864ab", "#a61e4d", "#5c940d"];

/** Read rules from JSON text; null when it is none. Rules without a query or a colour are left out. */
export function readRules(json: string): readonly Rule[] | null {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return null;
  }
  if (!Array.isArray(raw)) return null;
  const rules = list(raw).map(record).map(({ query, colour }) => ({ query: text(query), colour: text(colour).toLowerCase() }));
  return rules.filter(({ query, colour }) => query.trim() && /^#[0-9a-f]{6}$/.test(colour));
}

export function writeRules(rules: readonly Rule[]): string {
  return JSON.stringify(rules, null, 2);
}

/** The colour of every node that a rule finds; the first rule wins. A block found by its label has the colour itself. */
export function coloursByRule(rules: readonly Rule[], hierarchy: Hierarchy, overlay: Overlay | null): ReadonlyMap<string, string> {
  const colours = new Map<string, string>();
  for (const { query, colour } of rules) for (const id of find(hierarchy, query, overlay).matches) if (!colours.has(id)) colours.set(id, colour);
  return colours;
}

/** The colour of an item: its own, or that of all nodes of a closed block. */
export function ruleColour(colours: ReadonlyMap<string, string>, hierarchy: Hierarchy, id: string): string | undefined {
  const own = colours.get(id);
  if (own || !colours.size || !hierarchy.isBlock(id)) return own;
  const [first, ...rest] = hierarchy.nodes(id);
  const colour = first === undefined ? undefined : colours.get(first);
  return rest.every((node) => colours.get(node) === colour) ? colour : undefined;
}
