import { expect, test } from "vitest";
import { Hierarchy, TOP } from "../src/lib/hierarchy";
import { linksOf, merged, type Link } from "../src/lib/links";
import { detector, stages } from "./fixtures";

function ends(links: readonly Link[] | undefined): string[] {
  return (links ?? []).map(({ from, to, tensor }) => `${from ?? "|"} ${to ?? "|"} ${tensor}`);
}

test("edges are cut at the borders they cross", () => {
  const links = linksOf(new Hierarchy(stages()));
  expect(ends(links.get(TOP))).toEqual(["in s1 in", "s1 s2 s1u1relu", "s2 out s2u1relu"]);
  expect(ends(links.get("s1"))).toEqual(["| s1u0 in", "s1u0 s1u1 s1u0relu", "s1u1 | s1u1relu"]);
  expect(ends(links.get("s1u0"))).toContain("| s1u0add in");
});

test("a link carries every edge of its tensor", () => {
  const graph = stages();
  const first = linksOf(new Hierarchy(graph)).get(TOP)?.[0];
  expect(first?.edges.map((edge) => graph.edges[edge])).toEqual([["in", "s1u0conv"], ["in", "s1u0add"]]);
});

test("between two closed blocks one link is left, between open ones one for each tensor", () => {
  const links = linksOf(new Hierarchy(detector(4))).get(TOP) ?? [];
  const closed = merged(links, () => false);
  expect(closed.map(({ from, to, tensors }) => [from, to, tensors])).toEqual([["trunk", "heads", 4], ["heads", "cat", 4]]);
  expect(closed[0]?.edges).toHaveLength(4);
  const half = merged(links, (id) => id === "trunk").filter(({ from }) => from === "trunk");
  expect(half.map(({ tensor }) => tensor)).toEqual(["t0", "t1", "t2", "t3"]);
});
