import { expect, test } from "vitest";
import { moved, parseShare } from "../src/lib/share";

test("the share stays within limits", () => {
  const state = { share: 0.3, hidden: false };
  expect(moved(state, { share: 0.5 }).share).toBe(0.5);
  expect(moved(state, { share: 7 }).share).toBe(0.75);
  expect(moved(state, { share: -1 }).share).toBe(0.12);
  expect(moved(state, { hidden: true })).toEqual({ share: 0.3, hidden: true });
});

test.each([null, "", "{", "3", "null", '"x"', '{"share":"wide"}', '{"share":null}'])("a memory of %j says nothing", (memory) => {
  expect(parseShare(memory, 0.3)).toEqual({ share: 0.3, hidden: false });
});

test("what was remembered is shown again", () => {
  expect(parseShare('{"share":0.4,"hidden":true}', 0.3)).toEqual({ share: 0.4, hidden: true });
  expect(parseShare('{"share":40}', 0.3).share).toBe(0.75);
});
