/** The `overlay` and `marks` traits, checked, and what the overlay says of nodes and of closed blocks. */

import { viridis } from "./colour";
import { list, record, text } from "./graph";
import type { Hierarchy } from "./hierarchy";

export type Scale = "linear" | "log" | "category";

export interface Overlay {
  readonly label: string;
  readonly unit: string;
  readonly scale: Scale;
  /** Which values are good. */
  readonly better: "high" | "low" | "";
  /** What a closed block shows of its nodes: the sum where values add up, else the worst, or the mean where none is better. */
  readonly gather: "sum" | "lowest" | "highest" | "mean" | "most";
  readonly values: ReadonlyMap<string, number | string>;
  readonly low: number;
  readonly high: number;
  /** The categories in the order of their colours. */
  readonly categories: readonly string[];
}

const WORST = { high: "lowest", low: "highest", "": "mean" } as const;

export type Mark = "edited" | "error";

/** Ten colours that can be told apart with any colour vision, after Okabe and Ito, and two tones of the first ones. */
export const CATEGORY_COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#8c8c8c", "#003d5c", "#7a5300"];

/** Read the `overlay` trait; null when there is none. Values that the scale cannot show count as missing; the scale's ends are those of the values unless they are given. */
export function parseOverlay(raw: unknown): Overlay | null {
  const { label, unit, values: rawValues, low, high, scale: rawScale, better: rawBetter, adds_up: addsUp, categories } = record(raw);
  if (rawValues === undefined) return null;
  const scale = rawScale === "log" || rawScale === "category" ? rawScale : "linear";
  const better = rawBetter === "high" || rawBetter === "low" ? rawBetter : "";
  const values = new Map<string, number | string>();
  for (const [id, value] of Object.entries(record(rawValues))) {
    if (scale === "category" ? value !== null && value !== undefined && value !== "" : isFinite(value)) values.set(id, scale === "category" ? text(value) : (value as number));
  }
  const shown = [...values.values()].filter((value): value is number => typeof value === "number" && (scale !== "log" || value > 0));
  const [least, most] = shown.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  return {
    label: text(label),
    unit: text(unit),
    scale,
    better,
    gather: scale === "category" ? "most" : addsUp === true ? "sum" : WORST[better],
    values,
    low: isFinite(low) && (scale !== "log" || low > 0) ? low : Number.isFinite(least) ? least : 0,
    high: isFinite(high) ? high : Number.isFinite(most) ? most : 1,
    categories: scale === "category" ? categoriesOf(categories, values) : [],
  };
}

/** Read the `marks` trait. */
export function parseMarks(raw: unknown): ReadonlyMap<string, Mark> {
  return new Map(Object.entries(record(raw)).filter((entry): entry is [string, Mark] => entry[1] === "edited" || entry[1] === "error"));
}

/** The value of a node; of a block what `gather` says. */
export function overlayValue(overlay: Overlay, hierarchy: Hierarchy, id: string): number | string | undefined {
  if (!hierarchy.isBlock(id)) return overlay.values.get(id);
  const values = hierarchy.nodes(id).flatMap((node) => overlay.values.get(node) ?? []);
  if (overlay.gather === "most") return mostFrequent(values);
  const numbers = values.filter((value) => typeof value === "number");
  if (!numbers.length) return undefined;
  if (overlay.gather === "lowest") return numbers.reduce((a, b) => Math.min(a, b));
  if (overlay.gather === "highest") return numbers.reduce((a, b) => Math.max(a, b));
  const sum = numbers.reduce((a, b) => a + b);
  return overlay.gather === "sum" ? sum : sum / numbers.length;
}

/** The colour of a value, undefined for none. */
export function valueColour(overlay: Overlay, value: number | string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return CATEGORY_COLOURS[overlay.categories.indexOf(value) % CATEGORY_COLOURS.length];
  return viridis(place(overlay, value));
}

/** A value as text, with the unit. */
export function valueText({ unit }: Overlay, value: number | string | undefined): string {
  if (value === undefined) return "none";
  return `${typeof value === "number" ? formatNumber(value) : value}${unit ? ` ${unit}` : ""}`;
}

/** At most four significant digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function place({ scale, low, high }: Overlay, value: number): number {
  if (!(high > low)) return 0.5;
  if (scale === "log") return value <= low ? 0 : Math.log(value / low) / Math.log(high / low);
  return (value - low) / (high - low);
}

function categoriesOf(given: unknown, values: ReadonlyMap<string, number | string>): string[] {
  const found = [...new Set([...values.values()].map(String))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const wanted = list(given).map(text);
  return [...wanted, ...found.filter((name) => !wanted.includes(name))];
}

function mostFrequent(values: readonly (number | string)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return [...counts].reduce<[string | undefined, number]>((best, each) => (each[1] > best[1] ? each : best), [undefined, 0])[0];
}

function isFinite(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
