/** The two palettes. Canvas and page read the same object; `applyTheme` hands it to CSS as variables. */

import { mix } from "./colour";
import type { Kind } from "./graph";

export const FONT = 'Inter, Roboto, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif';

interface Base {
  readonly dark: boolean;
  readonly canvas: string;
  readonly panel: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly edge: string;
  readonly accent: string;
  /** Edges into and out of the selected nodes. */
  readonly edgeIn: string;
  readonly edgeOut: string;
  readonly match: string;
  readonly noValue: string;
  readonly edited: string;
  readonly error: string;
  /** The two halves of a split network. */
  readonly base: string;
  readonly top: string;
}

/** The three tones of one kind of node. */
export interface Tone {
  readonly accent: string;
  readonly fill: string;
  readonly border: string;
}

export interface Theme extends Base {
  readonly kinds: Readonly<Record<Kind, Tone>>;
}

const LIGHT_ACCENTS: Record<Kind, string> = {
  input: "#475569",
  conv: "#2f6db5",
  dense: "#5a56c4",
  norm: "#1f8a7a",
  activation: "#c2563f",
  pool: "#8a55a8",
  elementwise: "#b0801c",
  shape: "#75803a",
  reduce: "#b0477f",
  quantize: "#157fa0",
  output: "#475569",
  other: "#77818e",
};

const DARK_ACCENTS: Record<Kind, string> = {
  input: "#a3b1c2",
  conv: "#6ea6e6",
  dense: "#9d99f0",
  norm: "#56c2b0",
  activation: "#ec8f78",
  pool: "#c193dc",
  elementwise: "#dcb254",
  shape: "#afba6c",
  reduce: "#e388b7",
  quantize: "#5bbfdd",
  output: "#a3b1c2",
  other: "#93a0ae",
};

const light: Base = {
  dark: false,
  canvas: "#fafbfc",
  panel: "#ffffff",
  ink: "#1b2530",
  muted: "#566372",
  line: "#d5dbe2",
  edge: "#9aa5b2",
  accent: "#1463cc",
  edgeIn: "#1463cc",
  edgeOut: "#c2410c",
  match: "#b45309",
  noValue: "#e3e6ea",
  edited: "#1463cc",
  error: "#c81e1e",
  base: "#0e7490",
  top: "#a21caf",
};

const dark: Base = {
  dark: true,
  canvas: "#12161b",
  panel: "#1c2229",
  ink: "#e7ecf2",
  muted: "#a0adbb",
  line: "#343d48",
  edge: "#6d7a88",
  accent: "#79b1ff",
  edgeIn: "#79b1ff",
  edgeOut: "#ffb071",
  match: "#fbbf24",
  noValue: "#3a424c",
  edited: "#79b1ff",
  error: "#ff8078",
  base: "#4fc3dd",
  top: "#e38bf0",
};

export const THEMES: Readonly<Record<"light" | "dark", Theme>> = {
  light: { ...light, kinds: tones(light, LIGHT_ACCENTS, 0.09, 0.38) },
  dark: { ...dark, kinds: tones(dark, DARK_ACCENTS, 0.15, 0.42) },
};

/** The palette for the trait `theme`; anything unknown is light. */
export function themeFor(name: unknown): Theme {
  return name === "dark" ? THEMES.dark : THEMES.light;
}

/** Set the palette as CSS variables on the component's root. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  for (const name of ["canvas", "panel", "ink", "muted", "line", "accent", "noValue", "match", "base", "top", "error"] as const) root.style.setProperty(`--mrt-${name}`, theme[name]);
  root.style.setProperty("--mrt-shadow", theme.dark ? "rgb(0 0 0 / 45%)" : "rgb(23 37 54 / 14%)");
  root.style.colorScheme = theme.dark ? "dark" : "light";
}

function tones(base: Base, accents: Record<Kind, string>, fill: number, border: number): Record<Kind, Tone> {
  const toned = Object.entries(accents).map(([kind, accent]) => [kind, { accent, fill: mix(base.panel, accent, fill), border: mix(base.panel, accent, border) }]);
  return Object.fromEntries(toned) as Record<Kind, Tone>;
}
