/** The trait `lab`, which session/lab.py makes: statistics of one tensor and the rules of its integers. */

import { list, text } from "../graph";

/** Bins of |x|: bin i is from i to i + 1 widths; the last one ends at `top`. */
export interface Bins {
  readonly width: number;
  readonly top: number;
  readonly counts: readonly number[];
}

/** A scale that stays, or `value` over the larger of the threshold and `floor`. */
export interface Rule {
  readonly fixed: boolean;
  readonly value: number;
  readonly floor: number;
}

/** The tensor's own integers: bits before the limit (0 where nothing limits them), bits kept above what the threshold needs, bits as they are, and a largest magnitude that no threshold changes. */
export interface Source {
  readonly scale: Rule;
  readonly bits: number;
  readonly slack: number;
  readonly precision: number;
  readonly largest: number | null;
}

/** What a consumer asks for; without a scale any will do. */
export interface Request {
  readonly consumer: string;
  readonly op: string;
  readonly bits: number;
  readonly unsigned: boolean;
  readonly scale: Rule | null;
}

export interface Pick {
  readonly name: string;
  readonly help: string;
  readonly threshold: number;
}

export interface Requantizer {
  readonly kind: string;
  readonly shift_bits: number;
}

export interface Lab {
  readonly tensor: string;
  readonly op: string;
  readonly shape: string;
  readonly threshold: number;
  readonly observed: number;
  readonly observer: string;
  readonly edited: boolean;
  readonly minimum: number;
  readonly maximum: number;
  readonly absmax: number;
  readonly power: number;
  readonly samples: number;
  readonly magnitudes: Bins;
  readonly signed: { readonly start: number; readonly width: number; readonly counts: readonly number[] };
  readonly channels: { readonly low: readonly number[]; readonly high: readonly number[]; readonly count: number };
  readonly extremes: { readonly top: readonly { sample: number; minimum: number; maximum: number }[]; readonly largest: readonly number[] };
  readonly picks: readonly Pick[];
  readonly cone: readonly string[];
  /** SQNR in dB of nodes alone, where it was measured with the thresholds as they are. */
  readonly measured: ReadonlyMap<string, number>;
  readonly bits: number;
  readonly codes: number;
  readonly source: Source | null;
  readonly requests: readonly Request[];
  readonly requantizer: Requantizer;
  readonly problem: string;
}

/** The lab in a trait's value, or null where there is none. */
export function parseLab(value: unknown): Lab | null {
  const data = record(value);
  if (!text(data.tensor)) return null;
  const [magnitudes, signed, channels, extremes, source] = [data.magnitudes, data.signed, data.channels, data.extremes, data.source].map(record);
  return {
    tensor: text(data.tensor),
    op: text(data.op),
    shape: text(data.shape),
    threshold: number(data.threshold),
    observed: number(data.observed),
    observer: text(data.observer),
    edited: data.edited === true,
    minimum: number(data.minimum),
    maximum: number(data.maximum),
    absmax: number(data.absmax),
    power: number(data.power),
    samples: number(data.samples),
    magnitudes: { width: number(magnitudes?.width), top: number(magnitudes?.top), counts: numbers(magnitudes?.counts) },
    signed: { start: number(signed?.start), width: number(signed?.width), counts: numbers(signed?.counts) },
    channels: { low: numbers(channels?.low), high: numbers(channels?.high), count: number(channels?.count) },
    extremes: {
      top: list(extremes?.top).map(record).map((row) => ({ sample: number(row.sample), minimum: number(row.minimum), maximum: number(row.maximum) })),
      largest: numbers(extremes?.largest),
    },
    picks: list(data.picks).map(record).map((pick) => ({ name: text(pick.name), help: text(pick.help), threshold: number(pick.threshold) })),
    cone: list(data.cone).map(text),
    measured: new Map(Object.entries(record(data.measured)).map(([name, value]) => [name, number(value)])),
    bits: number(data.bits) || 8,
    codes: number(data.codes) || 1,
    source: data.source ? { scale: rule(source?.scale), bits: number(source?.bits), slack: number(source?.slack), precision: number(source?.precision), largest: optional(source?.largest) } : null,
    requests: list(data.requests).map(record).map((one) => ({
      consumer: text(one.consumer),
      op: text(one.op),
      bits: number(one.bits),
      unsigned: one.unsigned === true,
      scale: one.scale ? rule(one.scale) : null,
    })),
    requantizer: { kind: text(record(data.requantizer).kind), shift_bits: number(record(data.requantizer).shift_bits) },
    problem: text(data.problem),
  };
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

export function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

export function numbers(value: unknown): number[] {
  return list(value).map(number);
}

function optional(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function rule(value: unknown): Rule {
  const data = record(value);
  return { fixed: data.fixed === true, value: number(data.value), floor: number(data.floor) };
}
