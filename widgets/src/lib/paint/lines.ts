/** Lines: calm ones first, then the emphasised ones, with arrows and shapes where there is room. */

import type { PlacedLine } from "../compose";
import { counted } from "../hierarchy";
import { SHEETS } from "./card";
import { around, overlaps } from "../hit";
import type { Box, Point } from "../layout";
import type { Flow } from "../layout/level";
import type { Pen } from "../pen";
import type { Scene } from "../scene";

const WIDTH = 1.4;
const ARROW_ZOOM = 0.4;
const BEND_ZOOM = 0.12;
const LABEL_ZOOM = 0.62;
const ARROW = { length: 7, halfWidth: 3.6 };

/** Every line in the calm colour; those that carry several edges are a little wider. */
export function paintLines(pen: Pen, scene: Scene, lines: readonly PlacedLine[]): void {
  const thin = Math.max(WIDTH, 0.7 / scene.view.zoom);
  pen.faded(scene.matches || scene.lit ? 0.4 : 1, () => {
    stroke(pen, scene, lines.filter((line) => line.tensors < 2), scene.theme.edge, thin);
    stroke(pen, scene, lines.filter((line) => line.tensors >= 2), scene.theme.edge, thin * 1.6);
  });
}

/** The short lines between parameters and their operators. */
export function paintTies(pen: Pen, { drawing, theme, view }: Scene, part: Box): void {
  const ties = drawing.ties.filter((points) => overlaps(around(points), part));
  pen.lines(ties, { stroke: theme.edge, width: Math.max(1, 0.6 / view.zoom), bend: null });
}

/** The lines of the selected and the hovered items. */
export function paintStrong(pen: Pen, scene: Scene, part: Box): void {
  const width = Math.max(2.4, 1.6 / scene.view.zoom);
  for (const { lines, colour } of scene.strong) stroke(pen, scene, lines.filter((line) => overlaps(extent(line), part)), colour, width);
}

/** The shape beside the start of what leaves a card; once for each tensor. */
export function paintLabels(pen: Pen, scene: Scene, lines: readonly PlacedLine[]): void {
  const { drawing, theme, view } = scene;
  if (view.zoom < LABEL_ZOOM) return;
  const right = drawing.options.flow === "right";
  const done = new Set<string>();
  for (const line of lines) {
    const start = line.points[0];
    if (!line.starts || !start || done.has(line.from)) continue;
    done.add(line.from);
    const label = labelOf(scene, line);
    // Closed blocks have sheets under their cards.
    const below = drawing.hierarchy.isBlock(line.from) ? SHEETS : 0;
    pen.text(label, start.x + (right ? 5 : 6), start.y + (right ? -8 : 11 + below), { size: 10.5, colour: theme.muted, halo: theme.canvas });
  }
}

function labelOf({ drawing }: Scene, line: PlacedLine): string {
  if (line.tensors > 1) return counted(line.tensors, "tensor");
  return drawing.hierarchy.graph.shapes[line.edges[0] ?? -1] ?? "";
}

function stroke(pen: Pen, { drawing, view }: Scene, lines: readonly PlacedLine[], colour: string, width: number): void {
  if (!lines.length) return;
  const { flow } = drawing.options;
  pen.lines(lines.map((line) => line.points), { stroke: colour, width, bend: view.zoom < BEND_ZOOM ? null : flow });
  if (view.zoom >= ARROW_ZOOM) pen.shapes(lines.flatMap((line) => (line.ends ? [arrow(line.points, flow, Math.sqrt(width / WIDTH))] : [])), { fill: colour });
}

function arrow(points: readonly Point[], flow: Flow, scale: number): Point[] {
  const tip = points.at(-1) ?? { x: 0, y: 0 };
  const before = points.at(-2) ?? tip;
  const [length, half] = [ARROW.length * scale, ARROW.halfWidth * scale];
  if (flow === "right") {
    const back = tip.x >= before.x ? -length : length;
    return [tip, { x: tip.x + back, y: tip.y - half }, { x: tip.x + back, y: tip.y + half }];
  }
  const back = tip.y >= before.y ? -length : length;
  return [tip, { x: tip.x - half, y: tip.y + back }, { x: tip.x + half, y: tip.y + back }];
}

const extents = new WeakMap<PlacedLine, Box>();

/** The rectangle around a line, computed once. */
function extent(line: PlacedLine): Box {
  let box = extents.get(line);
  if (!box) extents.set(line, (box = around(line.points)));
  return box;
}
