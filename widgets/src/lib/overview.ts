/** The whole drawing as one picture: shown while a big drawing moves, and in the minimap. */

import { CanvasPen } from "./pen";
import { paintPart } from "./paint";
import type { Size, View } from "./camera";
import type { Box } from "./layout";
import type { Scene } from "./scene";

const MOST_PIXELS = 5e6;
const LONGEST_SIDE = 8192;
export const MARGIN = 20;
/** No sharper than this: the picture is for far away. */
const MOST_SCALE = 0.5;

export class Overview {
  private readonly canvas = document.createElement("canvas");
  private box: Box = { x: 0, y: 0, width: 0, height: 0 };
  private scale = 0;
  private stale = true;
  private version = 0;
  private readonly small = document.createElement("canvas");
  private smallOf = -1;

  /** Something in the picture changed. */
  invalidate(): void {
    this.stale = true;
  }

  /** Paint the picture if it is out of date; a big one takes a tenth of a second. */
  refresh(scene: Scene): void {
    if (!this.stale) return;
    const { bounds } = scene.drawing;
    this.box = { x: bounds.x - MARGIN, y: bounds.y - MARGIN, width: bounds.width + 2 * MARGIN, height: bounds.height + 2 * MARGIN };
    this.scale = Math.min(MOST_SCALE, Math.sqrt(MOST_PIXELS / (this.box.width * this.box.height)), LONGEST_SIDE / this.box.width, LONGEST_SIDE / this.box.height);
    this.canvas.width = Math.max(1, Math.ceil(this.box.width * this.scale));
    this.canvas.height = Math.max(1, Math.ceil(this.box.height * this.scale));
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) return;
    context.fillStyle = scene.theme.canvas;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.scale, 0, 0, this.scale, -this.box.x * this.scale, -this.box.y * this.scale);
    const view = { ...scene.view, zoom: this.scale };
    paintPart(new CanvasPen(context), { ...scene, view, selected: new Set(), hovered: undefined, near: new Set(), lit: null, strong: [] }, this.box);
    this.stale = false;
    this.version++;
  }

  /** Whether there is a picture, new or old. */
  get ready(): boolean {
    return this.scale > 0;
  }

  /** Draw the picture where the world is seen from `view`. */
  paint(context: CanvasRenderingContext2D, view: View, size: Size, ratio: number): void {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { x, y, width, height } = this.box;
    const [left, top] = [size.width / 2 + (x - view.x) * view.zoom, size.height / 2 + (y - view.y) * view.zoom];
    context.drawImage(this.canvas, left, top, width * view.zoom, height * view.zoom);
  }

  /** The picture in a size of its own, whatever its proportions; scaled once, because that takes as long as a frame may. */
  thumbnail(width: number, height: number): HTMLCanvasElement {
    const { small } = this;
    if (small.width !== width || small.height !== height || this.smallOf !== this.version) {
      Object.assign(small, { width, height });
      const context = small.getContext("2d");
      if (context) {
        context.imageSmoothingQuality = "high";
        context.drawImage(this.canvas, 0, 0, width, height);
      }
      this.smallOf = this.version;
    }
    return small;
  }

  /** The part of the world in the picture. */
  get world(): Box {
    return this.box;
  }
}
