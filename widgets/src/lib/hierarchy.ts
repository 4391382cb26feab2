/** The tree of blocks over a graph: who stands in whom, and what is seen of it while some blocks are open. */

import type { Block, Graph, GraphNode, Kind } from "./graph";

/** The key of the level that holds everything. */
export const TOP = "";

export class Hierarchy {
  /** For each block, and for the top, what stands directly in it, in graph order. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  /** For each block the ids of all nodes in it, at any depth. */
  private readonly inside = new Map<string, readonly string[]>();
  private readonly twins = new Map<string, number>();
  private readonly shares = new Map<string, readonly (readonly [Kind, number])[]>();

  constructor(readonly graph: Graph) {
    this.children = childrenOf(graph);
    for (const { id, twin } of graph.blocks.values()) if (twin && this.children.has(id)) this.twins.set(twin, (this.twins.get(twin) ?? 0) + 1);
  }

  isBlock(id: string): boolean {
    return this.graph.blocks.has(id) && this.children.has(id);
  }

  block(id: string): Block | undefined {
    return this.isBlock(id) ? this.graph.blocks.get(id) : undefined;
  }

  /** Every block that holds a node, outer ones first. */
  blocks(): string[] {
    const found: string[] = [];
    const walk = (key: string): void => {
      for (const child of this.children.get(key) ?? []) {
        if (!this.isBlock(child)) continue;
        found.push(child);
        walk(child);
      }
    };
    walk(TOP);
    return found;
  }

  /** The block around a node or a block; TOP for what stands in none. */
  parent(id: string): string {
    return this.graph.nodes.get(id)?.block ?? this.graph.blocks.get(id)?.parent ?? TOP;
  }

  /** The blocks around a node or a block, outermost first. */
  ancestors(id: string): string[] {
    const path: string[] = [];
    for (let at = this.parent(id); at !== TOP; at = this.parent(at)) path.unshift(at);
    return path;
  }

  /** What stands for a node or a block on the screen: its outermost closed ancestor, or itself. */
  visible(id: string, open: ReadonlySet<string>): string {
    return this.ancestors(id).find((block) => !open.has(block)) ?? id;
  }

  /** All nodes of a block; a node has itself. */
  nodes(id: string): readonly string[] {
    if (!this.isBlock(id)) return this.graph.nodes.has(id) ? [id] : [];
    let known = this.inside.get(id);
    if (!known) {
      known = (this.children.get(id) ?? []).flatMap((child) => this.nodes(child));
      this.inside.set(id, known);
    }
    return known;
  }

  /** How many blocks have the structure of this one, itself among them. */
  twinCount(id: string): number {
    return this.twins.get(this.graph.blocks.get(id)?.twin ?? "") ?? 1;
  }

  /** The kinds of a block's nodes with their shares, the most frequent first. */
  kinds(id: string): readonly (readonly [kind: Kind, share: number])[] {
    let known = this.shares.get(id);
    if (!known) {
      const counts = new Map<Kind, number>();
      const nodes = this.nodes(id);
      for (const node of nodes) {
        const kind = this.graph.nodes.get(node)?.kind ?? "other";
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      known = [...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => [kind, count / nodes.length] as const);
      this.shares.set(id, known);
    }
    return known;
  }
}

/** A node or block as one line of text, such as "Convolution conv0". */
export function nameOf(hierarchy: Hierarchy, id: string): string {
  const node: GraphNode | undefined = hierarchy.graph.nodes.get(id);
  if (node) return `${node.op} ${node.name}`;
  const block = hierarchy.block(id);
  return block ? `${block.label}, ${counted(hierarchy.nodes(id).length, "node")}` : "";
}

/** "1 node", "2 nodes". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Each block stands where its first node does; blocks without nodes are left out. */
function childrenOf(graph: Graph): Map<string, string[]> {
  const children = new Map<string, string[]>([[TOP, []]]);
  const listed = new Set<string>();
  for (const node of graph.nodes.values()) {
    let [item, parent] = [node.id, node.block];
    for (;;) {
      if (listed.has(item)) break;
      listed.add(item);
      const siblings = children.get(parent);
      if (siblings) siblings.push(item);
      else children.set(parent, [item]);
      if (parent === TOP) break;
      [item, parent] = [parent, graph.blocks.get(parent)?.parent ?? TOP];
    }
  }
  return children;
}
