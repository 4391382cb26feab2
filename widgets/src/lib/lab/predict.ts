/** What a threshold would do: the numbers that follow the line while it is dragged. */

import type { Lab, Request, Rule } from "./data";
import { shareBeyond, sqnrAt } from "./noise";
import { bitsFor, intRange, requantize, scaleFor, type Integers, type Requantized } from "./requant";

export const BITS: readonly number[] = Array.from({ length: 13 }, (_, i) => i + 4);

/** What a consumer gets; `got` is null where the threshold cannot be realised. */
export interface Effect {
  readonly request: Request;
  readonly got: Requantized | null;
  /** The largest code. */
  readonly largest: number;
  /** How many of them the threshold uses. */
  readonly used: number;
  /** Where the integers really end. */
  readonly clipsAt: number;
  readonly sqnr: number | null;
}

export interface Prediction {
  readonly threshold: number;
  readonly clipped: number;
  readonly clippedSamples: number;
  /** In dB, by BITS. */
  readonly sqnr: readonly (number | null)[];
  readonly own: Integers | null;
  /** Of the tensor's own integers, in dB. */
  readonly ownSqnr: number | null;
  readonly effects: readonly Effect[];
}

/** All numbers of a threshold. */
export function predict(lab: Lab, threshold: number): Prediction {
  const own = ownIntegers(lab, threshold);
  return {
    threshold,
    clipped: shareBeyond(lab.magnitudes, threshold),
    clippedSamples: lab.extremes.largest.filter((value) => value > threshold).length,
    sqnr: BITS.map((bits) => sqnrAt(lab.magnitudes, lab.power, threshold, codesAt(lab, bits))),
    own,
    ownSqnr: own && sqnrWithin(lab, own.threshold ? intRange(own.bits) / own.scale : 0, own.scale),
    effects: lab.requests.map((request) => effect(lab, request, own, threshold)),
  };
}

/** Codes above zero, as the lowering uses them. */
export function codesAt(lab: Lab, bits: number): number {
  return lab.codes * intRange(bits);
}

function ownIntegers({ source }: Lab, threshold: number): Integers | null {
  if (!source) return null;
  const [scale, reach] = [scaleAt(source.scale, threshold), source.largest ?? threshold];
  return { scale, threshold: reach, bits: source.bits ? Math.min(source.bits, bitsFor(threshold * scale) + source.slack) : source.precision };
}

function effect(lab: Lab, request: Request, own: Integers | null, threshold: number): Effect {
  const scale = request.scale && scaleAt(request.scale, threshold);
  const got = own ? requantize(own, request.bits, scale, lab.requantizer) : parameter(request, scale, threshold);
  const largest = request.unsigned ? 2 * intRange(8) : intRange(got?.bits ?? request.bits);
  if (!got?.threshold) return { request, got, largest, used: 0, clipsAt: 0, sqnr: got ? 0 : null };
  const clipsAt = Math.min(largest / got.scale, own ? intRange(own.bits) / own.scale : Infinity);
  const used = Math.min(Math.round(got.threshold * got.scale), largest);
  return { request, got, largest, used, clipsAt, sqnr: sqnrWithin(lab, clipsAt, got.scale) };
}

/** The SQNR of integers of this scale that end at `end`. */
function sqnrWithin({ magnitudes, power }: Lab, end: number, scale: number): number | null {
  return sqnrAt(magnitudes, power, end, end * scale);
}

/** A parameter is rounded to the scale at once. */
function parameter(request: Request, scale: number | null, threshold: number): Requantized {
  const bits = scale === null ? request.bits : bitsFor(threshold * scale);
  return { scale: scale ?? scaleFor(threshold, bits), bits, threshold, frac: 1, shift: 0 };
}

function scaleAt(rule: Rule, threshold: number): number {
  return rule.fixed ? rule.value : rule.value / Math.max(threshold, rule.floor);
}
