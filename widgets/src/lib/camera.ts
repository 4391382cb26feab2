/** The camera: pure functions from one view of the world to the next. */

import type { Box, Point } from "./layout";

/** World point (x, y) in the middle of the screen, at `zoom` pixels a world unit. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const MIN_ZOOM = 0.004;
export const MAX_ZOOM = 4;
/** Below this zoom nobody can read a card. */
export const LEGIBLE_ZOOM = 0.5;
export const READING_ZOOM = 1;

/** Pixels kept free around the drawing; the toolbar lies over the top. */
const MARGIN = { top: 64, side: 24, bottom: 24 };

export function toScreen(view: View, size: Size, point: Point): Point {
  return { x: size.width / 2 + (point.x - view.x) * view.zoom, y: size.height / 2 + (point.y - view.y) * view.zoom };
}

export function toWorld(view: View, size: Size, point: Point): Point {
  return { x: view.x + (point.x - size.width / 2) / view.zoom, y: view.y + (point.y - size.height / 2) / view.zoom };
}

/** Move the world with the pointer by screen pixels. */
export function panned(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x - dx / view.zoom, y: view.y - dy / view.zoom };
}

/** Zoom so that the world point under the screen point `at` stays there. */
export function zoomedAt(view: View, size: Size, factor: number, at: Point): View {
  const fixed = toWorld(view, size, at);
  const zoom = clampZoom(view.zoom * factor);
  return { zoom, x: fixed.x - (at.x - size.width / 2) / zoom, y: fixed.y - (at.y - size.height / 2) / zoom };
}

/** The whole box in view, no larger than `most`. */
export function fitted(box: Box, size: Size, most = 1.25): View {
  const room = { width: Math.max(40, size.width - 2 * MARGIN.side), height: Math.max(40, size.height - MARGIN.top - MARGIN.bottom) };
  const zoom = clampZoom(Math.min(most, room.width / Math.max(1, box.width), room.height / Math.max(1, box.height)));
  return { zoom, x: box.x + box.width / 2, y: box.y + box.height / 2 - (MARGIN.top - MARGIN.bottom) / 2 / zoom };
}

/** The view a graph opens with: all of it if that is legible, else `first` (its top node) at reading zoom. */
export function opening(box: Box, first: Box | undefined, size: Size): View {
  const whole = fitted(box, size);
  if (whole.zoom >= LEGIBLE_ZOOM || !first) return whole;
  return { zoom: READING_ZOOM, x: first.x + first.width / 2, y: first.y + (size.height / 2 - MARGIN.top) / READING_ZOOM };
}

/** The box in the middle of the screen at `zoom`. */
export function centredOn(box: Box, zoom: number): View {
  return { zoom: clampZoom(zoom), x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The same view when the box is in it, else the view with the box in the middle. */
export function revealing(view: View, size: Size, box: Box): View {
  const corner = toScreen(view, size, box);
  const end = toScreen(view, size, { x: box.x + box.width, y: box.y + box.height });
  const inside = corner.x >= 8 && corner.y >= MARGIN.top - 12 && end.x <= size.width - 8 && end.y <= size.height - 8;
  return inside ? view : centredOn(box, view.zoom);
}

/** The part of the world on the screen. */
export function visibleBox(view: View, size: Size): Box {
  const width = size.width / view.zoom;
  const height = size.height / view.zoom;
  return { x: view.x - width / 2, y: view.y - height / 2, width, height };
}

/** Between two views, `t` from 0 to 1; the zoom changes by equal factors. */
export function between(from: View, to: View, t: number): View {
  return { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t, zoom: from.zoom * (to.zoom / from.zoom) ** t };
}

function clampZoom(zoom: number): number {
  return Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom));
}
