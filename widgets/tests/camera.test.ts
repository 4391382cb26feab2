import { expect, test } from "vitest";
import { between, centredOn, fitted, LEGIBLE_ZOOM, MAX_ZOOM, opening, panned, READING_ZOOM, revealing, toScreen, toWorld, visibleBox, zoomedAt, type View } from "../src/lib/camera";

const SIZE = { width: 800, height: 600 };
const VIEW: View = { x: 30, y: -40, zoom: 0.5 };

test("screen and world are inverse to each other", () => {
  const point = { x: 123, y: 45 };
  const back = toWorld(VIEW, SIZE, toScreen(VIEW, SIZE, point));
  expect(back.x).toBeCloseTo(point.x);
  expect(back.y).toBeCloseTo(point.y);
});

test("the world follows the pointer when panned", () => {
  const at = toWorld(VIEW, SIZE, { x: 100, y: 100 });
  expect(toScreen(panned(VIEW, 20, -5), SIZE, at)).toEqual({ x: 120, y: 95 });
});

test.each([0.5, 3, 1000])("zooming by %d leaves the point under the pointer where it is", (factor) => {
  const pointer = { x: 640, y: 90 };
  const before = toWorld(VIEW, SIZE, pointer);
  const zoomed = zoomedAt(VIEW, SIZE, factor, pointer);
  const after = toWorld(zoomed, SIZE, pointer);
  expect(after.x).toBeCloseTo(before.x);
  expect(after.y).toBeCloseTo(before.y);
  expect(zoomed.zoom).toBe(Math.min(MAX_ZOOM, VIEW.zoom * factor));
});

test.each([
  { x: -500, y: 0, width: 1000, height: 9000 },
  { x: 0, y: 0, width: 20000, height: 100 },
  { x: 0, y: 0, width: 50, height: 50 },
])("a fitted box is in view, below the toolbar: %o", (box) => {
  const view = fitted(box, SIZE);
  const start = toScreen(view, SIZE, box);
  const end = toScreen(view, SIZE, { x: box.x + box.width, y: box.y + box.height });
  expect(start.x).toBeGreaterThanOrEqual(23.9);
  expect(start.y).toBeGreaterThanOrEqual(63.9);
  expect(end.x).toBeLessThanOrEqual(776.1);
  expect(end.y).toBeLessThanOrEqual(576.1);
});

test("a small graph opens whole", () => {
  const box = { x: 0, y: 0, width: 400, height: 700 };
  expect(opening(box, { x: 0, y: 0, width: 100, height: 40 }, SIZE)).toEqual(fitted(box, SIZE));
});

test("a tall graph opens at its top, at reading zoom", () => {
  const first = { x: 60, y: 0, width: 140, height: 47 };
  const view = opening({ x: 0, y: 0, width: 300, height: 9000 }, first, SIZE);
  expect(fitted({ x: 0, y: 0, width: 300, height: 9000 }, SIZE).zoom).toBeLessThan(LEGIBLE_ZOOM);
  expect(view.zoom).toBe(READING_ZOOM);
  expect(toScreen(view, SIZE, first)).toEqual({ x: 330, y: 64 });
});

test("revealing moves only for what is outside", () => {
  const inside = { x: 0, y: -40, width: 100, height: 40 };
  const outside = { x: 5000, y: 0, width: 100, height: 40 };
  expect(revealing(VIEW, SIZE, inside)).toBe(VIEW);
  expect(revealing(VIEW, SIZE, outside)).toEqual(centredOn(outside, VIEW.zoom));
});

test("a node under the toolbar counts as outside", () => {
  const top = toWorld(VIEW, SIZE, { x: 400, y: 10 });
  expect(revealing(VIEW, SIZE, { ...top, width: 100, height: 40 })).not.toBe(VIEW);
});

test("the visible box has the screen's corners", () => {
  const box = visibleBox(VIEW, SIZE);
  expect(toScreen(VIEW, SIZE, box)).toEqual({ x: 0, y: 0 });
  expect(toScreen(VIEW, SIZE, { x: box.x + box.width, y: box.y + box.height })).toEqual({ x: 800, y: 600 });
});

test("a move starts and ends where it should and zooms by equal factors", () => {
  const target = { x: 0, y: 10, zoom: 2 };
  expect(between(VIEW, target, 0)).toEqual(VIEW);
  expect(between(VIEW, target, 1)).toEqual(target);
  expect(between(VIEW, target, 0.5).zoom).toBeCloseTo(1);
});
