import { expect, test } from "vitest";
import { boxOf, HitGrid, overlaps } from "../src/lib/hit";

const NODES = Array.from({ length: 200 }, (_, i) => ({ id: `${i}`, x: (i % 10) * 300 - 1500, y: Math.floor(i / 10) * 100 - 900, width: 200, height: 60 }));
const GRID = new HitGrid(NODES);

test("every node is hit at its centre and just inside its corners", () => {
  for (const node of NODES) {
    for (const [dx, dy] of [[0, 0], [-99, -29], [99, -29], [-99, 29], [99, 29]] as const) {
      expect(GRID.at({ x: node.x + dx, y: node.y + dy })?.id).toBe(node.id);
    }
  }
});

test("between the nodes nothing is hit", () => {
  for (const node of NODES) {
    expect(GRID.at({ x: node.x + 101, y: node.y })).toBeUndefined();
    expect(GRID.at({ x: node.x, y: node.y - 31 })).toBeUndefined();
  }
});

test("a node wider than many cells is hit everywhere", () => {
  const wide = new HitGrid([{ id: "wide", x: 0, y: 0, width: 3000, height: 40 }]);
  for (let x = -1500; x <= 1500; x += 100) expect(wide.at({ x, y: 10 })?.id).toBe("wide");
});

test("boxes overlap when they touch", () => {
  const box = boxOf({ id: "", x: 50, y: 50, width: 100, height: 100 });
  expect(box).toEqual({ x: 0, y: 0, width: 100, height: 100 });
  expect(overlaps(box, { x: 100, y: 0, width: 10, height: 10 })).toBe(true);
  expect(overlaps(box, { x: 100.1, y: 0, width: 10, height: 10 })).toBe(false);
  expect(overlaps(box, { x: 40, y: 40, width: 1, height: 1 })).toBe(true);
});
