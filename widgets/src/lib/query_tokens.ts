/** The words of a query: names, numbers, texts in quotes, /regular expressions/, comparisons and parentheses. */

export type Token =
  | { readonly kind: "word" | "text" | "regex"; readonly text: string; readonly at: number }
  | { readonly kind: "compare"; readonly text: Comparison; readonly at: number }
  | { readonly kind: "(" | ")"; readonly text: string; readonly at: number };

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~";

/** What is wrong with a query, in words for its writer. */
export class QueryError extends Error {}

const PATTERNS = {
  space: /\s+/y,
  compare: /(?:==|!=|<=|>=|[=<>~])/y,
  text: /"[^"]*"|'[^']*'/y,
  // A slash inside a name does not start an expression: it must stand first in its word.
  regex: /\/(?:\\.|[^/\\])+\/(?=$|[\s()])/y,
  word: /[^\s()=<>~!"']+|!(?!=)/y,
} as const;

/**
 * Cut a query into tokens.
 *
 * @throws QueryError a quote has no end.
 */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const next = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };
  while (at < query.length) {
    const letter = query[at] ?? "";
    const start = at;
    const space = next(PATTERNS.space);
    const compare = next(PATTERNS.compare);
    const text = next(PATTERNS.text);
    const regex = next(PATTERNS.regex);
    const found = space ?? compare ?? text ?? regex ?? (letter === "(" || letter === ")" ? letter : next(PATTERNS.word));
    if (found === undefined) throw new QueryError(`The quote at ${start + 1} has no end`);
    at += found.length;
    if (space !== undefined) continue;
    if (compare !== undefined) tokens.push({ kind: "compare", text: (compare === "==" ? "=" : compare) as Comparison, at: start });
    else if (text !== undefined) tokens.push({ kind: "text", text: text.slice(1, -1), at: start });
    else if (regex !== undefined) tokens.push({ kind: "regex", text: regex.slice(1, -1), at: start });
    else if (letter === "(" || letter === ")") tokens.push({ kind: letter, text: letter, at: start });
    else tokens.push({ kind: "word", text: found, at: start });
  }
  return tokens;
}
