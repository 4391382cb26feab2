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
  /** The id of the block it stands in, "" at the top. */
  readonly block: string;
  readonly attrs: Readonly<Record<string, string>>;
}

/** A group of nodes and of other blocks. */
export interface Block {
  readonly id: string;
  /** The id of the block around it, "" at the top. */
  readonly parent: string;
  readonly label: string;
  readonly detail: string;
  /** The same for blocks of the same structure, "" when there is no other. */
  readonly twin: string;
}

export type Edge = readonly [from: string, to: string];

export interface Graph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: readonly Edge[];
  /** For each edge the shape of what runs along it. */
  readonly shapes: readonly string[];
  readonly blocks: ReadonlyMap<string, Block>;
  /** For each node the nodes it reads. */
  readonly producers: ReadonlyMap<string, readonly string[]>;
  /** For each node the nodes that read it. */
  readonly consumers: ReadonlyMap<string, readonly string[]>;
}

/**
 * Read the `graph` trait. Repeated ids and edges, loops on one node and edges to unknown ids are left out, and so are
 * blocks that are called like a node or stand in one another.
 */
export function parseGraph(raw: unknown): Graph {
  const { nodes: rawNodes, edges: rawEdges, blocks: rawBlocks } = record(raw);
  const ids = new Set(list(rawNodes).map((item) => text(record(item).id)));
  const blocks = parseBlocks(rawBlocks, ids);
  const nodes = new Map<string, GraphNode>();
  for (const item of list(rawNodes)) {
    const node = parseNode(item, blocks);
    if (node.id !== "" && !nodes.has(node.id)) nodes.set(node.id, node);
  }
  return { nodes, blocks, ...parseEdges(rawEdges, nodes) };
}

function parseEdges(raw: unknown, nodes: ReadonlyMap<string, GraphNode>): Pick<Graph, "edges" | "shapes" | "producers" | "consumers"> {
  const producers = new Map([...nodes.keys()].map((id): [string, string[]] => [id, []]));
  const consumers = new Map([...nodes.keys()].map((id): [string, string[]] => [id, []]));
  const edges: Edge[] = [];
  const shapes: string[] = [];
  for (const item of list(raw)) {
    const [from, to, shape] = list(item).map(text);
    if (from === undefined || to === undefined || from === to) continue;
    const [targets, sources] = [consumers.get(from), producers.get(to)];
    // The shorter of the two lists: a fan of thousands meets in one node.
    if (!targets || !sources || (targets.length < sources.length ? targets.includes(to) : sources.includes(from))) continue;
    edges.push([from, to]);
    shapes.push(shape || (nodes.get(from)?.shape ?? ""));
    targets.push(to);
    sources.push(from);
  }
  return { edges, shapes, producers, consumers };
}

function parseBlocks(raw: unknown, taken: ReadonlySet<string>): Map<string, Block> {
  const blocks = new Map<string, Block>();
  for (const item of list(raw).map(record)) {
    const block = { id: text(item.id), parent: text(item.parent), label: text(item.label) || text(item.id), detail: text(item.detail), twin: text(item.twin) };
    if (block.id !== "" && !taken.has(block.id) && !blocks.has(block.id)) blocks.set(block.id, block);
  }
  for (const block of blocks.values()) if (!leadsUp(block, blocks)) blocks.set(block.id, { ...block, parent: "" });
  return blocks;
}

/** Whether the way from a block to its parent, and on, ends at the top. */
function leadsUp(block: Block, blocks: ReadonlyMap<string, Block>): boolean {
  const seen = new Set<string>();
  for (let at: Block | undefined = block; at; at = blocks.get(at.parent)) {
    if (seen.has(at.id)) return false;
    seen.add(at.id);
    if (at.parent === "") return true;
  }
  return false;
}

/** How large a graph is, in words. */
export function sizeOf({ nodes, blocks }: Graph): string {
  const counted = (count: number, thing: string): string => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
  if (!nodes.size) return "";
  return blocks.size ? `${counted(nodes.size, "node")} in ${counted(blocks.size, "block")}` : counted(nodes.size, "node");
}

/** Whether two graphs have the same ids, blocks and edges, in the same order. */
export function sameStructure(a: Graph, b: Graph): boolean {
  if (a.nodes.size !== b.nodes.size || a.edges.length !== b.edges.length || a.blocks.size !== b.blocks.size) return false;
  const nodes = [...b.nodes.values()];
  if (![...a.nodes.values()].every(({ id, block }, i) => id === nodes[i]?.id && block === nodes[i]?.block)) return false;
  if (![...a.blocks.values()].every(({ id, parent }) => b.blocks.get(id)?.parent === parent)) return false;
  return a.edges.every(([from, to], i) => from === b.edges[i]?.[0] && to === b.edges[i]?.[1]);
}

function parseNode(raw: unknown, blocks: ReadonlyMap<string, Block>): GraphNode {
  const node = record(raw);
  const kind = KINDS.find((known) => known === node.kind) ?? "other";
  const block = text(node.block);
  const attrs = Object.fromEntries(Object.entries(record(node.attrs)).map(([name, value]) => [name, text(value)]));
  return {
    id: text(node.id),
    name: text(node.name),
    op: text(node.op),
    kind,
    shape: text(node.shape),
    params: list(node.params).map(text),
    badge: text(node.badge),
    block: blocks.has(block) ? block : "",
    attrs,
  };
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
