import { expect, test } from "vitest";
import { inkOn, luminance, mix, viridis } from "../src/lib/colour";
import { parseGraph } from "../src/lib/graph";
import { Hierarchy } from "../src/lib/hierarchy";
import { formatNumber, overlayValue, parseMarks, parseOverlay, valueColour, valueText, type Overlay } from "../src/lib/overlay";

const HIERARCHY = new Hierarchy(
  parseGraph({
    nodes: ["a", "b", "c", "d"].map((id) => ({ id, block: id === "d" ? "empty" : "all" })),
    blocks: [{ id: "all" }, { id: "empty" }],
  }),
);

function parsed(raw: object): Overlay {
  const overlay = parseOverlay(raw);
  if (!overlay) throw new Error("no overlay");
  return overlay;
}

function colour(overlay: Overlay, id: string): string | undefined {
  return valueColour(overlay, overlay.values.get(id));
}

test("an empty trait is no overlay", () => {
  expect(parseOverlay({})).toBeNull();
  expect(parseOverlay(undefined)).toBeNull();
});

test("values that are no finite numbers have no colour", () => {
  const overlay = parsed({ label: "dB", values: { a: 1, b: NaN, c: "2", d: null, e: Infinity }, low: 0, high: 2 });
  expect([...overlay.values]).toEqual([["a", 1]]);
  expect(colour(overlay, "b")).toBeUndefined();
});

test("the scale runs from low to high and is clipped", () => {
  const overlay = parsed({ values: { low: 0, high: 10, below: -5, above: 50 }, low: 0, high: 10 });
  expect(colour(overlay, "low")).toBe("#440154");
  expect(colour(overlay, "high")).toBe("#fde725");
  expect(colour(overlay, "below")).toBe(colour(overlay, "low"));
  expect(colour(overlay, "above")).toBe(colour(overlay, "high"));
});

test("without ends the scale has those of the values", () => {
  expect(parsed({ values: { a: -3, b: 7 } })).toMatchObject({ low: -3, high: 7 });
});

test("one value for all is the middle of the scale", () => {
  expect(colour(parsed({ values: { a: 3 }, low: 3, high: 3 }), "a")).toBe(viridis(0.5));
});

test("on a log scale equal factors are equal steps, and what is not above 0 is at the low end", () => {
  const overlay = parsed({ scale: "log", values: { a: 1, b: 100, c: 10_000, d: 0 } });
  expect(overlay).toMatchObject({ low: 1, high: 10_000 });
  expect(colour(overlay, "b")).toBe(viridis(0.5));
  expect(colour(overlay, "d")).toBe(viridis(0));
});

test("categories have colours of their own, numbers in their order", () => {
  const overlay = parsed({ scale: "category", values: { a: "16", b: "8", c: 8, d: "" } });
  expect(overlay.categories).toEqual(["8", "16"]);
  expect(colour(overlay, "b")).toBe(colour(overlay, "c"));
  expect(colour(overlay, "a")).not.toBe(colour(overlay, "b"));
  expect(colour(overlay, "d")).toBeUndefined();
});

test.each([
  ["high", 2],
  ["low", 9],
  ["", 5],
])("better %s: a block shows %d", (better, value) => {
  expect(overlayValue(parsed({ better, values: { a: 2, b: 9, c: 4 } }), HIERARCHY, "all")).toBe(value);
});

test("a block shows the sum of values that add up, and the end of the scale's colours where it is beyond", () => {
  const overlay = parsed({ better: "low", adds_up: true, scale: "log", values: { a: 2, b: 9, c: 4 } });
  expect(overlayValue(overlay, HIERARCHY, "all")).toBe(15);
  expect(valueColour(overlay, 15)).toBe(valueColour(overlay, 9));
  expect(parsed({ adds_up: "yes", values: { a: 1 } }).gather).toBe("mean");
});

test("a block shows its most frequent category, and nothing without values", () => {
  const overlay = parsed({ scale: "category", values: { a: "int8", b: "int16", c: "int8" } });
  expect(overlayValue(overlay, HIERARCHY, "all")).toBe("int8");
  expect(overlayValue(overlay, HIERARCHY, "empty")).toBeUndefined();
});

test("texts of values carry the unit", () => {
  const overlay = parsed({ unit: "dB", values: { a: 1.23456 } });
  expect(valueText(overlay, 1.23456)).toBe("1.235 dB");
  expect(valueText(overlay, undefined)).toBe("none");
});

test("lightness grows along the scale, so it reads without colour vision", () => {
  const steps = Array.from({ length: 21 }, (_, i) => luminance(viridis(i / 20)));
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
});

test("ink has at least 4.5 to 1 on every colour of the scale", () => {
  for (let t = 0; t <= 1; t += 0.05) {
    const [paper, ink] = [luminance(viridis(t)), luminance(inkOn(viridis(t)))];
    expect((Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05)).toBeGreaterThan(4.5);
  }
});

test("mixing", () => {
  expect(mix("#000000", "#ffffff", 0)).toBe("#000000");
  expect(mix("#000000", "#ffffff", 1)).toBe("#ffffff");
  expect(mix("#000000", "#ff8000", 0.5)).toBe("#804000");
});

test("marks other than edited and error are left out", () => {
  expect([...parseMarks({ a: "edited", b: "error", c: "other" })]).toEqual([["a", "edited"], ["b", "error"]]);
});

test.each([[20, "20"], [0.123456, "0.1235"], [1e-9, "1e-9"], [123456, "123500"]])("%d is written %s", (value, text) => expect(formatNumber(value)).toBe(text));
