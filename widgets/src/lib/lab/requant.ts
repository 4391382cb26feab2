/** Requantization as cvm/requant.py does it; tests hold both equal. */

import type { Requantizer } from "./data";

const INT32_BITS = 32;
const MAX_SHIFT = 30;
const GUARDED_BITS = 17;

/** Integers of so many bits: value / scale, clipped at the threshold. */
export interface Integers {
  readonly scale: number;
  readonly bits: number;
  readonly threshold: number;
}

/** What comes out: value * frac * 2**-shift; a threshold of 0 means that all are zeros. */
export interface Requantized extends Integers {
  readonly frac: number;
  readonly shift: number;
}

/** The largest magnitude of a signed number of `bits` bits. */
export function intRange(bits: number): number {
  return 2 ** (bits - 1) - 1;
}

/** The signed precision that holds a magnitude; within 1e-9 of an integer counts as that integer. */
export function bitsFor(magnitude: number): number {
  const nearest = roundHalfEven(magnitude);
  if (Math.abs(magnitude - nearest) <= 1e-9 * Math.max(1, nearest)) return bitLength(nearest) + 1;
  return Math.max(1, Math.ceil(Math.log2(magnitude + 1))) + 1;
}

export function scaleFor(threshold: number, bits: number): number {
  return threshold > 0 ? intRange(bits) / threshold : 1;
}

/** Bring integers to at most `bits` bits, and to a scale if one is asked for; null where no multiplier fits. */
export function requantize(x: Integers, bits: number, scale: number | null, requantizer: Requantizer): Requantized | null {
  const start: Requantized = { ...x, frac: 1, shift: 0 };
  if (x.threshold === 0 || x.bits === 1) return { ...start, scale: scale ?? scaleFor(1, bits) };
  if (x.threshold * x.scale < 0.5) return { ...start, scale: scale ?? scaleFor(1, bits), bits: 1, threshold: 0 };
  const target = scale ?? scaleFor(x.threshold, bits);
  const narrow = requantizer.kind === "guard_bits" ? guarded(start, bits) : shifted(start, bits, requantizer.shift_bits);
  if (scale === null && narrow.bits <= bits) return narrow;
  const factor = fraction(target / narrow.scale, INT32_BITS - narrow.bits);
  if (factor === null) return null;
  if (factor.frac === 0) return { ...narrow, scale: target, bits: 1, threshold: 0 };
  const [frac, shift] = [factor.frac * 2 ** Math.max(factor.exp, 0), Math.max(-factor.exp, 0)];
  return divide(narrow, frac, shift, bits);
}

function shifted(x: Requantized, bits: number, shiftBits: number): Requantized {
  const need = bitsFor(x.threshold * x.scale);
  const excess = Math.min(need - bits, MAX_SHIFT);
  return excess <= shiftBits ? x : divide(x, 1, excess, Math.max(Math.min(x.bits, Math.max(INT32_BITS - 1, need)) - excess, 1));
}

function guarded(x: Requantized, bits: number): Requantized {
  const limit = Math.max(GUARDED_BITS, bits);
  if (x.bits <= limit) return x;
  const need = Math.min(bitsFor(x.threshold * x.scale), x.bits);
  const excess = Math.max(need - limit, 0);
  return divide(x, 1, excess, need - excess);
}

function divide(x: Requantized, frac: number, shift: number, bits: number): Requantized {
  const grown = frac > 1 ? x.bits + bitsFor(frac) : x.bits;
  return { ...x, scale: (x.scale * frac) / 2 ** shift, bits: shift ? bits : Math.min(grown, bits), frac: x.frac * frac, shift: x.shift + shift };
}

/** The fraction frac * 2**exp nearest to `ratio` that `room` bits hold; null where there is none. */
function fraction(ratio: number, room: number): { frac: number; exp: number } | null {
  if (room < 2) return null;
  let { frac, exp } = dyadic(ratio, room);
  if (exp < -MAX_SHIFT) [frac, exp] = [roundHalfEven(ratio * 2 ** MAX_SHIFT), -MAX_SHIFT];
  return bitsFor(frac) + Math.max(exp, 0) > room ? null : { frac, exp };
}

function dyadic(ratio: number, bits: number): { frac: number; exp: number } {
  let exp = Math.floor(Math.log2(ratio));
  if (ratio / 2 ** exp >= 2) exp++;
  if (ratio / 2 ** exp < 1) exp--;
  let mantissa = ratio / 2 ** exp;
  for (let i = 0; i < bits - 2 && !Number.isInteger(mantissa); i++) [mantissa, exp] = [mantissa * 2, exp - 1];
  return { frac: Math.min(roundHalfEven(mantissa), intRange(bits)), exp };
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** Bits of a whole number, as Python counts them. */
function bitLength(n: number): number {
  return n < 1 ? 0 : Math.floor(Math.log2(n)) + (2 ** Math.floor(Math.log2(n)) > n ? 0 : 1);
}
