import { expect, test } from "vitest";
import { parseGraph, sameStructure } from "../src/lib/graph";

const node = (id: string, extra: object = {}): object => ({ id, name: id, op: "op", ...extra });

test("only edges that can be drawn are kept, once each", () => {
  const graph = parseGraph({ nodes: ["a", "b"].map((id) => node(id)), edges: [["a", "b"], ["a", "b"], ["a", "a"], ["a", "x"], ["b"], 7] });
  expect(graph.edges).toEqual([["a", "b"]]);
  expect(graph.consumers.get("a")).toEqual(["b"]);
  expect(graph.producers.get("b")).toEqual(["a"]);
  expect(graph.consumers.get("b")).toEqual([]);
});

test("of nodes with one id the first counts", () => {
  const graph = parseGraph({ nodes: [node("a", { name: "first" }), node("a", { name: "second" }), node("")], edges: [] });
  expect([...graph.nodes.values()].map(({ name }) => name)).toEqual(["first"]);
});

test("fields that are missing are empty, unknown kinds are other", () => {
  const graph = parseGraph({ nodes: [{ id: "a", kind: "toString" }], edges: [] });
  expect(graph.nodes.get("a")).toEqual({ id: "a", name: "", op: "", kind: "other", shape: "", params: [], badge: "", block: "", attrs: {} });
});

test.each([undefined, null, {}, { nodes: 3, edges: "no" }])("%o is an empty graph", (raw) => expect(parseGraph(raw).nodes.size).toBe(0));

test("the structure is ids and edges, not what the nodes say", () => {
  const graph = (name: string, edges: string[][]): ReturnType<typeof parseGraph> => parseGraph({ nodes: [node("a", { name }), node("b")], edges });
  expect(sameStructure(graph("x", [["a", "b"]]), graph("y", [["a", "b"]]))).toBe(true);
  expect(sameStructure(graph("x", [["a", "b"]]), graph("x", [["b", "a"]]))).toBe(false);
  expect(sameStructure(graph("x", []), graph("x", [["a", "b"]]))).toBe(false);
});

test("edges carry their shape, or that of what they leave", () => {
  const nodes = [{ id: "a", shape: "1x3" }, { id: "b" }, { id: "c" }];
  expect(parseGraph({ nodes, edges: [["a", "b"], ["b", "c", "1x9"]] }).shapes).toEqual(["1x3", "1x9"]);
});

test("a block of another name or parent is another structure", () => {
  const nodes = [{ id: "a", block: "x" }];
  const graph = parseGraph({ nodes, blocks: [{ id: "x" }, { id: "y" }] });
  expect(sameStructure(graph, parseGraph({ nodes, blocks: [{ id: "x", label: "new" }, { id: "y" }] }))).toBe(true);
  expect(sameStructure(graph, parseGraph({ nodes, blocks: [{ id: "x", parent: "y" }, { id: "y" }] }))).toBe(false);
  expect(sameStructure(graph, parseGraph({ nodes: [{ id: "a" }], blocks: [{ id: "x" }, { id: "y" }] }))).toBe(false);
});
