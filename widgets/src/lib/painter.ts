/** Frames on the canvas: exact ones at rest, the overview's picture while a big drawing moves, and the minimap. */

import type { Size } from "./camera";
import { CanvasPen } from "./pen";
import type { Point } from "./layout";
import { Minimap } from "./minimap";
import { Overview } from "./overview";
import { paint } from "./paint";
import { THEMES } from "./theme";
import type { Scene } from "./scene";
import { Surface } from "./surface";
import { visibleBox } from "./camera";

/** More items than this in view take too long to paint while they move. */
const MOST_MOVING = 400;
const REST_MS = 140;

export class Painter {
  readonly minimap: Minimap;
  private readonly surface = new Surface((context, ratio) => this.frame(context, ratio));
  private readonly pen = new CanvasPen(this.surface.context);
  private readonly overview = new Overview();
  private rest = 0;
  private moving = false;

  constructor(
    private readonly scene: () => Scene | null,
    go: (to: Point) => void,
  ) {
    this.minimap = new Minimap(this.overview, go);
  }

  get canvas(): HTMLCanvasElement {
    return this.surface.canvas;
  }

  get context(): CanvasRenderingContext2D {
    return this.surface.context;
  }

  invalidate(): void {
    this.surface.invalidate();
  }

  /** The drawing or its colours have changed, so the overview has too. */
  renew(): void {
    this.overview.invalidate();
    this.restart();
  }

  /** The camera has moved. */
  moved(): void {
    this.moving = true;
    this.restart();
    this.surface.invalidate();
  }

  resize(size: Size): void {
    this.surface.resize(size);
  }

  toggleMinimap(): void {
    this.minimap.wanted = !this.minimap.wanted;
    this.invalidate();
  }

  dispose(): void {
    clearTimeout(this.rest);
    this.surface.dispose();
  }

  /** What takes long is done when nothing has moved for a moment. */
  private restart(): void {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.moving = false;
      const scene = this.scene();
      if (scene && scene.shown < 1) return this.restart();
      if (scene?.drawing.items.length) this.overview.refresh(scene);
      return this.surface.invalidate();
    }, REST_MS);
  }

  private frame(context: CanvasRenderingContext2D, ratio: number): void {
    const scene = this.scene();
    const { width, height } = this.surface.size;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = (scene?.theme ?? THEMES.light).canvas;
    context.fillRect(0, 0, width, height);
    if (!scene) return;
    const { view, size } = scene;
    const many = this.moving && this.overview.ready && scene.drawing.items.length > MOST_MOVING && scene.drawing.grid.itemsIn(visibleBox(view, size)).length > MOST_MOVING;
    if (many) this.overview.paint(context, view, size, ratio);
    else {
      const scale = view.zoom * ratio;
      // Whole device pixels keep text and borders crisp.
      context.setTransform(scale, 0, 0, scale, Math.round((size.width / 2 - view.x * view.zoom) * ratio), Math.round((size.height / 2 - view.y * view.zoom) * ratio));
      paint(this.pen, scene);
    }
    this.minimap.paint(view, size, scene.theme, ratio);
  }
}
