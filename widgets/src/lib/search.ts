/** Search by name or operator, and the place within the matches. */

import type { Graph } from "./graph";

export interface Search {
  readonly query: string;
  readonly matches: readonly string[];
  /** The match that was stepped to; -1 before the first step. */
  readonly current: number;
}

export const NO_SEARCH: Search = { query: "", matches: [], current: -1 };

/** Ids of the nodes whose name or operator contains the query, in graph order, upper and lower case alike. */
export function find(graph: Graph, query: string): Search {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return NO_SEARCH;
  const hits = [...graph.nodes.values()].filter((node) => node.name.toLowerCase().includes(wanted) || node.op.toLowerCase().includes(wanted));
  return { query, matches: hits.map((node) => node.id), current: -1 };
}

/** Step to the next (1) or previous (-1) match, round the end. */
export function step(search: Search, by: 1 | -1): Search {
  const count = search.matches.length;
  if (!count) return search;
  const current = search.current < 0 ? (by > 0 ? 0 : count - 1) : (search.current + by + count) % count;
  return { ...search, current };
}

/** What to tell the user, such as "98 matches" or "3 of 98". */
export function summary({ query, matches, current }: Search): string {
  if (!query) return "";
  if (current >= 0) return `${current + 1} of ${matches.length}`;
  if (!matches.length) return "No match";
  return matches.length === 1 ? "1 match" : `${matches.length} matches`;
}
