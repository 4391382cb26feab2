/** One card, in three levels of detail: everything, the title alone, a box of its colour. */

import { LINE, PADDING, TOP, type Card } from "../card";
import { inkOn, mix } from "../colour";
import type { PlacedItem } from "../compose";
import { TOGGLE } from "../contents";
import { boxOf, toggleBox } from "../hit";
import type { Box } from "../layout";
import type { Pen } from "../pen";
import type { Scene } from "../scene";
import type { Theme } from "../theme";

const FULL_ZOOM = 0.62;
const RADIUS = 7;
const BAR = 4;
const BIGGEST_TITLE = 22;
/** The least size of a title on the screen, in pixels, where its card has room for it. */
const TITLE_PIXELS = 10.5;
/** About the width of a digit in a card's small text. */
const DIGIT = 6.2;
const DIMMED = 0.26;
/** How far the sheets under a closed block's card reach out, each and together. */
const SHEET = 3;
export const SHEETS = 2 * SHEET;

interface Colours {
  readonly fill: string;
  readonly border: string;
  readonly ink: string;
  readonly muted: string;
  /** The bar at the left edge, which tinted cards and blocks do without. */
  readonly bar: string | undefined;
  readonly dashed: boolean;
}

/** Paint a card with its rings. */
export function paintCard(pen: Pen, scene: Scene, item: PlacedItem): void {
  const card = scene.drawing.card(item.id);
  if (!card) return;
  const { zoom } = scene.view;
  const { hierarchy } = scene.drawing;
  const box = boxOf(item);
  const colours = coloursOf(scene, item.id);
  const isBlock = hierarchy.isBlock(item.id);
  pen.faded(isDim(scene, item.id) ? DIMMED : 1, () => {
    if (scene.selected.has(item.id)) paintHalo(pen, scene.theme, box, zoom);
    if (isBlock) paintSheets(pen, colours, box);
    paintBody(pen, colours, box, card.title ? RADIUS : box.height / 2);
    if (isBlock && colours.bar === undefined && !colours.dashed && !scene.tint(item.id)) paintKinds(pen, scene, item.id, box);
    if (zoom >= FULL_ZOOM || !card.title) paintTexts(pen, card, colours, box, isBlock, scene.value(item.id));
    else paintTitle(pen, card, colours, item, isBlock, zoom);
    if (isBlock) paintToggle(pen, scene.theme, toggleBox(item), false, colours.ink);
  });
  paintRings(pen, scene, item.id, box);
}

/** Cards from far away: all boxes of one colour at once. */
export function paintFar(pen: Pen, scene: Scene, items: readonly PlacedItem[]): void {
  const byColour = new Map<string, Box[]>();
  for (const item of items) {
    const tone = scene.theme.kinds[kindOf(scene, item.id)];
    const colour = scene.tint(item.id)?.fill ?? tone.accent;
    const shown = isDim(scene, item.id) ? mix(scene.theme.canvas, colour, DIMMED) : colour;
    const boxes = byColour.get(shown);
    if (boxes) boxes.push(boxOf(item));
    else byColour.set(shown, [boxOf(item)]);
  }
  for (const [colour, boxes] of byColour) pen.boxes(boxes, colour);
  for (const item of items) {
    if (scene.selected.has(item.id)) paintHalo(pen, scene.theme, boxOf(item), scene.view.zoom);
    paintRings(pen, scene, item.id, boxOf(item));
  }
}

/** The button that opens or closes a block. */
export function paintToggle(pen: Pen, theme: Theme, box: Box, open: boolean, ink = theme.ink): void {
  pen.box(box, { stroke: ink, width: 1.2, radius: 4 });
  const [x, y, arm] = [box.x + TOGGLE / 2, box.y + TOGGLE / 2, TOGGLE / 2 - 4];
  const level = [{ x: x - arm, y }, { x: x + arm, y }];
  const upright = [{ x, y: y - arm }, { x, y: y + arm }];
  pen.lines(open ? [level] : [level, upright], { stroke: ink, width: 1.5, bend: null });
}

export function paintRing(pen: Pen, colour: string, box: Box, offset: number, width: number, dash?: readonly number[]): void {
  pen.box(grown(box, offset), { stroke: colour, width, radius: RADIUS + offset, ...(dash ? { dash } : {}) });
}

function isDim(scene: Scene, id: string): boolean {
  if (scene.matches) return !scene.matches.has(id);
  return scene.lit ? !scene.lit.has(id) : false;
}

function paintRings(pen: Pen, scene: Scene, id: string, box: Box): void {
  const { zoom } = scene.view;
  const { theme } = scene;
  if (scene.selected.has(id)) paintRing(pen, theme.accent, box, 3, Math.max(2.5, 2 / zoom));
  else if (scene.hovered === id) paintRing(pen, theme.ink, box, 0, Math.max(1.8, 1.4 / zoom));
  else if (scene.matches?.has(id)) paintRing(pen, theme.match, box, 1, Math.max(2, 1.6 / zoom));
  else if (scene.near.has(id)) paintRing(pen, theme.muted, box, 0, Math.max(1.8, 1.2 / zoom));
}

