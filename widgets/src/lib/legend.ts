/** The legend of the overlay: its label, the scale and its two ends. */

import { VIRIDIS_GRADIENT } from "./colour";
import { make } from "./dom";
import { formatNumber, type Overlay } from "./overlay";

/** Fill `element` with the legend, or hide it when there is no overlay; `complete` means that every node has a value. */
export function showLegend(element: HTMLElement, overlay: Overlay | null, complete: boolean): void {
  element.hidden = overlay === null;
  if (!overlay) return;
  const scale = make("div", { class: "scale" });
  scale.style.background = VIRIDIS_GRADIENT;
  const ends = make("div", { class: "ends" }, make("span", {}, formatNumber(overlay.low)), make("span", {}, formatNumber(overlay.high)));
  element.replaceChildren(make("b", {}, overlay.label), scale, ends, ...(complete ? [] : [make("div", { class: "none" }, "no value")]));
}
