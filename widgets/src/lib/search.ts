/** The search: a query's hits among nodes and blocks, and the place within them. */

import type { GraphNode } from "./graph";
import type { Hierarchy } from "./hierarchy";
import type { Overlay } from "./overlay";
import { parseQuery, type Subject } from "./query";
import { QueryError } from "./query_tokens";

export interface Search {
  readonly query: string;
  readonly matches: readonly string[];
  /** The match that was stepped to; -1 before the first step. */
  readonly current: number;
  /** What is wrong with the query, "" when nothing is. */
  readonly problem: string;
}

export const NO_SEARCH: Search = { query: "", matches: [], current: -1, problem: "" };

const FIELDS = ["name", "op", "kind", "shape", "block", "badge", "params", "value"];

/** Find the nodes that a query asks for, in graph order; a query of words alone also finds blocks by their labels, before the nodes. */
export function find(hierarchy: Hierarchy, query: string, overlay: Overlay | null = null): Search {
  if (!query.trim()) return NO_SEARCH;
  try {
    return { query, matches: hits(hierarchy, query, overlay), current: -1, problem: "" };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { query, matches: [], current: -1, problem: error.message };
  }
}

/** Step to the next (1) or previous (-1) match, round the end. */
export function step(search: Search, by: 1 | -1): Search {
  const count = search.matches.length;
  if (!count) return search;
  const current = search.current < 0 ? (by > 0 ? 0 : count - 1) : (search.current + by + count) % count;
  return { ...search, current };
}

/** What to tell the user, such as "98 matches" or "3 of 98". */
export function summary({ query, matches, current, problem }: Search): string {
  if (!query) return "";
  if (problem) return problem;
  if (current >= 0) return `${current + 1} of ${matches.length}`;
  if (!matches.length) return "No match";
  return matches.length === 1 ? "1 match" : `${matches.length} matches`;
}

function hits(hierarchy: Hierarchy, query: string, overlay: Overlay | null): string[] {
  const attributes = new Set<string>();
  for (const node of hierarchy.graph.nodes.values()) for (const name of Object.keys(node.attrs)) attributes.add(name.toLowerCase());
  const values = overlay ? overlayNames(overlay) : [];
  const { matches, words } = parseQuery(query, (name) => FIELDS.includes(name) || values.includes(name) || attributes.has(bare(name)));
  const blocks = words ? hierarchy.blocks().filter((id) => matches(blockSubject(hierarchy.block(id)?.label ?? ""))) : [];
  const nodes = [...hierarchy.graph.nodes.values()].filter((node) => matches(nodeSubject(hierarchy, node, overlay, values)));
  return [...blocks, ...nodes.map((node) => node.id)];
}

/** A label such as "SQNR, dB" is also called "sqnr". */
function overlayNames({ label }: Overlay): string[] {
  const whole = label.toLowerCase();
  return [whole, /^[^\s,(]+/.exec(whole)?.[0] ?? whole];
}

function blockSubject(label: string): Subject {
  return { field: (name) => (name === "name" ? label : undefined) };
}

function nodeSubject(hierarchy: Hierarchy, node: GraphNode, overlay: Overlay | null, values: readonly string[]): Subject {
  return {
    field(name) {
      if (name === "value" || values.includes(name)) return overlay?.values.get(node.id);
      if (name === "block") return hierarchy.ancestors(node.id).map((id) => hierarchy.block(id)?.label ?? "").join(" / ");
      if (name === "params") return node.params.join(" ");
      if (name === "name" || name === "op" || name === "kind" || name === "shape" || name === "badge") return node[name];
      return attribute(node, bare(name));
    },
  };
}

function attribute(node: GraphNode, name: string): string | undefined {
  const found = Object.keys(node.attrs).find((own) => own.toLowerCase() === name);
  return found === undefined ? undefined : node.attrs[found];
}

/** Attributes may be written with their prefix: attrs.kernel. */
function bare(name: string): string {
  return name.startsWith("attrs.") ? name.slice("attrs.".length) : name;
}
