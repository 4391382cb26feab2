import { expect, test } from "vitest";
import { parseGraph } from "../src/lib/graph";
import { Hierarchy, nameOf, TOP } from "../src/lib/hierarchy";
import { stages } from "./fixtures";

const TREE = new Hierarchy(stages());

test("children stand where their first node does", () => {
  expect(TREE.children.get(TOP)).toEqual(["in", "s1", "s2", "out"]);
  expect(TREE.children.get("s1")).toEqual(["s1u0", "s1u1"]);
  expect(TREE.children.get("s1u0")).toEqual(["s1u0conv", "s1u0add", "s1u0relu"]);
  expect(TREE.blocks()).toEqual(["s1", "s1u0", "s1u1", "s2", "s2u0", "s2u1"]);
});

test("what is seen of a node is its outermost closed block", () => {
  expect(TREE.ancestors("s1u0add")).toEqual(["s1", "s1u0"]);
  expect(TREE.visible("s1u0add", new Set())).toBe("s1");
  expect(TREE.visible("s1u0add", new Set(["s1"]))).toBe("s1u0");
  expect(TREE.visible("s1u0add", new Set(["s1u0"]))).toBe("s1");
  expect(TREE.visible("s1u0add", new Set(["s1", "s1u0"]))).toBe("s1u0add");
  expect(TREE.visible("in", new Set())).toBe("in");
});

test("a block knows its nodes, its twins and its kinds", () => {
  expect(TREE.nodes("s1")).toHaveLength(6);
  expect(TREE.nodes("in")).toEqual(["in"]);
  expect([TREE.twinCount("s1u0"), TREE.twinCount("s1")]).toEqual([2, 1]);
  expect(TREE.kinds("s1").map(([kind]) => kind)).toEqual(["conv", "elementwise", "activation"]);
  expect(TREE.kinds("s1").reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1);
});

test("names are for people", () => {
  expect(nameOf(TREE, "s1u0conv")).toBe("Convolution s1u0conv");
  expect(nameOf(TREE, "s1u0")).toBe("unit 0, 3 nodes");
  expect(nameOf(TREE, "nothing")).toBe("");
});

test("blocks in a ring, of unknown parents, without nodes, or called like a node do no harm", () => {
  const tree = new Hierarchy(
    parseGraph({
      nodes: [{ id: "n", block: "a" }, { id: "m", block: "lost" }, { id: "o", block: "n" }, { id: "p", block: "orphan" }],
      blocks: [{ id: "a", parent: "b" }, { id: "b", parent: "a" }, { id: "n" }, { id: "hollow" }, { id: "orphan", parent: "nowhere" }],
    }),
  );
  const seen = (id: string): readonly string[] => tree.children.get(id)?.flatMap((child) => (tree.isBlock(child) ? seen(child) : [child])) ?? [];
  expect([...seen(TOP)].sort()).toEqual(["m", "n", "o", "p"]);
  expect(tree.isBlock("hollow")).toBe(false);
  expect(tree.isBlock("n")).toBe(false);
});