function kindOf(scene: Scene, id: string): keyof Theme["kinds"] {
  const { hierarchy } = scene.drawing;
  return hierarchy.graph.nodes.get(id)?.kind ?? hierarchy.kinds(id)[0]?.[0] ?? "other";
}

function coloursOf(scene: Scene, id: string): Colours {
  const { theme } = scene;
  const tint = scene.tint(id);
  if (tint) {
    const ink = inkOn(tint.fill);
    const border = mix(tint.fill, tint.missing ? theme.muted : theme.ink, tint.missing ? 0.6 : 0.25);
    return { fill: tint.fill, border, ink, muted: ink, bar: undefined, dashed: tint.missing };
  }
  if (scene.drawing.hierarchy.isBlock(id)) return { fill: theme.panel, border: mix(theme.panel, theme.muted, 0.55), ink: theme.ink, muted: theme.muted, bar: undefined, dashed: false };
  const tone = theme.kinds[kindOf(scene, id)];
  return { fill: tone.fill, border: tone.border, ink: theme.ink, muted: theme.muted, bar: tone.accent, dashed: false };
}

/** A closed block looks like a pile of cards. */
function paintSheets(pen: Pen, { fill, border }: Colours, box: Box): void {
  for (const step of [2, 1]) {
    pen.box({ x: box.x + step * SHEET, y: box.y + step * SHEET, width: box.width - 2 * step * SHEET, height: box.height }, { fill, stroke: border, radius: RADIUS });
  }
}

function paintBody(pen: Pen, { fill, border, bar, dashed }: Colours, box: Box, radius: number): void {
  const inner = { x: box.x + 0.5, y: box.y + 0.5, width: box.width - 1, height: box.height - 1 };
  pen.box(inner, { fill, stroke: border, radius: radius - 0.5, ...(dashed ? { dash: [4, 3] } : {}) });
  if (bar && radius === RADIUS) pen.box({ ...box, width: BAR }, { fill: bar, radius: [BAR, 0, 0, BAR] });
}

/** The shares of the operator kinds in a block, as a strip along the bottom of its card. */
function paintKinds(pen: Pen, { theme, drawing }: Scene, id: string, box: Box): void {
  const room = box.width - 2 * PADDING;
  let x = box.x + PADDING;
  for (const [kind, share] of drawing.hierarchy.kinds(id)) {
    pen.box({ x, y: box.y + box.height - 6.5, width: Math.max(1, share * room - 1), height: 3 }, { fill: theme.kinds[kind].accent, radius: 1.5 });
    x += share * room;
  }
}

function paintTexts(pen: Pen, card: Card, colours: Colours, box: Box, isBlock: boolean, value: string): void {
  const left = box.x + PADDING + (card.title ? 1 : -4);
  const right = box.x + box.width - PADDING + 1 - (isBlock ? TOGGLE + 8 : 0);
  const start = card.title ? TOP - (isBlock ? 2 : 0) : 2;
  const line = (row: number): number => box.y + start + LINE * (row + 0.5);
  pen.text(card.title, left, line(0), { size: 13, bold: true, colour: colours.ink });
  pen.text(card.name, left, line(card.title ? 1 : 0), { size: 11, colour: colours.muted });
  pen.text(card.params, left, line(2), { size: 11, colour: colours.muted });
  const free = right - left - card.titleWidth;
  pen.text(value.length * DIGIT < free ? value || card.shape : card.shape, right, line(0), { size: 11, colour: colours.muted, align: "right" });
  if (!card.badge) return;
  const middle = line(1);
  pen.box({ x: right - card.badgeWidth, y: middle - 7.5, width: card.badgeWidth, height: 14 }, { fill: mix(colours.fill, colours.bar ?? colours.ink, colours.bar ? 0.22 : 0.12), radius: 7 });
  pen.text(card.badge, right - card.badgeWidth + 6, middle, { size: 10, bold: true, colour: colours.ink });
}

/** The title alone, larger the smaller the card is on the screen. */
function paintTitle(pen: Pen, card: Card, colours: Colours, item: PlacedItem, isBlock: boolean, zoom: number): void {
  const aside = isBlock ? TOGGLE + 8 : 0;
  const size = Math.min(BIGGEST_TITLE, Math.max(13, TITLE_PIXELS / zoom), (13 * (item.width - aside - 2 * PADDING)) / Math.max(1, card.titleWidth));
  pen.text(card.title, item.x + (BAR - aside) / 2, item.y + 1, { size, bold: true, colour: colours.ink, align: "center" });
}

/** A soft glow under a selected card, so that it is found from far away. */
function paintHalo(pen: Pen, theme: Theme, box: Box, zoom: number): void {
  const reach = Math.max(8, 6 / zoom);
  pen.faded(0.2, () => pen.box(grown(box, reach), { fill: theme.accent, radius: RADIUS + reach }));
}

function grown({ x, y, width, height }: Box, by: number): Box {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}
