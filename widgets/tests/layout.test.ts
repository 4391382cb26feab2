import { describe, expect, test } from "vitest";
import { layoutGraph, type Layout, type LayoutInput, type PlacedNode } from "../src/lib/layout";

type Edges = [string, string][];

/** A repeatable source of numbers in 0 … below. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

function input(count: number, edges: Edges): LayoutInput {
  const nodes = Array.from({ length: count }, (_, i) => ({ id: `${i}`, width: 140 + 20 * (i % 5), height: i % 3 ? 47 : 64 }));
  return { nodes, edges };
}

function chain(count: number): Edges {
  return Array.from({ length: count - 1 }, (_, i): [string, string] => [`${i}`, `${i + 1}`]);
}

function residual(blocks: number): LayoutInput {
  const edges = chain(blocks * 3 + 1);
  for (let b = 0; b < blocks; b++) edges.push([`${3 * b}`, `${3 * b + 3}`]);
  return input(blocks * 3 + 1, edges);
}

function inception(blocks: number): LayoutInput {
  const edges: Edges = [];
  for (let b = 0; b < blocks; b++) {
    const first = 7 * b;
    for (const branch of [[1], [2, 3], [4, 5, 6]]) [0, ...branch, 7].reduce((a, c) => (edges.push([`${first + a}`, `${first + c}`]), c));
  }
  return input(7 * blocks + 1, edges);
}

/** Wide heads that all meet in one node, as in single-shot detectors. */
function fanIn(heads: number): LayoutInput {
  const edges = chain(heads);
  for (let h = 0; h < heads; h++) edges.push([`${h}`, `${heads + h}`], [`${heads + h}`, `${2 * heads}`]);
  return input(2 * heads + 1, edges);
}

function scattered(count: number, edgeCount: number): LayoutInput {
  const next = random(7);
  return input(count, Array.from({ length: edgeCount }, (): [string, string] => [`${next(count)}`, `${next(count)}`]));
}

const CASES: [string, LayoutInput][] = [
  ["no node", input(0, [])],
  ["one node", input(1, [])],
  ["separate nodes", input(5, [])],
  ["residual", residual(8)],
  ["inception", inception(5)],
  ["fan in", fanIn(20)],
  ["cycle", input(4, [...chain(4), ["3", "0"]])],
  ["two nodes that read each other", input(2, [["0", "1"], ["1", "0"]])],
  ["repeated edges, loops and unknown ids", input(3, [["0", "1"], ["0", "1"], ["1", "1"], ["1", "nowhere"], ["nowhere", "2"]])],
  ["scattered", scattered(120, 240)],
];

function overlapping({ nodes }: Layout): string[] {
  return nodes.flatMap((a, i) =>
    nodes.slice(i + 1).filter((b) => Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2).map((b) => `${a.id} ${b.id}`),
  );
}

/** Pieces of edges whose rectangle meets a node that is not an end of the edge. */
function underNodes({ nodes, edges }: Layout): string[] {
  return edges.flatMap((edge) =>
    edge.points.slice(1).flatMap((q, i) => {
      const p = edge.points[i] ?? q;
      const inside = (low: number, high: number, a: number, b: number): boolean => high > Math.min(a, b) && low < Math.max(a, b);
      const under = nodes.filter((n) => {
        const sideways = p.x === q.x ? Math.abs(n.x - p.x) < n.width / 2 : inside(n.x - n.width / 2, n.x + n.width / 2, p.x, q.x);
        return n.id !== edge.from && n.id !== edge.to && sideways && inside(n.y - n.height / 2, n.y + n.height / 2, p.y, q.y);
      });
      return under.map((n) => `${edge.from}-${edge.to} under ${n.id}`);
    }),
  );
}

