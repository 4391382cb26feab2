/** The traits that Python declares in ui/widgets/threshold_lab.py. */

import { numbers, record } from "./data";
import { text } from "../graph";
import type { Weighed } from "./shown";

export interface LabTraits {
  lab: unknown;
  threshold: number;
  observer: string;
  curve: unknown;
  theme: string;
  height_px: number;
}

/** What an observer weighs, or null where nothing was asked for. */
export function parseCurve(value: unknown): Weighed | null {
  const { label, thresholds, values } = record(value);
  const [x, y] = [numbers(thresholds), numbers(values)];
  return x.length && x.length === y.length ? { label: text(label), thresholds: x, values: y } : null;
}

