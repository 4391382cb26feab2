/** Pictures of the drawing, as SVG and as PNG, of the view or of the whole. */

import { visibleBox } from "./camera";
import type { Box } from "./layout";
import { paintPart } from "./paint";
import { CanvasPen } from "./pen";
import { SvgPen } from "./pen_svg";
import type { Scene } from "./scene";

export type Extent = "view" | "whole";

const MARGIN = 24;
const SHARPNESS = 2;
const MOST_PIXELS = 64e6;
const LONGEST_SIDE = 16_000;

/** The scene as an SVG document; the whole is drawn at full detail. */
export function svgOf(scene: Scene, extent: Extent): string {
  const { box, zoom } = part(scene, extent);
  const pen = new SvgPen();
  paintPart(pen, atZoom(scene, zoom), box);
  return pen.document(box, zoom, scene.theme.canvas);
}

/** The scene as a PNG file, as sharp as a browser's canvas allows. */
export function pngOf(scene: Scene, extent: Extent): Promise<Blob | null> {
  const { box, zoom } = part(scene, extent);
  const scale = Math.min(zoom * SHARPNESS, Math.sqrt(MOST_PIXELS / (box.width * box.height)), LONGEST_SIDE / box.width, LONGEST_SIDE / box.height);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: Math.ceil(box.width * scale), height: Math.ceil(box.height * scale) });
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) return Promise.resolve(null);
  context.fillStyle = scene.theme.canvas;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, -box.x * scale, -box.y * scale);
  paintPart(new CanvasPen(context), atZoom(scene, zoom), box);
  return new Promise((resolve) => canvas.toBlob(resolve));
}

/** Hand a file to the user. */
export function download(name: string, content: Blob | string, type = "text/plain"): void {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type }) : content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function part(scene: Scene, extent: Extent): { box: Box; zoom: number } {
  if (extent === "view") return { box: visibleBox(scene.view, scene.size), zoom: scene.view.zoom };
  const { x, y, width, height } = scene.drawing.bounds;
  return { box: { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN }, zoom: 1 };
}

function atZoom(scene: Scene, zoom: number): Scene {
  return { ...scene, view: { ...scene.view, zoom }, hovered: undefined, near: new Set() };
}
