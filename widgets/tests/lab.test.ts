import { expect, test } from "vitest";
import { ticks, toPixel, toValue } from "../src/lib/lab/axis";
import { parseLab, type Lab } from "../src/lib/lab/data";
import { keyAction } from "../src/lib/lab/keys";
import { noiseAt, shareBeyond, sqnrAt } from "../src/lib/lab/noise";
import { BITS, predict } from "../src/lib/lab/predict";
import { requantize } from "../src/lib/lab/requant";
import { curveOf, reachOf, valueAxis } from "../src/lib/lab/shown";
import { figure, percent, typed } from "../src/lib/lab/words";
import cases from "./lab_cases.json";

/** Equal to so many digits that only the order of additions can differ. */
function near(found: number, wanted: number): void {
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted) + 1e-15);
}

test.each(cases.noise)("noise at $threshold with $codes codes is Python's", ({ threshold, codes, rounding, clipping, beyond, sqnr }) => {
  const found = noiseAt(cases.bins, threshold, codes);
  expect(Math.abs(found.rounding - rounding)).toBeLessThanOrEqual(1e-6 * rounding + 1e-14);
  near(found.clipping, clipping);
  near(shareBeyond(cases.bins, threshold), beyond);
  expect(sqnrAt(cases.bins, cases.power, threshold, codes)).toBeCloseTo(sqnr, 4);
});

test.each(cases.requantized.map((one, i) => [i, one] as const))("requantization %i is Python's", (_, one) => {
  const got = requantize({ scale: one.scale, bits: one.precision, threshold: one.threshold }, one.bits, one.wanted, { kind: one.kind, shift_bits: one.shift_bits });
  expect(got && { scale: got.scale, bits: got.bits, zero: got.threshold === 0, frac: got.frac, shift: got.shift }).toEqual(one.got);
});

const DATA = {
  tensor: "relu0",
  op: "relu",
  threshold: 4,
  observed: 4,
  minimum: 0,
  maximum: 4,
  absmax: 4,
  power: cases.power,
  samples: 3,
  magnitudes: { width: 0.5, top: 4, counts: [40, 20, 10, 6, 2, 1, 1, 1] },
  extremes: { top: [], largest: [4, 2, 1] },
  picks: [{ name: "kl", help: "", threshold: 2 }, { name: "power_of_two", help: "", threshold: 8 }],
  bits: 8,
  codes: 1,
  source: { scale: { fixed: true, value: 7000, floor: 0 }, bits: 22, slack: 0, precision: 17, largest: null },
  requests: [{ consumer: "conv1", op: "Convolution", bits: 8, unsigned: false, scale: null }],
  requantizer: { kind: "shift_multiply", shift_bits: 5 },
};

function lab(change: object = {}): Lab {
  const made = parseLab({ ...DATA, ...change });
  if (!made) throw new Error("no lab");
  return made;
}

test("nothing and nonsense are no lab", () => {
  for (const value of [undefined, null, {}, [], "x", { tensor: "" }]) expect(parseLab(value)).toBeNull();
  expect(lab({ channels: "x", source: null, picks: [null] }).picks).toEqual([{ name: "", help: "", threshold: 0 }]);
});

