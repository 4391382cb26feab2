/** What the painters draw with. A canvas and an SVG are both drawn from the same calls. */

import type { Box, Point } from "./layout";
import { FONT } from "./theme";

export interface BoxStyle {
  readonly fill?: string;
  readonly stroke?: string;
  readonly width?: number;
  readonly dash?: readonly number[];
  /** One radius, or those of the corners from the left top one clockwise. */
  readonly radius?: number | readonly [number, number, number, number];
}

export interface LineStyle {
  readonly stroke: string;
  readonly width: number;
  readonly dash?: readonly number[];
  /** Which ends of a bend run straight: "down" upright ones, "right" level ones, null no bend at all. */
  readonly bend: "down" | "right" | null;
}

export interface TextStyle {
  readonly size: number;
  readonly colour: string;
  readonly bold?: boolean;
  readonly align?: "left" | "center" | "right";
  /** A soft edge in this colour, for text over lines. */
  readonly halo?: string;
}

export interface Pen {
  box(box: Box, style: BoxStyle): void;
  /** Many plain rectangles of one colour. */
  boxes(boxes: readonly Box[], fill: string): void;
  /** Lines through points; where two neighbours differ both ways the line bends between them. */
  lines(paths: readonly (readonly Point[])[], style: LineStyle): void;
  /** Closed straight shapes. */
  shapes(paths: readonly (readonly Point[])[], style: { readonly fill?: string; readonly stroke?: string; readonly width?: number }): void;
  /** One line of text, its middle at y. */
  text(text: string, x: number, y: number, style: TextStyle): void;
  /** The opacity of everything drawn by `body`. */
  faded(opacity: number, body: () => void): void;
}

export class CanvasPen implements Pen {
  constructor(private readonly context: CanvasRenderingContext2D) {}

  box({ x, y, width, height }: Box, { fill, stroke, width: line = 1, dash, radius = 0 }: BoxStyle): void {
    const { context } = this;
    context.beginPath();
    context.roundRect(x, y, width, height, typeof radius === "number" ? radius : [...radius]);
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    if (!stroke) return;
    context.strokeStyle = stroke;
    context.lineWidth = line;
    if (dash) context.setLineDash([...dash]);
    context.stroke();
    if (dash) context.setLineDash([]);
  }

  boxes(boxes: readonly Box[], fill: string): void {
    this.context.fillStyle = fill;
    for (const { x, y, width, height } of boxes) this.context.fillRect(x, y, width, height);
  }

  lines(paths: readonly (readonly Point[])[], { stroke, width, dash, bend }: LineStyle): void {
    if (!paths.length) return;
    const { context } = this;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.lineJoin = context.lineCap = "round";
    if (dash) context.setLineDash([...dash]);
    context.beginPath();
    for (const points of paths) trace(context, points, bend);
    context.stroke();
    if (dash) context.setLineDash([]);
  }

  shapes(paths: readonly (readonly Point[])[], { fill, stroke, width = 1 }: { readonly fill?: string; readonly stroke?: string; readonly width?: number }): void {
    if (!paths.length) return;
    const { context } = this;
    context.beginPath();
    for (const points of paths) {
      points.forEach(({ x, y }, i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
    }
    if (stroke) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.lineJoin = "round";
      context.stroke();
    }
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
  }

  text(text: string, x: number, y: number, { size, colour, bold, align = "left", halo }: TextStyle): void {
    if (!text) return;
    const { context } = this;
    context.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
    context.textBaseline = "middle";
    context.textAlign = align;
    if (halo) {
      context.strokeStyle = halo;
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.strokeText(text, x, y);
    }
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  faded(opacity: number, body: () => void): void {
    const before = this.context.globalAlpha;
    this.context.globalAlpha = before * opacity;
    body();
    this.context.globalAlpha = before;
  }
}

/** The two inner points of the bend between two points, null where the line is straight. */
export function bendBetween(a: Point, b: Point, bend: LineStyle["bend"]): readonly [Point, Point] | null {
  if (!bend || a.x === b.x || a.y === b.y) return null;
  if (bend === "right") return [{ x: (a.x + b.x) / 2, y: a.y }, { x: (a.x + b.x) / 2, y: b.y }];
  return [{ x: a.x, y: (a.y + b.y) / 2 }, { x: b.x, y: (a.y + b.y) / 2 }];
}

function trace(context: CanvasRenderingContext2D, points: readonly Point[], bend: LineStyle["bend"]): void {
  points.forEach((point, i) => {
    const before = points[i - 1];
    if (!before) return context.moveTo(point.x, point.y);
    const inner = bendBetween(before, point, bend);
    if (!inner) return context.lineTo(point.x, point.y);
    return context.bezierCurveTo(inner[0].x, inner[0].y, inner[1].x, inner[1].y, point.x, point.y);
  });
}
