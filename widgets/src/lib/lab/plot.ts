/** Draws the two plots, one above the other on the same axis of values. */

import { FONT, type Theme } from "../theme";
import { mix } from "../colour";
import { ticks, toPixel, type Axis } from "./axis";
import { valueAxis, type Shown } from "./shown";
import { figure } from "./words";

const LEFT = 44;
const RIGHT = 12;
const TOP = 30;
const FOOT = 22;
const GAP = 26;
const DEPTH = 12;
const SHADE = 0.1;
/** Half the height of the line's grip. */
export const GRIP = 11;

export interface Frame {
  readonly x: Axis;
  /** Top and bottom of the histogram, and of the curves. */
  readonly upper: readonly [number, number];
  readonly lower: readonly [number, number];
}

/** Where things are in a drawing of this size. */
export function frameOf(shown: Shown, width: number, height: number, reach: number): Frame {
  const room = Math.max(height - TOP - FOOT - GAP, 40);
  const split = TOP + Math.round(room * 0.56);
  return { x: valueAxis(shown.lab, shown.mode, reach, LEFT, Math.max(width - RIGHT, LEFT + 40)), upper: [TOP, split], lower: [split + GAP, height - FOOT] };
}

/** Draw everything; the context is in CSS pixels. */
export function draw(context: CanvasRenderingContext2D, shown: Shown, frame: Frame, theme: Theme): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.font = `11px ${FONT}`;
  shade(context, shown, frame, theme);
  axes(context, shown, frame, theme);
  if (shown.mode === "channels") channels(context, shown, frame, theme);
  else bars(context, shown, frame, theme);
  curves(context, shown, frame, theme);
  marks(context, shown, frame, theme);
  line(context, shown, frame, theme);
}

/** What the threshold cuts off. */
function shade(context: CanvasRenderingContext2D, { prediction }: Shown, { x, upper }: Frame, theme: Theme): void {
  context.fillStyle = mix(theme.canvas, theme.error, SHADE);
  for (const [low, high] of [[x.low, -prediction.threshold], [prediction.threshold, x.high]] as const) {
    if (low < high) context.fillRect(toPixel(x, low), upper[0], toPixel(x, high) - toPixel(x, low), upper[1] - upper[0]);
  }
}

function axes(context: CanvasRenderingContext2D, shown: Shown, { x, upper, lower }: Frame, theme: Theme): void {
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.fillStyle = theme.muted;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const value of ticks(x, (x.end - x.start) / 90)) {
    const at = Math.round(toPixel(x, value)) + 0.5;
    stroke(context, [[at, upper[0]], [at, upper[1]]]);
    stroke(context, [[at, lower[0]], [at, lower[1]]]);
    context.fillText(figure(value, 3), at, lower[1] + 12);
  }
  context.textAlign = "left";
  context.fillText(shown.mode === "channels" ? channelWords(shown) : `values${shown.log ? ", log scale" : ""}`, x.start, upper[0] - 20);
  context.fillText(`error at ${shown.bits} bit, dB`, x.start, lower[0] - 9);
  const y = errorAxis(shown, lower);
  context.textAlign = "right";
  for (const value of ticks(y, (lower[1] - lower[0]) / 28)) {
    const at = Math.round(toPixel(y, value)) + 0.5;
    stroke(context, [[x.start, at], [x.end, at]]);
    context.fillText(figure(value, 3), x.start - 6, at);
  }
}

function channelWords({ lab }: Shown): string {
  const { low, count } = lab.channels;
  return count > low.length ? `ranges of ${low.length} of ${count} channels` : `ranges of ${count} channels, widest first`;
}

function bars(context: CanvasRenderingContext2D, shown: Shown, { x, upper }: Frame, theme: Theme): void {
  const { magnitudes, signed } = shown.lab;
  const { start, width, counts } = shown.mode === "magnitude" ? { start: 0, ...magnitudes } : signed;
  const height = shown.log ? (count: number) => Math.log1p(count) : (count: number) => count;
  const tallest = counts.reduce((most, count) => Math.max(most, height(count)), 0) || 1;
  const room = upper[1] - upper[0] - 4;
  const limit = shown.prediction.threshold;
  const inside = mix(theme.canvas, theme.accent, 0.55);
  counts.forEach((count, i) => {
    if (!count) return;
    const [low, high] = [start + i * width, start + (i + 1) * width];
    const tall = Math.max((height(count) / tallest) * room, 1);
    box(context, x, low, high, upper[1], tall, Math.max(Math.abs(low), Math.abs(high)) > limit ? theme.error : inside, limit, inside);
  });
  stroke(context, [[x.start, upper[1] + 0.5], [x.end, upper[1] + 0.5]], theme.muted);
}

