/** The `overlay` and `marks` traits, checked, and the overlay's colours. */

import { viridis } from "./colour";
import { record, text } from "./graph";

export interface Overlay {
  readonly label: string;
  readonly values: ReadonlyMap<string, number>;
  readonly low: number;
  readonly high: number;
}

export type Mark = "edited" | "error";

/** Read the `overlay` trait; null when there is none. Values that are not finite numbers count as missing, and the scale is 0 to 1 unless it is given. */
export function parseOverlay(raw: unknown): Overlay | null {
  const { label, values, low, high } = record(raw);
  if (values === undefined) return null;
  const finite = Object.entries(record(values)).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return { label: text(label), values: new Map(finite), low: isFiniteNumber(low) ? low : 0, high: isFiniteNumber(high) ? high : 1 };
}

/** Read the `marks` trait. */
export function parseMarks(raw: unknown): ReadonlyMap<string, Mark> {
  return new Map(Object.entries(record(raw)).filter((entry): entry is [string, Mark] => entry[1] === "edited" || entry[1] === "error"));
}

/** The colour of a node's value, undefined when it has none. */
export function overlayColour({ values, low, high }: Overlay, id: string): string | undefined {
  const value = values.get(id);
  return value === undefined ? undefined : viridis(high > low ? (value - low) / (high - low) : 0.5);
}

/** At most four significant digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
