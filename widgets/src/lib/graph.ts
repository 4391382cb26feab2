/** The graph as Python sends it, checked and indexed. */

export const KINDS = ["input", "conv", "dense", "norm", "activation", "pool", "elementwise", "shape", "reduce", "quantize", "output", "other"] as const;
export type Kind = (typeof KINDS)[number];

export interface GraphNode {
  readonly id: string;
  readonly name: string;
  readonly op: string;
  readonly kind: Kind;
  readonly shape: string;
  readonly params: readonly string[];
  readonly badge: string;
}

export type Edge = readonly [from: string, to: string];

export interface Graph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: readonly Edge[];
  /** For each node the nodes it reads. */
  readonly producers: ReadonlyMap<string, readonly string[]>;
  /** For each node the nodes that read it. */
  readonly consumers: ReadonlyMap<string, readonly string[]>;
}

/** Read the `graph` trait. Repeated ids and edges, loops on one node and edges to unknown ids are left out. */
export function parseGraph(raw: unknown): Graph {
  const { nodes: rawNodes, edges: rawEdges } = record(raw);
  const nodes = new Map<string, GraphNode>();
  for (const item of list(rawNodes)) {
    const node = parseNode(item);
    if (node.id !== "" && !nodes.has(node.id)) nodes.set(node.id, node);
  }
  const producers = new Map([...nodes.keys()].map((id): [string, string[]] => [id, []]));
  const consumers = new Map([...nodes.keys()].map((id): [string, string[]] => [id, []]));
  const edges: Edge[] = [];
  const seen = new Map<string, Set<string>>();
  for (const item of list(rawEdges)) {
    const [from, to] = list(item).map(text);
    if (from === undefined || to === undefined || from === to || !nodes.has(from) || !nodes.has(to)) continue;
    const targets = seen.get(from) ?? new Set();
    if (targets.has(to)) continue;
    seen.set(from, targets.add(to));
    edges.push([from, to]);
    consumers.get(from)?.push(to);
    producers.get(to)?.push(from);
  }
  return { nodes, edges, producers, consumers };
}

/** Whether two graphs have the same ids and edges, in the same order. */
export function sameStructure(a: Graph, b: Graph): boolean {
  if (a.nodes.size !== b.nodes.size || a.edges.length !== b.edges.length) return false;
  const ids = [...b.nodes.keys()];
  if (![...a.nodes.keys()].every((id, i) => id === ids[i])) return false;
  return a.edges.every(([from, to], i) => from === b.edges[i]?.[0] && to === b.edges[i]?.[1]);
}

function parseNode(raw: unknown): GraphNode {
  const node = record(raw);
  const kind = KINDS.find((known) => known === node.kind) ?? "other";
  return { id: text(node.id), name: text(node.name), op: text(node.op), kind, shape: text(node.shape), params: list(node.params).map(text), badge: text(node.badge) };
}

/** The value as an object with unknown fields; anything else counts as empty. */
export function record(raw: unknown): Record<string, unknown> {
  return typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
}

/** The value as a list; anything else counts as empty. */
export function list(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw : [];
}

/** The value as text; nothing counts as empty. */
export function text(raw: unknown): string {
  return raw === undefined || raw === null ? "" : String(raw);
}