/** A bar; one that the limit cuts has two colours. */
function box(context: CanvasRenderingContext2D, x: Axis, low: number, high: number, foot: number, tall: number, colour: string, limit: number, inside: string): void {
  const [from, to] = [toPixel(x, low), toPixel(x, high)];
  context.fillStyle = colour;
  context.fillRect(from, foot - tall, Math.max(to - from, 0.7), tall);
  const [a, b] = [Math.max(low, -limit), Math.min(high, limit)];
  if (colour === inside || a >= b) return;
  context.fillStyle = inside;
  context.fillRect(toPixel(x, a), foot - tall, toPixel(x, b) - toPixel(x, a), tall);
}

function channels(context: CanvasRenderingContext2D, { lab, prediction }: Shown, { x, upper }: Frame, theme: Theme): void {
  const { low, high } = lab.channels;
  const order = low.map((_, i) => i).sort((a, b) => reach(b) - reach(a));
  function reach(i: number): number {
    return Math.max(Math.abs(low[i] ?? 0), Math.abs(high[i] ?? 0));
  }
  const pitch = (upper[1] - upper[0]) / (order.length || 1);
  const tall = Math.max(Math.min(pitch * 0.8, DEPTH), 0.7);
  const limit = prediction.threshold;
  const inside = mix(theme.canvas, theme.accent, 0.55);
  order.forEach((channel, row) => {
    const [from, to] = [low[channel] ?? 0, high[channel] ?? 0];
    const foot = upper[0] + (row + 0.5) * pitch + tall / 2;
    box(context, x, from, to, foot, tall, Math.max(Math.abs(from), Math.abs(to)) > limit ? theme.error : inside, limit, inside);
  });
  stroke(context, [[x.start, upper[1] + 0.5], [x.end, upper[1] + 0.5]], theme.muted);
}

/** The axis of errors: 20 dB below the least total error, up to the signal itself. */
function errorAxis({ curve }: Shown, [top, bottom]: readonly [number, number]): Axis {
  const least = Math.max(Math.min(...curve.total), -120);
  return { low: least - 18, high: 0, start: bottom, end: top };
}

function curves(context: CanvasRenderingContext2D, shown: Shown, { x, lower }: Frame, theme: Theme): void {
  const y = errorAxis(shown, lower);
  context.save();
  context.beginPath();
  context.rect(x.start, lower[0], x.end - x.start, lower[1] - lower[0]);
  context.clip();
  const { thresholds, total, rounding, clipping } = shown.curve;
  const one = (values: readonly number[], colour: string, width: number, dash: readonly number[]): void => {
    context.setLineDash([...dash]);
    context.lineWidth = width;
    stroke(context, thresholds.map((threshold, i) => [toPixel(x, threshold), toPixel(y, values[i] ?? y.low)]), colour);
  };
  if (shown.weighed) weighed(context, shown, x, lower, theme);
  one(clipping, theme.error, 1.5, [2, 3]);
  one(rounding, theme.accent, 1.5, [6, 3]);
  one(total, theme.ink, 2, []);
  context.setLineDash([]);
  context.restore();
}

function weighed(context: CanvasRenderingContext2D, { weighed }: Shown, x: Axis, [top, bottom]: readonly [number, number], theme: Theme): void {
  const { thresholds, values } = weighed!;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = { low, high: high > low ? high : low + 1, start: bottom - 2, end: top + 2 };
  context.setLineDash([]);
  context.lineWidth = 3;
  stroke(context, thresholds.map((threshold, i) => [toPixel(x, threshold), toPixel(y, values[i] ?? low)]), mix(theme.canvas, theme.match, 0.6));
}

/** The observers' picks: small flags on top. */
function marks(context: CanvasRenderingContext2D, { lab, hinted }: Shown, { x, upper, lower }: Frame, theme: Theme): void {
  context.fillStyle = theme.match;
  for (const { threshold } of lab.picks) {
    if (threshold > x.high) continue;
    const at = toPixel(x, threshold);
    context.beginPath();
    context.moveTo(at - 4, upper[0] - 7);
    context.lineTo(at + 4, upper[0] - 7);
    context.lineTo(at, upper[0] - 1);
    context.fill();
  }
  if (hinted === null) return;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  stroke(context, [[toPixel(x, hinted), upper[0]], [toPixel(x, hinted), lower[1]]], theme.match);
  context.setLineDash([]);
}

/** The threshold, on both sides of zero where both are shown. */
function line(context: CanvasRenderingContext2D, { prediction }: Shown, { x, upper, lower }: Frame, theme: Theme): void {
  context.lineWidth = 2;
  for (const value of [-prediction.threshold, prediction.threshold]) {
    if (value < x.low) continue;
    const at = toPixel(x, value);
    stroke(context, [[at, upper[0]], [at, lower[1]]], theme.ink);
    context.fillStyle = theme.ink;
    context.beginPath();
    context.roundRect(at - 4, (upper[0] + upper[1]) / 2 - GRIP, 8, 2 * GRIP, 4);
    context.fill();
  }
}

function stroke(context: CanvasRenderingContext2D, points: readonly (readonly [number, number])[], colour?: string): void {
  if (colour) context.strokeStyle = colour;
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}
