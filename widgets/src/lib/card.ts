/** What stands on a node's card and how big that makes it, in world units (pixels at zoom 1). */

import type { GraphNode } from "./graph";
import { FONT } from "./theme";

/** The width of `text` in a CSS font. */
export type Measure = (text: string, font: string) => number;

export interface Card {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly titleWidth: number;
  readonly name: string;
  readonly shape: string;
  readonly badge: string;
  readonly badgeWidth: number;
  readonly params: string;
}

export const TITLE_FONT = `600 13px ${FONT}`;
export const TEXT_FONT = `11px ${FONT}`;
export const BADGE_FONT = `600 10px ${FONT}`;
export const PADDING = 12;
export const LINE = 17;
/** From the card's top to its first line, and from the last line to its bottom. */
export const TOP = 6.5;

const NARROWEST = 140;
const WIDEST = 260;
/** Widths come in steps, so that a column of cards has few different edges. */
const STEP = 20;
const COLUMN_GAP = 14;

/** Lay out one card: operator and shape, name and badge, then the parameters if there are any. */
export function makeCard(node: GraphNode, measure: Measure): Card {
  const params = summarise(node.params);
  const badgeWidth = node.badge ? Math.ceil(measure(node.badge, BADGE_FONT)) + 12 : 0;
  const shapeWidth = measure(node.shape, TEXT_FONT);
  const rows = [
    measure(node.op, TITLE_FONT) + beside(shapeWidth),
    measure(node.name, TEXT_FONT) + beside(badgeWidth),
    measure(params, TEXT_FONT),
  ];
  const wanted = Math.max(...rows) + 2 * PADDING + 2;
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(wanted / STEP) * STEP));
  const room = width - 2 * PADDING;
  const title = elide(node.op, room - beside(shapeWidth), (text) => measure(text, TITLE_FONT));
  return {
    width,
    height: (params ? 3 : 2) * LINE + 2 * TOP,
    title,
    titleWidth: measure(title, TITLE_FONT),
    name: elide(node.name, room - beside(badgeWidth), (text) => measure(text, TEXT_FONT), true),
    shape: node.shape,
    badge: node.badge,
    badgeWidth,
    params: elide(params, room, (text) => measure(text, TEXT_FONT)),
  };
}

/** Measure with a canvas; repeated texts, most of a network's, are looked up. */
export function canvasMeasure(context: CanvasRenderingContext2D): Measure {
  const known = new Map<string, number>();
  return (text, font) => {
    const key = `${font}\n${text}`;
    let width = known.get(key);
    if (width === undefined) {
      context.font = font;
      width = context.measureText(text).width;
      known.set(key, width);
    }
    return width;
  };
}

/** Shorten to `room`: the end goes, or with `keepEnd` the beginning, where the names of a network's layers are alike. */
export function elide(text: string, room: number, width: (text: string) => number, keepEnd = false): string {
  if (width(text) <= room) return text;
  const letters = [...text];
  let [fits, tooMany] = [0, letters.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (width(cut(letters, middle, keepEnd)) <= room) fits = middle;
    else tooMany = middle;
  }
  return cut(letters, fits, keepEnd);
}

function cut(letters: readonly string[], count: number, keepEnd: boolean): string {
  return keepEnd ? `…${letters.slice(letters.length - count).join("")}` : `${letters.slice(0, count).join("")}…`;
}

function beside(width: number): number {
  return width ? width + COLUMN_GAP : 0;
}

function summarise(params: readonly string[]): string {
  return params.length > 2 ? `${params[0]}  + ${params.length - 1} more` : params.join("  ·  ");
}
