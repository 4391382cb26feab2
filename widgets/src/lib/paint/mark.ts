/** The mark at a card's corner: a pencil for edited, a warning sign for an error; shape tells them apart, not colour. */

import type { PlacedNode } from "../layout";
import type { Mark } from "../overlay";
import type { Theme } from "../theme";

const RADIUS = 8;
const SMALLEST_PIXELS = 4;

/** Paint the mark; from far away it keeps a size that can be seen. */
export function paintMark(context: CanvasRenderingContext2D, theme: Theme, mark: Mark, node: PlacedNode, zoom: number): void {
  const scale = Math.max(RADIUS, SMALLEST_PIXELS / zoom) / RADIUS;
  context.save();
  context.translate(node.x + node.width / 2, node.y - node.height / 2 - 1);
  context.scale(scale, scale);
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = theme.canvas;
  context.lineWidth = 4;
  context.fillStyle = theme[mark];
  (mark === "error" ? triangle : disc)(context);
  context.stroke();
  context.fill();
  context.strokeStyle = theme.canvas;
  context.lineWidth = 1.8;
  (mark === "error" ? exclamation : pencil)(context);
  context.stroke();
  context.restore();
}

function disc(context: CanvasRenderingContext2D): void {
  context.beginPath();
  context.arc(0, 0, RADIUS, 0, 2 * Math.PI);
}

function triangle(context: CanvasRenderingContext2D): void {
  context.beginPath();
  context.moveTo(0, -9);
  context.lineTo(9.5, 7.5);
  context.lineTo(-9.5, 7.5);
  context.closePath();
}

function pencil(context: CanvasRenderingContext2D): void {
  context.beginPath();
  context.moveTo(-3.2, 3.2);
  context.lineTo(3, -3);
  context.moveTo(-3.2, 3.2);
  context.lineTo(-0.8, 3.2);
}

function exclamation(context: CanvasRenderingContext2D): void {
  context.beginPath();
  context.moveTo(0, -3.5);
  context.lineTo(0, 1.5);
  context.moveTo(0, 4.6);
  context.lineTo(0, 4.7);
}
