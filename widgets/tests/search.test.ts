import { expect, test } from "vitest";
import { parseGraph } from "../src/lib/graph";
import { Hierarchy } from "../src/lib/hierarchy";
import { find, NO_SEARCH, step, summary } from "../src/lib/search";

const GRAPH = new Hierarchy(parseGraph({
  nodes: [
    { id: "a", name: "stage1_conv0", op: "Convolution" },
    { id: "b", name: "stage1_relu0", op: "Activation" },
    { id: "c", name: "stage2_CONV1", op: "Convolution" },
    { id: "d", name: "conv_like", op: "Dense" },
  ],
  edges: [],
}));

test.each([
  ["conv", ["a", "c", "d"]],
  ["CONVOLUTION", ["a", "c"]],
  ["stage1", ["a", "b"]],
  ["  relu ", ["b"]],
  [".*", []],
])("%s finds %o", (query, ids) => expect(find(GRAPH, query).matches).toEqual(ids));

test.each(["", "   "])("an empty query searches for nothing", (query) => expect(find(GRAPH, query)).toBe(NO_SEARCH));

test("steps go round in both directions", () => {
  let search = find(GRAPH, "conv");
  const places = [1, 1, 1, 1, -1, -1].map((by) => (search = step(search, by as 1 | -1)).current);
  expect(places).toEqual([0, 1, 2, 0, 2, 1]);
  expect(step(find(GRAPH, "conv"), -1).current).toBe(2);
});

test("a step without matches stays", () => expect(step(find(GRAPH, "xyz"), 1).current).toBe(-1));

test("the summary counts", () => {
  expect(summary(NO_SEARCH)).toBe("");
  expect(summary(find(GRAPH, "xyz"))).toBe("No match");
  expect(summary(find(GRAPH, "relu"))).toBe("1 match");
  expect(summary(find(GRAPH, "conv"))).toBe("3 matches");
  expect(summary(step(find(GRAPH, "conv"), 1))).toBe("1 of 3");
});
