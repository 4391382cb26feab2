/** One node's card, in three levels of detail: everything, the operator alone, a box of its colour. */

import { BADGE_FONT, LINE, PADDING, TEXT_FONT, TITLE_FONT, TOP, type Card } from "../card";
import { inkOn, mix } from "../colour";
import { boxOf } from "../hit";
import type { Box, PlacedNode } from "../layout";
import { overlayColour } from "../overlay";
import type { Scene } from "../paint";
import { FONT, type Theme } from "../theme";

const FULL_ZOOM = 0.66;
const TITLE_ZOOM = 0.3;
const RADIUS = 7;
const BAR = 4;
const BIGGEST_TITLE = 22;

interface Colours {
  readonly fill: string;
  readonly border: string;
  readonly ink: string;
  readonly muted: string;
  /** The bar at the left edge, which an overlay does without. */
  readonly bar: string | undefined;
  /** Nodes without a value are dashed: grey alone would be a colour code. */
  readonly dashed: boolean;
}

/** Paint a card with its rings; `near` means it is a neighbour of the hovered node. */
export function paintCard(context: CanvasRenderingContext2D, scene: Scene, node: PlacedNode, near: boolean): void {
  const { zoom } = scene.view;
  const card = scene.cards.get(node.id);
  if (!card) return;
  const box = boxOf(node);
  const colours = coloursOf(scene, node.id, zoom < TITLE_ZOOM);
  const hit = scene.matches?.has(node.id) ?? false;
  context.globalAlpha = scene.matches && !hit ? 0.28 : 1;
  if (scene.selected.has(node.id)) paintHalo(context, scene.theme, box, zoom);
  paintBody(context, colours, box, zoom);
  if (zoom >= FULL_ZOOM) paintTexts(context, card, colours, box);
  else if (zoom >= TITLE_ZOOM) paintTitle(context, card, colours, node);
  context.globalAlpha = 1;
  paintRings(context, scene, node.id, box, hit, near);
}

function paintRings(context: CanvasRenderingContext2D, scene: Scene, id: string, box: Box, hit: boolean, near: boolean): void {
  const { zoom } = scene.view;
  if (scene.selected.has(id)) paintRing(context, scene.theme.accent, box, 3, Math.max(2.5, 2 / zoom));
  else if (scene.hovered === id) paintRing(context, scene.theme.ink, box, 0, Math.max(1.8, 1.4 / zoom));
  else if (hit) paintRing(context, scene.theme.match, box, 1, Math.max(2, 1.6 / zoom));
  else if (near) paintRing(context, scene.theme.muted, box, 0, Math.max(1.8, 1.2 / zoom));
}

function coloursOf({ theme, graph, overlay }: Scene, id: string, solid: boolean): Colours {
  const tone = theme.kinds[graph.nodes.get(id)?.kind ?? "other"];
  if (!overlay) return { fill: solid ? tone.accent : tone.fill, border: tone.border, ink: theme.ink, muted: theme.muted, bar: tone.accent, dashed: false };
  const value = overlayColour(overlay, id);
  const fill = value ?? theme.noValue;
  const ink = inkOn(fill);
  return { fill, border: mix(fill, value ? theme.ink : theme.muted, value ? 0.25 : 0.6), ink, muted: ink, bar: undefined, dashed: !value };
}

function paintBody(context: CanvasRenderingContext2D, { fill, border, bar, dashed }: Colours, box: Box, zoom: number): void {
  const barWidth = bar && zoom >= TITLE_ZOOM ? BAR : 0;
  if (bar && barWidth) fillRounded(context, bar, { ...box, width: 2 * RADIUS }, [RADIUS, 0, 0, RADIUS]);
  const left = barWidth ? 0 : RADIUS;
  fillRounded(context, fill, { ...box, x: box.x + barWidth, width: box.width - barWidth }, [left, RADIUS, RADIUS, left]);
  if (zoom < TITLE_ZOOM) return;
  context.strokeStyle = border;
  context.lineWidth = 1;
  context.setLineDash(dashed ? [4, 3] : []);
  context.beginPath();
  context.roundRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1, RADIUS - 0.5);
  context.stroke();
  context.setLineDash([]);
}

function fillRounded(context: CanvasRenderingContext2D, colour: string, box: Box, radii: number[]): void {
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, radii);
  context.fill();
}

function paintTexts(context: CanvasRenderingContext2D, card: Card, colours: Colours, box: Box): void {
  const left = box.x + PADDING + 1;
  const right = box.x + box.width - PADDING + 1;
  const line = (row: number): number => box.y + TOP + LINE * (row + 0.5);
  context.textBaseline = "middle";
  write(context, card.title, TITLE_FONT, colours.ink, left, line(0));
  write(context, card.name, TEXT_FONT, colours.muted, left, line(1));
  write(context, card.params, TEXT_FONT, colours.muted, left, line(2));
  context.textAlign = "right";
  write(context, card.shape, TEXT_FONT, colours.muted, right, line(0));
  context.textAlign = "left";
  if (card.badge) paintBadge(context, card, colours, right, line(1));
}

function paintBadge(context: CanvasRenderingContext2D, card: Card, colours: Colours, right: number, middle: number): void {
  const tint = mix(colours.fill, colours.bar ?? colours.ink, colours.bar ? 0.22 : 0.16);
  fillRounded(context, tint, { x: right - card.badgeWidth, y: middle - 7.5, width: card.badgeWidth, height: 14 }, [7]);
  write(context, card.badge, BADGE_FONT, colours.ink, right - card.badgeWidth + 6, middle);
}

/** The operator alone, as large as the card allows. */
function paintTitle(context: CanvasRenderingContext2D, card: Card, colours: Colours, node: PlacedNode): void {
  const size = Math.min(BIGGEST_TITLE, (13 * (node.width - 2 * PADDING)) / Math.max(1, card.titleWidth));
  context.textBaseline = "middle";
  context.textAlign = "center";
  write(context, card.title, `600 ${size.toFixed(1)}px ${FONT}`, colours.ink, node.x + BAR / 2, node.y + 1);
  context.textAlign = "left";
}

function write(context: CanvasRenderingContext2D, text: string, font: string, colour: string, x: number, y: number): void {
  if (!text) return;
  context.font = font;
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** A soft glow under a selected card, so that it is found from far away. */
function paintHalo(context: CanvasRenderingContext2D, theme: Theme, box: Box, zoom: number): void {
  const reach = Math.max(8, 6 / zoom);
  context.save();
  context.globalAlpha = 0.2;
  context.fillStyle = theme.accent;
  outline(context, box, reach);
  context.fill();
  context.restore();
}

function paintRing(context: CanvasRenderingContext2D, colour: string, box: Box, offset: number, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  outline(context, box, offset);
  context.stroke();
}

function outline(context: CanvasRenderingContext2D, box: Box, offset: number): void {
  context.beginPath();
  context.roundRect(box.x - offset, box.y - offset, box.width + 2 * offset, box.height + 2 * offset, RADIUS + offset);
}
