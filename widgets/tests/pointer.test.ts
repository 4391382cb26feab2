import { expect, test } from "vitest";
import { wheelFactor } from "../src/lib/pointer";

test("down zooms out, up zooms in by the same factor", () => {
  expect(wheelFactor(50, false)).toBeLessThan(1);
  expect(wheelFactor(50, false) * wheelFactor(-50, false)).toBeCloseTo(1);
});

test("a coarse wheel never zooms by more than about a fifth", () => {
  expect(wheelFactor(-10_000, false)).toBe(wheelFactor(-100, false));
  expect(wheelFactor(-10_000, false)).toBeLessThan(1.2);
});

test("a pinch, which comes in small steps, zooms faster", () => {
  expect(wheelFactor(-4, true)).toBeGreaterThan(wheelFactor(-4, false));
});
