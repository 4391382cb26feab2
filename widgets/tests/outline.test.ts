import { expect, test } from "vitest";
import { Hierarchy } from "../src/lib/hierarchy";
import { treeRows } from "../src/lib/outline";
import { sortRows } from "../src/lib/table";
import { stages } from "./fixtures";

const TREE = new Hierarchy(stages());

test("the tree is open where the drawing is", () => {
  const rows = treeRows(TREE, new Set(["s1", "s2u0"]));
  expect(rows.map(({ id, level, open }) => [id, level, open])).toEqual([
    ["in", 1, null],
    ["s1", 1, true],
    ["s1u0", 2, false],
    ["s1u1", 2, false],
    ["s2", 1, false],
    ["out", 1, null],
  ]);
  expect(rows[3]).toMatchObject({ place: 2, siblings: 2 });
});

test("a table is sorted by number or by text, what has no value last in both directions", () => {
  const row = (id: string, value?: number) => ({ id, name: id, op: "", shape: "", value });
  const rows = [row("n10", 3), row("n9"), row("n2", 20)];
  const ids = (column: "name" | "value", down: boolean): string[] => sortRows(rows, { column, down }).map(({ id }) => id);
  expect(ids("name", false)).toEqual(["n2", "n9", "n10"]);
  expect(ids("value", false)).toEqual(["n10", "n2", "n9"]);
  expect(ids("value", true)).toEqual(["n2", "n10", "n9"]);
  expect(sortRows(rows, null)).toBe(rows);
});
