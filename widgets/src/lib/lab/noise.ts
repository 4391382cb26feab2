/** The noise of a threshold out of a histogram; the formulas are those of observers/noise.py, and tests hold them equal. */

import type { Bins } from "./data";

export interface Noise {
  readonly rounding: number;
  readonly clipping: number;
}

/** Mean squared error of rounding and of clipping with `codes` codes above zero; the threshold is positive. */
export function noiseAt({ width, top, counts }: Bins, threshold: number, codes: number): Noise {
  const step = threshold / codes;
  let [rounding, clipping, total] = [0, 0, 0];
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (!count) continue;
    const low = i * width;
    const high = i === counts.length - 1 ? top : low + width;
    const density = count / (high - low);
    total += count;
    if (low < threshold) rounding += density * (sawtooth(Math.min(high, threshold) / step) - sawtooth(low / step));
    if (high > threshold) clipping += density * ((high - threshold) ** 3 - Math.max(low - threshold, 0) ** 3);
  }
  return { rounding: Math.max((rounding * step ** 3) / total, 0), clipping: clipping / 3 / total };
}

/** Power of the values over that of their error in dB; null where there is no error. */
export function sqnrAt(bins: Bins, power: number, threshold: number, codes: number): number | null {
  if (!power) return null;
  if (!threshold) return 0;
  const { rounding, clipping } = noiseAt(bins, threshold, codes);
  return rounding + clipping > 0 ? decibels(power / (rounding + clipping)) : null;
}

/** The share of values beyond a threshold; within a bin they are spread evenly. */
export function shareBeyond({ width, top, counts }: Bins, threshold: number): number {
  let [beyond, total] = [0, 0];
  counts.forEach((count, i) => {
    const low = i * width;
    const high = i === counts.length - 1 ? top : low + width;
    total += count;
    if (count) beyond += count * Math.min(1, Math.max(0, (high - threshold) / (high - low)));
  });
  return total ? beyond / total : 0;
}

export function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

/** The integral from 0 to u of the squared distance to the nearest integer. */
function sawtooth(u: number): number {
  const nearest = Math.floor(u + 0.5);
  return nearest / 12 + (u - nearest) ** 3 / 3;
}
