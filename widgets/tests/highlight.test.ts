import { expect, test } from "vitest";
import { linesAt, reach, visibleLinks } from "../src/lib/highlight";
import { describeSelection } from "../src/lib/announce";
import { detector, drawn, stages } from "./fixtures";

test("neighbours are what is seen of them", async () => {
  const links = visibleLinks(await drawn(stages(), ["s1"]));
  expect(links.consumers.get("in")).toEqual(["s1u0"]);
  expect(links.consumers.get("s1u0")).toEqual(["s1u1"]);
  expect(links.consumers.get("s1")).toEqual(["s2"]);
  expect(links.producers.get("s2")).toEqual(["s1u1"]);
});

test("the lines of an item go on through the borders", async () => {
  const drawing = await drawn(stages(), ["s1", "s1u1", "s2"]);
  const out = linesAt(drawing, "s1u1relu", "outOf");
  expect(out.map(({ from, to }) => [from, to])).toEqual(expect.arrayContaining([["s1u1relu", "s1u1"], ["s1u1", "s1"], ["s1", "s2"], ["s2", "s2u0"]]));
  expect(linesAt(drawing, "s2", "into").some(({ from, to }) => from === "s1" && to === "s2")).toBe(true);
  expect(linesAt(drawing, "s2", "into").some(({ from }) => from === "s2u0")).toBe(false);
});

test("what leads to a node and what follows it", async () => {
  const drawing = await drawn(detector(4), ["trunk", "heads"]);
  expect([...reach(drawing, "t2", "into").nodes].sort()).toEqual(["t0", "t1", "t2"]);
  expect([...reach(drawing, "t2", "outOf").nodes].sort()).toEqual(["cat", "h2", "h3", "t2", "t3"]);
  expect([...reach(drawing, "trunk", "outOf").nodes]).toContain("cat");
});

test("a screen reader hears of the selection", async () => {
  const drawing = await drawn(stages(), ["s1"]);
  expect(describeSelection(drawing, [])).toBe("Nothing selected");
  expect(describeSelection(drawing, ["in"])).toBe("Input in, shape 1x3, 0 inputs, 2 outputs");
  expect(describeSelection(drawing, ["in", "s2"])).toBe("stage s2, 6 nodes, closed, 1 input, 1 output, 2 selected");
  expect(describeSelection(drawing, ["gone"])).toBe("");
});
