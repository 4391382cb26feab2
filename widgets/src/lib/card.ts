/** What stands on a node's card and how big that makes it, in world units (pixels at zoom 1). */

import { FONT } from "./theme";

/** The width of `text` in a CSS font. */
export type Measure = (text: string, font: string) => number;

/** The texts of a card before they are fitted in. */
export interface CardText {
  readonly title: string;
  readonly name: string;
  readonly shape: string;
  readonly badge: string;
  readonly params: readonly string[];
  /** Room kept free at the right, for the button of a block. */
  readonly aside?: number;
}

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

/** Lay out one card: title and shape, name and badge, then the parameters if there are any. */
export function makeCard(content: CardText, measure: Measure): Card {
  const { title, name, shape, badge, aside = 0 } = content;
  const params = summarise(content.params);
  const badgeWidth = badge ? Math.ceil(measure(badge, BADGE_FONT)) + 12 : 0;
  const shapeWidth = measure(shape, TEXT_FONT);
  const rows = [measure(title, TITLE_FONT) + beside(shapeWidth), measure(name, TEXT_FONT) + beside(badgeWidth), measure(params, TEXT_FONT)];
  const wanted = Math.max(...rows) + aside + 2 * PADDING + 2;
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(wanted / STEP) * STEP));
  const room = width - aside - 2 * PADDING;
  const shown = elide(title, room - beside(shapeWidth), (text) => measure(text, TITLE_FONT));
  return {
    width,
    height: (params ? 3 : 2) * LINE + 2 * TOP,
    title: shown,
    titleWidth: measure(shown, TITLE_FONT),
    name: elide(name, room - beside(badgeWidth), (text) => measure(text, TEXT_FONT), true),
    shape,
    badge,
    badgeWidth,
    params: elide(params, room, (text) => measure(text, TEXT_FONT)),
  };
}

/** A parameter drawn as a node of its own: one line. */
export function makePill(param: string, measure: Measure): Card {
  const width = Math.min(WIDEST, Math.ceil((measure(param, TEXT_FONT) + PADDING + 8) / 10) * 10);
  const name = elide(param, width - PADDING, (text) => measure(text, TEXT_FONT));
  return { width, height: LINE + 4, title: "", titleWidth: 0, name, shape: "", badge: "", badgeWidth: 0, params: "" };
}

/** Measure with a canvas, letter by letter: a network has many texts, but few letters. */
export function canvasMeasure(context: CanvasRenderingContext2D): Measure {
  const fonts = new Map<string, Map<string, number>>();
  return (text, font) => {
    let letters = fonts.get(font);
    if (!letters) fonts.set(font, (letters = new Map()));
    let sum = 0;
    for (const letter of text) {
      let width = letters.get(letter);
      if (width === undefined) {
        context.font = font;
        letters.set(letter, (width = context.measureText(letter).width));
      }
      sum += width;
    }
    return sum;
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
