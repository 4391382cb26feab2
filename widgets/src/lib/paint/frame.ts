/** The frame of an open block: a quiet field with its title and the button that closes it. */

import type { PlacedItem } from "../compose";
import { TOGGLE, twinBadge } from "../contents";
import { mix } from "../colour";
import { boxOf, toggleBox } from "../hit";
import { HEADER } from "../layout/level";
import type { Pen } from "../pen";
import type { Scene } from "../scene";
import { paintRing, paintToggle } from "./card";

const RADIUS = 10;
/** From far away the title stands beside frames of at least this many pixels. */
const TALL = 36;
const TITLE = 13;
/** The least size of a title on the screen, in pixels, as far as the frame's head has room for it. */
const TITLE_PIXELS = 11;

export function paintFrame(pen: Pen, scene: Scene, item: PlacedItem, far: boolean): void {
  const { theme, view, drawing } = scene;
  const box = boxOf(item);
  const depth = Math.min(4, item.depth + 1);
  const fill = mix(theme.canvas, theme.dark ? "#9fb4d0" : "#3d5a80", 0.025 + 0.03 * depth);
  pen.box(box, { fill, stroke: mix(fill, theme.muted, 0.35), width: Math.max(1, 0.6 / view.zoom), radius: RADIUS });
  if (scene.selected.has(item.id)) paintRing(pen, theme.accent, box, 1, Math.max(2.5, 2 / view.zoom));
  else if (scene.hovered === item.id) paintRing(pen, theme.muted, box, 0, Math.max(1.5, 1.2 / view.zoom));
  else if (scene.near.has(item.id)) paintRing(pen, theme.muted, box, 0, Math.max(1.5, 1.2 / view.zoom), [5, 4]);
  if (far) return;
  paintToggle(pen, theme, toggleBox(item), true);
  const x = box.x + 7 + TOGGLE + 7;
  const middle = box.y + HEADER / 2 + 0.5;
  const title = drawing.title(item.id);
  const size = Math.min(HEADER - 6, Math.max(TITLE, TITLE_PIXELS / view.zoom));
  pen.text(title, x, middle, { size, bold: true, colour: theme.ink });
  const twins = twinBadge(drawing.hierarchy, item.id);
  const room = drawing.options.flow === "right" && box.width > 320;
  if (twins && room) pen.text(twins, box.x + box.width - 12, middle, { size: 11, colour: theme.muted, align: "right" });
}

/** The title of an outermost frame, legible from any distance, beside its left top corner. */
export function paintOutsideLabel(pen: Pen, { drawing, theme, view }: Scene, item: PlacedItem): void {
  if (item.depth > 0 || item.height * view.zoom < TALL) return;
  const size = 12 / view.zoom;
  const box = boxOf(item);
  const style = { size, bold: true, colour: theme.ink, halo: theme.canvas } as const;
  if (drawing.options.flow === "down") pen.text(drawing.title(item.id), box.x - 0.6 * size, box.y + 0.8 * size, { ...style, align: "right" });
  else pen.text(drawing.title(item.id), box.x, box.y - 0.8 * size, style);
}
