/** One frame: a pure function of the scene onto a pen. */

import { visibleBox } from "./camera";
import { boxOf, overlaps } from "./hit";
import type { Box } from "./layout";
import { paintCard, paintFar } from "./paint/card";
import { paintFrame, paintOutsideLabel } from "./paint/frame";
import { paintLabels, paintLines, paintStrong, paintTies } from "./paint/lines";
import { paintMark, paintKey } from "./paint/mark";
import { paintShade } from "./paint/shade";
import type { Pen } from "./pen";
import type { Scene } from "./scene";

/** Below this zoom cards are boxes of their colour. */
export const TITLE_ZOOM = 0.3;
/** Room around the view for rings, marks and shades that reach out of their card, in pixels. */
const REACH = 24;

/** Paint what is in view. */
export function paint(pen: Pen, scene: Scene): void {
  const view = visibleBox(scene.view, scene.size);
  const reach = REACH / Math.min(1, scene.view.zoom);
  paintPart(pen, scene, { x: view.x - reach, y: view.y - reach, width: view.width + 2 * reach, height: view.height + 2 * reach });
}

/** Paint what lies in a part of the world. */
export function paintPart(pen: Pen, scene: Scene, part: Box): void {
  const { drawing, view } = scene;
  const far = view.zoom < TITLE_ZOOM;
  const found = drawing.grid.itemsIn(part);
  const moved = scene.shown < 1 ? drawing.items.map(scene.place).filter((item) => overlaps(boxOf(item), part)) : found;
  const frames = moved.filter((item) => item.open);
  const cards = moved.filter((item) => !item.open);
  const lines = drawing.grid.linesIn(part);
  for (const frame of frames) paintFrame(pen, scene, frame, far);
  paintShade(pen, scene, cards);
  pen.faded(scene.shown, () => {
    if (!far) paintTies(pen, scene, part);
    paintLines(pen, scene, lines);
    paintStrong(pen, scene, part);
    paintLabels(pen, scene, lines);
  });
  if (far) paintFar(pen, scene, cards);
  else for (const card of cards) paintCard(pen, scene, card);
  for (const item of moved) {
    const mark = scene.marks.get(item.id);
    if (mark) paintMark(pen, scene.theme, mark, item, view.zoom);
    if (scene.keys.has(item.id)) paintKey(pen, scene.theme, item, view.zoom, true);
    else if (scene.candidates.has(item.id)) paintKey(pen, scene.theme, item, view.zoom, false);
  }
  if (far) for (const frame of frames) paintOutsideLabel(pen, scene, frame);
}
