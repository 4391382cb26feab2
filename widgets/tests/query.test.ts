import { expect, test } from "vitest";
import { parseGraph } from "../src/lib/graph";
import { Hierarchy } from "../src/lib/hierarchy";
import { parseOverlay } from "../src/lib/overlay";
import { find } from "../src/lib/search";

const TREE = new Hierarchy(
  parseGraph({
    nodes: [
      { id: "c1", name: "stage1_conv", op: "Convolution", kind: "conv", shape: "1x8x4x4", badge: "8 bit", params: ["weight 3x3"], attrs: { kernel: "(3, 3)", num_filter: "64" }, block: "s1" },
      { id: "c2", name: "stage2_conv", op: "Convolution", kind: "conv", shape: "1x16x2x2", attrs: { kernel: "(1, 1)", num_filter: "128" }, block: "s2" },
      { id: "r", name: "relu_and_more", op: "Activation", kind: "activation", shape: "1x16x2x2", block: "s2" },
      { id: "p", name: "pool/max", op: "Pooling", kind: "pool", shape: "1x16" },
    ],
    blocks: [{ id: "s1", label: "stage 1" }, { id: "s2", label: "stage 2" }],
  }),
);
const OVERLAY = parseOverlay({ label: "SQNR, dB", values: { c1: 12, c2: 31.5, r: -4 } });

test.each<[string, string[]]>([
  ["sqnr < 20 and op = Convolution", ["c1"]],
  ["SQNR<20", ["c1", "r"]],
  ['"sqnr, db" >= 12', ["c1", "c2"]],
  ["value > -5", ["c1", "c2", "r"]],
  ["not value > -5", ["p"]],
  ["op = conv", []],
  ["op ~ conv", ["c1", "c2"]],
  ["op != Convolution", ["r", "p"]],
  ["kind = pool or kind = activation", ["r", "p"]],
  ["kind = conv and (shape ~ 1x8 or num_filter > 100)", ["c1", "c2"]],
  ["kernel = '(3, 3)'", ["c1"]],
  ["attrs.kernel ~ /^\\(1/", ["c2"]],
  ["num_filter >= 128", ["c2"]],
  ['block = "stage 2"', ["c2", "r"]],
  ["block ~ 'stage 1'", ["c1"]],
  ["badge = '8 bit'", ["c1"]],
  ["params ~ weight", ["c1"]],
  ["/^stage[12]_CONV$/", ["c1", "c2"]],
  ["name ~ /conv$/ not value < 20", ["c2"]],
  ["conv stage1", ["c1"]],
  ["relu_and_more", ["r"]],
  ["pool/max", ["p"]],
  ["stage", ["s1", "s2", "c1", "c2"]],
  ["'stage 2'", ["s2"]],
])("%s", (query, ids) => {
  const { matches, problem } = find(TREE, query, OVERLAY);
  expect(problem).toBe("");
  expect(matches).toEqual(ids);
});

test.each([
  ["op =", "A value is missing after “op =”"],
  ["= conv", "Something is missing before “=”"],
  ["colour = red", "There is no field “colour”"],
  ["value < high", "“high” after < is not a number"],
  ["value < ''", "“” after < is not a number"],
  ["(conv", "A ) is missing"],
  ["conv)", "There is a ) without a ("],
  ["conv and", "Something is missing at the end"],
  ["not", "Something is missing at the end"],
  ["op = 'conv", "The quote at 6 has no end"],
  ["/(/", "/(/ is not a regular expression"],
  ["op = conv = relu", "“=” is not expected here"],
])("%s is refused: %s", (query, problem) => {
  expect(find(TREE, query, OVERLAY)).toMatchObject({ query, matches: [], problem });
});

test("without an overlay its label is no field", () => {
  expect(find(TREE, "sqnr < 20").problem).toBe("There is no field “sqnr”");
});
