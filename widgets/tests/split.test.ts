import { expect, test } from "vitest";
import { Hierarchy } from "../src/lib/hierarchy";
import { parseSplit, sideOf, splitSummary } from "../src/lib/split";
import { stages } from "./fixtures";

const TREE = new Hierarchy(stages());
const nodes = [...TREE.graph.nodes.keys()];
const cut = nodes.indexOf("s1u1conv");
const SPLIT = parseSplit({
  base: nodes.slice(0, cut + 1),
  top: nodes.slice(cut + 1),
  problems: ["a path goes round"],
  shapes: { s1u1conv: "1x8" },
  candidates: [{ id: "in", why: "wide range" }, { why: "of nothing" }],
});

test.each([
  ["in", "base"],
  ["out", "top"],
  ["s1u0", "base"],
  ["s1u1", "both"],
  ["s1", "both"],
  ["s2", "top"],
  ["unknown", undefined],
])("%s is in %s", (id, side) => expect(sideOf(SPLIT, TREE, id)).toBe(side));

test("an empty trait has no sides, problems or candidates", () => {
  const split = parseSplit({});
  expect([split.sides.size, split.problems.length, split.candidates.size]).toEqual([0, 0, 0]);
  expect(sideOf(split, TREE, "s1")).toBeUndefined();
});

test("the summary counts the halves and names the shapes at the cut", () => {
  expect([...SPLIT.candidates]).toEqual([["in", "wide range"]]);
  expect(splitSummary(SPLIT, ["s1u1conv"])).toBe(`1 split key: base ${cut + 1}, top ${nodes.length - cut - 1} nodes; 1x8 at the cut`);
  expect(splitSummary(parseSplit({}), ["a", "b"])).toBe("2 split keys");
  expect(splitSummary(SPLIT, [])).toBe("");
});
