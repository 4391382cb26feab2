/** A linear axis between two ends in pixels, and round numbers on it. */

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly start: number;
  readonly end: number;
}

export function toPixel({ low, high, start, end }: Axis, value: number): number {
  return start + ((value - low) / (high - low || 1)) * (end - start);
}

export function toValue({ low, high, start, end }: Axis, pixel: number): number {
  return low + ((pixel - start) / (end - start || 1)) * (high - low);
}

/** About `count` round numbers, one step apart. */
export function ticks({ low, high }: Axis, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [];
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5].find((factor) => factor * size >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}
