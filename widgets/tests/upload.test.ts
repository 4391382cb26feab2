import { expect, test } from "vitest";

import { problemOf, refusalOf, sizeOf } from "../src/lib/upload";

const KINDS = [".json", ".params"];

test.each([
  ["model-symbol.json", 10, ""],
  ["model-0000.params", 100, ""],
  ["model.onnx", 10, "Not a file of these kinds: .json, .params"],
  ["model-0000.params", 101, "It has 101 bytes; an upload may have 100 bytes."],
])("%s with %d bytes", (name, bytes, problem) => {
  expect(problemOf(name, bytes, KINDS, 100)).toBe(problem);
});

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1.00 kB"],
  [46_800_000, "46.8 MB"],
])("%d bytes are %s", (bytes, words) => {
  expect(sizeOf(bytes)).toBe(words);
});

test.each([
  [413, '{"problem": "too large"}', "too large"],
  [413, '{"problem": 5}', "The server answered 413."],
  [500, "<html>", "The server answered 500."],
  [403, "", "Reload the page, then try again."],
  [0, "", "The connection was lost."],
])("an answer %d %s", (status, body, words) => {
  expect(refusalOf(status, body)).toBe(words);
});