test("a prediction follows the threshold", () => {
  const [whole, half] = [predict(lab(), 4), predict(lab(), 2)];
  expect(whole.clipped).toBe(0);
  expect(half.clipped).toBeCloseTo(5 / 81, 12);
  expect([whole.clippedSamples, half.clippedSamples]).toEqual([0, 1]);
  expect(whole.sqnr.length).toBe(BITS.length);
  expect([...whole.sqnr].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(whole.sqnr);
  expect([whole.own?.bits, half.own?.bits]).toEqual([16, 15]);
  expect(whole.effects[0]?.got).toMatchObject({ bits: 8, shift: 8, frac: 1, scale: 7000 / 256 });
  expect(half.effects[0]).toMatchObject({ used: 109, largest: 127 });
});

test("a consumer that shifts sees the same codes throughout an octave", () => {
  const [a, b] = [predict(lab(), 2.4), predict(lab(), 4)].map((found) => found.effects[0]);
  expect(a?.got?.scale).toBe(b?.got?.scale);
  expect(a?.clipsAt).toBe(b?.clipsAt);
});

test("a parameter is brought to the scale at once, unsigned codes have one more bit, a threshold too small is named", () => {
  const weight = predict(lab({ source: null }), 2).effects[0];
  expect(weight?.got).toMatchObject({ bits: 8, scale: 63.5, shift: 0, frac: 1 });
  const request = { consumer: "conv1", op: "Convolution", bits: 9, unsigned: true, scale: { fixed: false, value: 254, floor: 0 } };
  expect(predict(lab({ requests: [request] }), 2).effects[0]?.largest).toBe(254);
  expect(predict(lab({ source: { ...DATA.source, bits: 0, precision: 32 } }), 0.01).effects[0]?.got).toBeNull();
  expect(predict(lab(), 1e-6).effects[0]).toMatchObject({ clipsAt: 0, sqnr: 0 });
});

test("the curve is the sum of its parts, and its least error is between them", () => {
  const { total, rounding, clipping } = curveOf(lab(), 4, 4);
  total.forEach((value, i) => near(10 ** (value / 10), 10 ** ((rounding[i] ?? 0) / 10) + 10 ** ((clipping[i] ?? 0) / 10)));
  expect(clipping.at(-1)).toBe(-200);
});

test("the axis has room for all values, but not for a pick far beyond them", () => {
  expect(reachOf(lab(), 4)).toBeCloseTo(4.16);
  expect(reachOf(lab(), 10)).toBeCloseTo(10.4);
  expect(valueAxis(lab(), "magnitude", 4, 0, 100)).toMatchObject({ low: 0, high: 4 });
  expect(valueAxis(lab({ minimum: -1 }), "signed", 4, 0, 100)).toMatchObject({ low: -4, high: 4 });
  expect(valueAxis(lab({ minimum: -4, maximum: 0 }), "signed", 4, 0, 100)).toMatchObject({ low: -4, high: 0 });
  const axis = { low: -2, high: 6, start: 10, end: 90 };
  expect(toValue(axis, toPixel(axis, 3.5))).toBeCloseTo(3.5);
  expect(ticks(axis, 4)).toEqual([-2, 0, 2, 4, 6]);
  expect(ticks({ ...axis, high: -2 }, 4)).toEqual([]);
});

test.each([
  ["ArrowRight", false, 2.04],
  ["ArrowUp", false, 2.04],
  ["ArrowLeft", true, 1.996],
  ["PageDown", false, 1.6],
  ["Home", false, 0.004],
  ["End", false, 4],
])("%s with Shift %s moves to %f", (key, shift, wanted) => {
  const action = keyAction(key, shift, 2, 4);
  expect(typeof action === "object" ? action.move : NaN).toBeCloseTo(wanted, 12);
});

test("other keys commit, cancel or are left alone; zero is never reached", () => {
  expect(["Enter", "Escape", "a", "constructor"].map((key) => keyAction(key, false, 2, 4))).toEqual(["commit", "cancel", undefined, undefined]);
  expect(keyAction("PageDown", false, 0.1, 4)).toEqual({ move: 0.004 });
});

test("numbers are short", () => {
  expect([0, 4.71134, 12345.6, 1.2e-7, -3.5].map((value) => figure(value))).toEqual(["0", "4.711", "12,350", "1.2e-7", "-3.5"]);
  expect([0, 0.000123, 1e-9, 1].map(percent)).toEqual(["0 %", "0.0123 %", "< 0.00001 %", "100 %"]);
  expect(["2.5", " 1,000 ", "", "x", "-1", "0"].map(typed)).toEqual([2.5, 1000, null, null, null, null]);
});
