/** The canvas: as many pixels as the screen has, repainted at most once a frame. */

import type { Size } from "./camera";
import { make } from "./dom";

const LABEL =
  "Network graph. Arrow keys follow edges, Enter opens and closes blocks, slash searches, o shows the outline, t the table, question mark lists the shortcuts.";

export class Surface {
  readonly canvas = make("canvas", { class: "graph", tabindex: "0", role: "application", "aria-roledescription": "network graph", "aria-label": LABEL });
  readonly context: CanvasRenderingContext2D;
  size: Size = { width: 0, height: 0 };
  private frame = 0;

  constructor(private readonly paint: (context: CanvasRenderingContext2D, pixelRatio: number) => void) {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("This browser gave no 2D canvas.");
    this.context = context;
  }

  /** Ask for a repaint before the next frame. */
  invalidate(): void {
    this.frame ||= requestAnimationFrame(() => this.repaint());
  }

  /** Take a new size in CSS pixels; painted at once, because resizing a canvas clears it. */
  resize(size: Size): void {
    this.size = size;
    this.repaint();
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
  }

  private repaint(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.size.width || !this.size.height) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.size.width * ratio), Math.round(this.size.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.paint(this.context, ratio);
  }
}
