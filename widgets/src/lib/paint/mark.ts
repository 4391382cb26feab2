/** Small marks at a card's corners: a pencil, a warning sign, a key; shape tells them apart, not colour. */

import type { PlacedNode, Point } from "../layout";
import type { Mark } from "../overlay";
import type { Pen } from "../pen";
import type { Theme } from "../theme";

const RADIUS = 8;
const SMALLEST_PIXELS = 4;

/** A way to draw at a corner; from far away marks keep a size that can be seen. */
interface Spot {
  readonly scale: number;
  at(x: number, y: number): Point;
}

function spot(x: number, y: number, zoom: number): Spot {
  const scale = Math.max(RADIUS, SMALLEST_PIXELS / zoom) / RADIUS;
  return { scale, at: (dx, dy) => ({ x: x + dx * scale, y: y + dy * scale }) };
}

/** Paint an edited or error mark at the right top corner. */
export function paintMark(pen: Pen, theme: Theme, mark: Mark, node: PlacedNode, zoom: number): void {
  const place = spot(node.x + node.width / 2, node.y - node.height / 2 - 1, zoom);
  const line = { stroke: theme.canvas, width: 1.8 * place.scale, bend: null } as const;
  if (mark === "error") {
    pen.shapes([[place.at(0, -9), place.at(9.5, 7.5), place.at(-9.5, 7.5)]], { fill: theme.error, stroke: theme.canvas, width: 4 * place.scale });
    pen.lines([[place.at(0, -3.5), place.at(0, 1.5)], [place.at(0, 4.6), place.at(0, 4.7)]], line);
  } else {
    disc(pen, place, theme.edited, theme.canvas);
    pen.lines([[place.at(-3.2, 3.2), place.at(3, -3)], [place.at(-3.2, 3.2), place.at(-0.8, 3.2)]], line);
  }
}

/** Paint a split key at the left top corner; one that is only offered is hollow. */
export function paintKey(pen: Pen, theme: Theme, node: PlacedNode, zoom: number, chosen: boolean): void {
  const place = spot(node.x - node.width / 2, node.y - node.height / 2 - 1, zoom);
  const [paper, ink] = chosen ? [theme.ink, theme.canvas] : [theme.canvas, theme.ink];
  disc(pen, place, paper, chosen ? theme.canvas : theme.ink, chosen ? 2 : 1.2);
  const { scale } = place;
  const bow = place.at(-5.4, -2);
  pen.box({ ...bow, width: 4 * scale, height: 4 * scale }, { stroke: ink, width: 1.5 * scale, radius: 2 * scale });
  pen.lines([[place.at(-1.2, 0), place.at(5, 0), place.at(5, 2.6)], [place.at(2.2, 0), place.at(2.2, 2.2)]], { stroke: ink, width: 1.5 * scale, bend: null });
}

function disc(pen: Pen, place: Spot, fill: string, stroke: string, width = 2): void {
  const corner = place.at(-RADIUS, -RADIUS);
  const side = 2 * RADIUS * place.scale;
  pen.box({ ...corner, width: side, height: side }, { fill, stroke, width: width * place.scale, radius: side / 2 });
}
