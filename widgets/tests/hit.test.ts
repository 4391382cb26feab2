import { expect, test } from "vitest";
import type { PlacedItem } from "../src/lib/compose";
import { boxOf, HitGrid, overlaps, toggleBox, within } from "../src/lib/hit";

function item(id: string, x: number, y: number, width: number, height: number, open = false): PlacedItem {
  return { id, x, y, width, height, open, depth: 0, anchor: { x, y: y - height / 2 } };
}

const NODES = Array.from({ length: 200 }, (_, i) => item(`${i}`, (i % 10) * 300 - 1500, Math.floor(i / 10) * 100 - 900, 200, 60));
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
  const wide = new HitGrid([item("wide", 0, 0, 3000, 40)]);
  for (let x = -1500; x <= 1500; x += 100) expect(wide.at({ x, y: 10 })?.id).toBe("wide");
});

test("boxes overlap when they touch", () => {
  const box = boxOf({ id: "", x: 50, y: 50, width: 100, height: 100 });
  expect(box).toEqual({ x: 0, y: 0, width: 100, height: 100 });
  expect(overlaps(box, { x: 100, y: 0, width: 10, height: 10 })).toBe(true);
  expect(overlaps(box, { x: 100.1, y: 0, width: 10, height: 10 })).toBe(false);
  expect(overlaps(box, { x: 40, y: 40, width: 1, height: 1 })).toBe(true);
});

test("an open block is hit at its header only, and never before what stands in it", () => {
  const frame = item("frame", 0, 500, 400, 1000, true);
  const card = item("card", 0, 20, 200, 60);
  const grid = new HitGrid([frame, card]);
  expect(grid.at({ x: -190, y: 10 })?.id).toBe("frame");
  expect(grid.at({ x: 0, y: 10 })?.id).toBe("card");
  expect(grid.at({ x: 0, y: 600 })).toBeUndefined();
});

test.each([0, 1, 7])("a search finds what touches a rectangle, in drawing order (%d)", (seed) => {
  const box = { x: -1400 + 300 * seed, y: -850, width: 700, height: 260 };
  expect(GRID.itemsIn(box)).toEqual(NODES.filter((node) => overlaps(boxOf(node), box)));
});

test("lines are found by their extent, also one that crosses the whole world", () => {
  const line = (points: { x: number; y: number }[]) => ({ from: "a", to: "b", points, edges: [0], tensors: 1, starts: true, ends: true });
  const [long, short] = [line([{ x: -50_000, y: -50_000 }, { x: 50_000, y: 50_000 }]), line([{ x: 0, y: 0 }, { x: 10, y: 80 }])];
  const grid = new HitGrid([], [long, short]);
  expect(grid.linesIn({ x: 0, y: 0, width: 5, height: 5 })).toEqual([long, short]);
  expect(grid.linesIn({ x: 900, y: 900, width: 5, height: 5 })).toEqual([long]);
});

test("the button of a block lies on its card or in its header", () => {
  const [closed, open] = [item("b", 0, 0, 160, 48), item("b", 0, 500, 400, 1000, true)];
  for (const each of [closed, open]) {
    const button = toggleBox(each);
    expect(within(boxOf(each), { x: button.x, y: button.y })).toBe(true);
    expect(within(boxOf(each), { x: button.x + button.width, y: button.y + button.height })).toBe(true);
  }
  expect(toggleBox(open).y).toBeLessThan(26);
});
