import { expect, test } from "vitest";
import { inkOn, luminance, mix, viridis } from "../src/lib/colour";
import { formatNumber, overlayColour, parseMarks, parseOverlay } from "../src/lib/overlay";

test("an empty trait is no overlay", () => {
  expect(parseOverlay({})).toBeNull();
  expect(parseOverlay(undefined)).toBeNull();
});

test("values that are no finite numbers have no colour", () => {
  const overlay = parseOverlay({ label: "dB", values: { a: 1, b: NaN, c: "2", d: null, e: Infinity }, low: 0, high: 2 });
  expect([...(overlay?.values ?? [])]).toEqual([["a", 1]]);
  expect(overlay && overlayColour(overlay, "b")).toBeUndefined();
});

test("the scale runs from low to high and is clipped", () => {
  const overlay = parseOverlay({ label: "", values: { low: 0, high: 10, below: -5, above: 50 }, low: 0, high: 10 });
  if (!overlay) throw new Error("no overlay");
  const colour = (id: string): string | undefined => overlayColour(overlay, id);
  expect(colour("low")).toBe("#440154");
  expect(colour("high")).toBe("#fde725");
  expect(colour("below")).toBe(colour("low"));
  expect(colour("above")).toBe(colour("high"));
});

test("one value for all is the middle of the scale", () => {
  const overlay = parseOverlay({ values: { a: 3 }, low: 3, high: 3 });
  expect(overlay && overlayColour(overlay, "a")).toBe(viridis(0.5));
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
