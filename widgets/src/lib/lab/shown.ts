/** What the plots show: everything but the host's traits. */

import type { Axis } from "./axis";
import type { Lab } from "./data";
import { decibels, noiseAt } from "./noise";
import { codesAt, type Prediction } from "./predict";

export type Mode = "magnitude" | "signed" | "channels";

export interface Shown {
  readonly lab: Lab;
  readonly prediction: Prediction;
  readonly mode: Mode;
  /** Whether counts are on a logarithmic axis. */
  readonly log: boolean;
  /** The precision that the curve is for. */
  readonly bits: number;
  readonly curve: Curve;
  /** What an observer weighs, from 0 to 1. */
  readonly weighed: Weighed | null;
  /** A pick that is pointed at. */
  readonly hinted: number | null;
}

/** The error over the signal in dB, against thresholds. */
export interface Curve {
  readonly thresholds: readonly number[];
  readonly rounding: readonly number[];
  readonly clipping: readonly number[];
  readonly total: readonly number[];
}

export interface Weighed {
  readonly label: string;
  readonly thresholds: readonly number[];
  readonly values: readonly number[];
}

const POINTS = 160;
const NOTHING = -200;

/** The error for thresholds from near zero to `highest`. */
export function curveOf(lab: Lab, bits: number, highest: number): Curve {
  const thresholds = Array.from({ length: POINTS }, (_, i) => ((i + 1) / POINTS) * highest);
  const found = thresholds.map((threshold) => noiseAt(lab.magnitudes, threshold, codesAt(lab, bits)));
  const relative = (noise: number): number => (noise > 0 && lab.power ? decibels(noise / lab.power) : NOTHING);
  return {
    thresholds,
    rounding: found.map((noise) => relative(noise.rounding)),
    clipping: found.map((noise) => relative(noise.clipping)),
    total: found.map((noise) => relative(noise.rounding + noise.clipping)),
  };
}

/** The largest threshold that the axis reaches; a pick far beyond all values is not worth the room. */
export function reachOf(lab: Lab, threshold: number): number {
  const picks = lab.picks.map((pick) => pick.threshold).filter((value) => value < 1.25 * lab.absmax);
  return 1.04 * Math.max(lab.absmax, threshold, ...picks);
}

/** The axis of values: one side of zero for magnitudes, both for the others. */
export function valueAxis(lab: Lab, mode: Mode, reach: number, start: number, end: number): Axis {
  if (mode === "magnitude") return { low: 0, high: reach, start, end };
  const low = lab.minimum < 0 ? -reach : 0;
  return { low, high: lab.maximum > 0 || low === 0 ? reach : 0, start, end };
}
