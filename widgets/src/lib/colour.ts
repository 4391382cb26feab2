/** Colours as #rrggbb: mixing, luminance and the continuous scale of the overlay. */

/** Viridis, ten stops: even steps of lightness, readable with any colour vision. */
const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

/** `share` of `b` in `a`, 0 to 1. */
export function mix(a: string, b: string, share: number): string {
  const [from, to] = [channels(a), channels(b)];
  return `#${from.map((value, i) => hex(value + ((to[i] ?? 0) - value) * share)).join("")}`;
}

/** The scale at `t`, which is clipped to 0 … 1. */
export function viridis(t: number): string {
  const place = Math.min(1, Math.max(0, t)) * (VIRIDIS.length - 1);
  const low = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return mix(VIRIDIS[low] ?? "#000000", VIRIDIS[low + 1] ?? "#000000", place - low);
}

/** The scale as a CSS gradient from left to right. */
export const VIRIDIS_GRADIENT = `linear-gradient(to right, ${VIRIDIS.join(", ")})`;

/** Relative luminance after WCAG 2, 0 to 1. */
export function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = channels(colour).map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever is easier to read on `background`. */
export function inkOn(background: string): string {
  return luminance(background) > 0.179 ? "#000000" : "#ffffff";
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

function hex(value: number): string {
  return Math.round(value).toString(16).padStart(2, "0");
}
