/**
 * Queries over nodes: `conv`, `/stage[12]_.*add/`, `sqnr < 20 and op = Convolution`, `not (kernel = "(3, 3)" or kind = pool)`.
 *
 * Words beside each other must all hold. A field is name, op, kind, shape, block, badge, params, value, the overlay's label,
 * or the name of an attribute. `=` compares whole texts, `~` asks for a part or a /regular expression/; case does not matter.
 */

import { QueryError, tokenize, type Comparison, type Token } from "./query_tokens";

/** What a query is asked of. */
export interface Subject {
  /** A field's text or number; undefined when the subject has no such field. */
  field(name: string): string | number | undefined;
}

export type Predicate = (subject: Subject) => boolean;

export interface Query {
  readonly matches: Predicate;
  /** Whether only words and expressions are asked for, no fields: then blocks can be found too. */
  readonly words: boolean;
}

/**
 * Read a query; `isField` tells which names can be compared.
 *
 * @throws QueryError the query is not complete or asks for what there is not.
 */
export function parseQuery(query: string, isField: (name: string) => boolean): Query {
  const parser = new Parser(tokenize(query), isField);
  return { matches: parser.all(), words: parser.words };
}

class Parser {
  words = true;
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly isField: (name: string) => boolean,
  ) {}

  all(): Predicate {
    const found = this.or();
    const rest = this.tokens[this.at];
    if (rest) throw new QueryError(rest.kind === ")" ? "There is a ) without a (" : `“${rest.text}” is not expected here`);
    return found;
  }

  private or(): Predicate {
    const parts = [this.and()];
    while (this.takeWord("or")) parts.push(this.and());
    return parts.length === 1 ? (parts[0] as Predicate) : (subject) => parts.some((part) => part(subject));
  }

  private and(): Predicate {
    const parts = [this.not()];
    for (;;) {
      const next = this.tokens[this.at];
      if (this.takeWord("and")) parts.push(this.not());
      else if (next && next.kind !== ")" && next.kind !== "compare" && !isWord(next, "or")) parts.push(this.not());
      else break;
    }
    return parts.length === 1 ? (parts[0] as Predicate) : (subject) => parts.every((part) => part(subject));
  }

  private not(): Predicate {
    if (!this.takeWord("not")) return this.primary();
    const inner = this.not();
    return (subject) => !inner(subject);
  }

  private primary(): Predicate {
    const token = this.tokens[this.at++];
    if (!token) throw new QueryError("Something is missing at the end");
    if (token.kind === "(") {
      const inner = this.or();
      if (this.tokens[this.at++]?.kind !== ")") throw new QueryError("A ) is missing");
      return inner;
    }
    if (token.kind === ")" || token.kind === "compare") throw new QueryError(`Something is missing before “${token.text}”`);
    const compare = this.tokens[this.at];
    if (compare?.kind === "compare" && token.kind !== "regex") {
      this.at++;
      return this.comparison(token.text, compare.text);
    }
    return anywhere(token);
  }

  private comparison(name: string, compare: Comparison): Predicate {
    this.words = false;
    const field = name.toLowerCase();
    if (!this.isField(field)) throw new QueryError(`There is no field “${name}”`);
    const value = this.tokens[this.at++];
    if (!value || value.kind === "(" || value.kind === ")" || value.kind === "compare") throw new QueryError(`A value is missing after “${name} ${compare}”`);
    if (compare === "=" || compare === "!=" || compare === "~") {
      const holds = value.kind === "regex" ? matching(value.text) : compare === "~" ? containing(value.text) : equal(value.text);
      return (subject) => {
        const own = subject.field(field);
        return own !== undefined && holds(own) === (compare !== "!=");
      };
    }
    const limit = Number(value.text);
    if (value.kind === "regex" || !value.text.trim() || Number.isNaN(limit)) throw new QueryError(`“${value.text}” after ${compare} is not a number`);
    return (subject) => {
      const own = numeric(subject.field(field));
      return own !== undefined && ORDERS[compare](own, limit);
    };
  }

  private takeWord(word: string): boolean {
    const token = this.tokens[this.at];
    // "and" before a comparison is the name of a field.
    if (!token || !isWord(token, word) || this.tokens[this.at + 1]?.kind === "compare") return false;
    this.at++;
    return true;
  }
}

const ORDERS = {
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
} as const;

function isWord(token: Token, word: string): boolean {
  return token.kind === "word" && token.text.toLowerCase() === word;
}

/** A word alone is looked for in names and operators. */
function anywhere(token: Token): Predicate {
  const holds = token.kind === "regex" ? matching(token.text) : containing(token.text);
  return (subject) => ["name", "op"].some((field) => holds(subject.field(field) ?? ""));
}

function containing(wanted: string): (own: string | number) => boolean {
  const lower = wanted.toLowerCase();
  return (own) => String(own).toLowerCase().includes(lower);
}

function equal(wanted: string): (own: string | number) => boolean {
  const lower = wanted.toLowerCase();
  return (own) => (typeof own === "number" ? own === Number(wanted) : own.toLowerCase() === lower);
}

function matching(source: string): (own: string | number) => boolean {
  try {
    const pattern = new RegExp(source, "iu");
    return (own) => pattern.test(String(own));
  } catch {
    throw new QueryError(`/${source}/ is not a regular expression`);
  }
}

function numeric(value: string | number | undefined): number | undefined {
  if (typeof value === "number" || value === undefined) return value;
  const number = Number(value);
  return value.trim() && !Number.isNaN(number) ? number : undefined;
}
