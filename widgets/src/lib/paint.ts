/** One frame: a pure function of the scene onto a 2D canvas. */

import { visibleBox, type Size, type View } from "./camera";
import type { Card } from "./card";
import type { Graph } from "./graph";
import { boxOf, overlaps } from "./hit";
import type { Layout } from "./layout";
import type { Mark, Overlay } from "./overlay";
import { paintCard } from "./paint/card";
import { paintEdges, paintEmphasis } from "./paint/edges";
import { paintMark } from "./paint/mark";
import type { Theme } from "./theme";

/** Everything that can be seen. */
export interface Scene {
  readonly graph: Graph;
  readonly layout: Layout;
  readonly cards: ReadonlyMap<string, Card>;
  readonly view: View;
  readonly size: Size;
  readonly theme: Theme;
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | undefined;
  /** The search's hits, null while nothing is searched. */
  readonly matches: ReadonlySet<string> | null;
  readonly overlay: Overlay | null;
  readonly marks: ReadonlyMap<string, Mark>;
}

/** Room around the view for rings and marks that reach out of their card. */
const REACH = 24;

/** Paint the scene; `pixelRatio` is device pixels a CSS pixel. */
export function paint(context: CanvasRenderingContext2D, scene: Scene, pixelRatio: number): void {
  clear(context, scene, pixelRatio);
  const view = visibleBox(scene.view, scene.size);
  const shown = { x: view.x - REACH, y: view.y - REACH, width: view.width + 2 * REACH, height: view.height + 2 * REACH };
  paintEdges(context, scene, shown);
  paintEmphasis(context, scene, shown);
  const visible = scene.layout.nodes.filter((node) => overlaps(boxOf(node), shown));
  const neighbours = new Set(scene.hovered === undefined ? [] : [...(scene.graph.producers.get(scene.hovered) ?? []), ...(scene.graph.consumers.get(scene.hovered) ?? [])]);
  for (const node of visible) paintCard(context, scene, node, neighbours.has(node.id));
  for (const node of visible) {
    const mark = scene.marks.get(node.id);
    if (mark) paintMark(context, scene.theme, mark, node, scene.view.zoom);
  }
}

/** Fill the background and set the transform; whole device pixels keep text and borders crisp. */
function clear(context: CanvasRenderingContext2D, { view, size, theme }: Scene, pixelRatio: number): void {
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.globalAlpha = 1;
  context.fillStyle = theme.canvas;
  context.fillRect(0, 0, size.width, size.height);
  const scale = view.zoom * pixelRatio;
  context.setTransform(scale, 0, 0, scale, Math.round((size.width / 2 - view.x * view.zoom) * pixelRatio), Math.round((size.height / 2 - view.y * view.zoom) * pixelRatio));
}
