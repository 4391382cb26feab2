import { expect, test } from "vitest";
import { parseGraph } from "../src/lib/graph";
import { actionFor, neighbour, type Direction } from "../src/lib/keyboard";

// input -> left, right -> sum; sum also reads the lone constant.
const GRAPH = parseGraph({
  nodes: ["input", "left", "right", "constant", "sum"].map((id) => ({ id, name: id, op: "op" })),
  edges: [["input", "left"], ["input", "right"], ["left", "sum"], ["right", "sum"], ["constant", "sum"]],
});
const PLACES = new Map([
  ["input", { x: 0, y: 0 }],
  ["left", { x: -100, y: 100 }],
  ["right", { x: 80, y: 100 }],
  ["constant", { x: 200, y: 100 }],
  ["sum", { x: -60, y: 200 }],
]);

test.each<[string, Direction, string | undefined]>([
  ["input", "down", "right"],
  ["left", "down", "sum"],
  ["sum", "down", undefined],
  ["sum", "up", "left"],
  ["right", "up", "input"],
  ["input", "up", undefined],
  ["left", "right", "right"],
  ["right", "right", "constant"],
  ["constant", "left", "right"],
  ["left", "left", undefined],
  ["input", "right", undefined],
  ["unknown", "down", undefined],
])("from %s, %s leads to %s", (from, direction, to) => expect(neighbour(GRAPH, PLACES, from, direction)).toBe(to));

const PRESS = { ctrlKey: false, altKey: false, metaKey: false };

test.each([
  ["ArrowDown", "down"],
  ["+", "zoomIn"],
  ["=", "zoomIn"],
  ["-", "zoomOut"],
  ["f", "fit"],
  ["/", "search"],
  ["?", "help"],
  ["Escape", "escape"],
  ["x", undefined],
  ["constructor", undefined],
])("%s means %s", (key, action) => expect(actionFor({ ...PRESS, key })).toBe(action));

test.each(["ctrlKey", "altKey", "metaKey"])("%s leaves the key to the browser", (modifier) => {
  expect(actionFor({ ...PRESS, key: "f", [modifier]: true })).toBeUndefined();
});
