/** What belongs to an item on the screen: its neighbours, everything before and after it, and the lines between. */

import type { PlacedLine } from "./compose";
import type { Drawing } from "./drawing";
import type { Graph } from "./graph";

type Way = "into" | "outOf";
type EdgeIndex = Readonly<Record<Way, ReadonlyMap<string, readonly number[]>>>;

const indices = new WeakMap<Graph, EdgeIndex>();

/** The items that an item reads and those that read it, as far as they are seen. */
export function visibleLinks(drawing: Drawing): Readonly<Record<"producers" | "consumers", { get(id: string): readonly string[] }>> {
  const ends = (way: Way) => (id: string): readonly string[] => [...new Set(crossing(drawing, id, way).map((edge) => endOf(drawing, edge, way)))].filter((end) => end !== id);
  return { producers: { get: ends("into") }, consumers: { get: ends("outOf") } };
}

/** The pieces of all edges into or out of an item. */
export function linesAt(drawing: Drawing, id: string, way: Way): PlacedLine[] {
  return linesOf(drawing, crossing(drawing, id, way));
}

/** The pieces of some edges, each once. */
export function linesOf(drawing: Drawing, edges: Iterable<number>): PlacedLine[] {
  const lines = new Set<PlacedLine>();
  for (const edge of edges) for (const line of drawing.linesOf(edge)) lines.add(line);
  return [...lines];
}

/** Everything that leads to an item ("into") or that it leads to, as edges and as nodes; the item's own nodes are among them. */
export function reach({ hierarchy }: Drawing, id: string, way: Way): { nodes: ReadonlySet<string>; edges: ReadonlySet<number> } {
  const index = indexOf(hierarchy.graph);
  const nodes = new Set(hierarchy.nodes(id));
  const edges = new Set<number>();
  for (const node of nodes) {
    for (const edge of index[way].get(node) ?? []) {
      edges.add(edge);
      const end = hierarchy.graph.edges[edge]?.[way === "into" ? 0 : 1];
      if (end !== undefined) nodes.add(end);
    }
  }
  return { nodes, edges };
}

/** The edges that pass the border of an item. */
function crossing({ hierarchy }: Drawing, id: string, way: Way): number[] {
  const index = indexOf(hierarchy.graph);
  const nodes = hierarchy.nodes(id);
  if (nodes.length === 1) return [...(index[way].get(nodes[0] ?? "") ?? [])];
  const inside = new Set(nodes);
  const outside = (edge: number): boolean => !inside.has(hierarchy.graph.edges[edge]?.[way === "into" ? 0 : 1] ?? "");
  return nodes.flatMap((node) => (index[way].get(node) ?? []).filter(outside));
}

function endOf({ hierarchy, options }: Drawing, edge: number, way: Way): string {
  return hierarchy.visible(hierarchy.graph.edges[edge]?.[way === "into" ? 0 : 1] ?? "", options.open);
}

function indexOf(graph: Graph): EdgeIndex {
  let index = indices.get(graph);
  if (!index) {
    const [into, outOf] = [new Map<string, number[]>(), new Map<string, number[]>()];
    graph.edges.forEach(([from, to], edge) => {
      for (const [map, id] of [[outOf, from], [into, to]] as const) {
        const known = map.get(id);
        if (known) known.push(edge);
        else map.set(id, [edge]);
      }
    });
    indices.set(graph, (index = { into, outOf }));
  }
  return index;
}
