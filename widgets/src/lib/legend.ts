/** The legend: the overlay's label and scale, and the two halves of a split network. */

import { VIRIDIS_GRADIENT } from "./colour";
import { make } from "./dom";
import { formatNumber, valueColour, type Overlay } from "./overlay";

const MOST_CATEGORIES = 10;

/** Fill `element` with the legend, or hide it when there is nothing to explain; `complete` means that every node has a value. */
export function showLegend(element: HTMLElement, overlay: Overlay | null, complete: boolean, split: boolean): void {
  element.hidden = !overlay && !split;
  const parts: HTMLElement[] = [];
  if (overlay) parts.push(make("b", {}, title(overlay)), ...(overlay.scale === "category" ? swatches(overlay) : [scale(overlay)]));
  if (overlay && !complete) parts.push(make("div", { class: "none" }, "no value"));
  if (split) parts.push(make("div", { class: "halves" }, make("span", { class: "base" }, "base"), make("span", { class: "top" }, "top")));
  element.replaceChildren(...parts);
}

function title({ label, unit, scale: kind }: Overlay): string {
  return `${unit ? `${label}, ${unit}` : label}${kind === "log" ? " (log)" : ""}`;
}

function scale({ low, high, better }: Overlay): HTMLElement {
  const strip = make("div", { class: "scale" });
  strip.style.background = VIRIDIS_GRADIENT;
  const [worseLow, worseHigh] = [better === "high" ? " worse" : "", better === "low" ? " worse" : ""];
  const ends = make("div", { class: "ends" }, make("span", {}, formatNumber(low) + worseLow), make("span", {}, formatNumber(high) + worseHigh));
  return make("div", {}, strip, ends);
}

function swatches(overlay: Overlay): HTMLElement[] {
  const shown = overlay.categories.slice(0, MOST_CATEGORIES).map((name) => {
    const colour = make("i");
    colour.style.background = valueColour(overlay, name) ?? "";
    return make("span", { class: "swatch" }, colour, name);
  });
  const rest = overlay.categories.length - shown.length;
  return [make("div", { class: "swatches" }, ...shown, ...(rest > 0 ? [make("span", {}, `and ${rest} more`)] : []))];
}
