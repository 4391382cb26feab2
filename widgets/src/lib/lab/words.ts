/** Numbers as people read them. */

/** A number with so many significant digits, without needless zeros. */
export function figure(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return "-";
  const short = Number(value.toPrecision(digits));
  const size = Math.abs(short);
  return size !== 0 && (size < 1e-4 || size >= 1e7) ? short.toExponential() : short.toLocaleString("en", { maximumSignificantDigits: digits, useGrouping: size >= 1e4 });
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${share > 0 && share < 1e-7 ? "< 0.00001" : figure(100 * share, 3)} %`;
}

export function decibelText(value: number | null, digits = 1): string {
  return value === null ? "exact" : `${value.toFixed(digits)} dB`;
}

/** A number that a person typed, or null. */
export function typed(words: string): number | null {
  const value = Number(words.replaceAll(",", "").trim());
  return words.trim() && Number.isFinite(value) && value > 0 ? value : null;
}