describe.each(CASES)("%s", (_, graph) => {
  const layout = layoutGraph(graph);

  test("places every node at a finite point", () => {
    expect(layout.nodes.map((node) => node.id)).toEqual(graph.nodes.map((node) => node.id));
    const numbers = [...layout.nodes, ...layout.edges.flatMap((edge) => edge.points)].flatMap(({ x, y }) => [x, y]);
    expect([...numbers, ...Object.values(layout.bounds)].every(Number.isFinite)).toBe(true);
  });

  test("keeps nodes apart", () => expect(overlapping(layout)).toEqual([]));

  test("leads no edge under a node", () => expect(underNodes(layout)).toEqual([]));

  test("keeps everything inside the bounds", () => {
    const { x, y, width, height } = layout.bounds;
    for (const point of layout.edges.flatMap((edge) => edge.points)) {
      expect(point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height).toBe(true);
    }
  });

  test("gives the same drawing again", () => expect(layoutGraph(graph)).toEqual(layout));
});

test.each([["residual", residual(8)], ["inception", inception(5)], ["fan in", fanIn(20)]])("%s: every edge leads down, from border to border", (_, graph) => {
  const layout = layoutGraph(graph);
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
  for (const { from, to, points } of layout.edges) {
    const [upper, lower] = [places.get(from), places.get(to)];
    expect(points[0]).toEqual({ x: upper?.x, y: (upper?.y ?? 0) + (upper?.height ?? 0) / 2 });
    expect(points.at(-1)).toEqual({ x: lower?.x, y: (lower?.y ?? 0) - (lower?.height ?? 0) / 2 });
    points.slice(1).forEach((point, i) => expect(point.y).toBeGreaterThanOrEqual(points[i]?.y ?? Infinity));
  }
});

test("the trunk of a residual network is straight", () => {
  expect(new Set(layoutGraph(residual(8)).nodes.map((node) => node.x)).size).toBe(1);
});

test("an edge against the flow starts at its source all the same", () => {
  const layout = layoutGraph(input(3, [...chain(3), ["2", "0"]]));
  const [first, , last] = layout.nodes;
  const back = layout.edges.find((edge) => edge.from === "2");
  expect(back?.points[0]?.y).toBe((last?.y ?? 0) - (last?.height ?? 0) / 2);
  expect(back?.points.at(-1)?.y).toBe((first?.y ?? 0) + (first?.height ?? 0) / 2);
});

test("edges to unknown ids and loops are not drawn", () => {
  const { edges } = layoutGraph(input(2, [["0", "1"], ["0", "0"], ["0", "x"]]));
  expect(edges.map(({ from, to }) => [from, to])).toEqual([["0", "1"]]);
});

test("a constant stands just above its reader", () => {
  const { nodes } = layoutGraph(input(5, [["0", "1"], ["1", "2"], ["2", "3"], ["4", "3"]]));
  expect(nodes[4]?.y).toBe(nodes[2]?.y);
});

test.each([
  ["a chain", input(2000, chain(2000))],
  ["short branches", input(2000, Array.from({ length: 3998 }, (_, i): [string, string] => [`${Math.max(0, (i >> 1) - ((i * 7) % 11))}`, `${(i >> 1) + 1}`]))],
  ["anything to anything, with cycles", scattered(2000, 4000)],
  ["one fan", input(2000, Array.from({ length: 1998 }, (_, i): Edges => [["0", `${i + 1}`], [`${i + 1}`, "1999"]]).flat())],
])("2,000 nodes: %s", (_, graph) => {
  const layout = layoutGraph(graph);
  const rows = new Map<number, PlacedNode[]>();
  for (const node of layout.nodes) rows.set(node.y, [...(rows.get(node.y) ?? []), node]);
  for (const row of rows.values()) {
    const sorted = [...row].sort((a, b) => a.x - b.x);
    sorted.slice(1).forEach((node, i) => {
      const left = sorted[i];
      expect(node.x - (left?.x ?? 0)).toBeGreaterThanOrEqual((node.width + (left?.width ?? 0)) / 2);
    });
  }
  expect(layout.nodes).toHaveLength(2000);
});
