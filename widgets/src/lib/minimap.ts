/** The minimap: the whole drawing in a corner, with the part in view; drag in it to go elsewhere. */

import type { Size, View } from "./camera";
import { visibleBox } from "./camera";
import { make } from "./dom";
import type { Point } from "./layout";
import { MARGIN, type Overview } from "./overview";
import type { Theme } from "./theme";

const MOST = { width: 150, height: 210 };
const LEAST = 36;
/** Pixels of the frame's height that belong to the toolbar and to margins. */
const TOOLS = 84;

export class Minimap {
  readonly element = make("canvas", { class: "minimap", "aria-hidden": "true" });
  /** The user's wish; the map is hidden as well when everything is in view. */
  wanted = true;
  private readonly context = this.element.getContext("2d");

  constructor(
    private readonly overview: Overview,
    go: (to: Point) => void,
  ) {
    this.element.hidden = true;
    const follow = (event: PointerEvent): void => {
      const { world } = overview;
      const frame = this.element.getBoundingClientRect();
      go({ x: world.x + ((event.clientX - frame.left) / frame.width) * world.width, y: world.y + ((event.clientY - frame.top) / frame.height) * world.height });
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      follow(event);
    });
    this.element.addEventListener("pointermove", (event) => event.buttons && follow(event));
  }

  /** Show the picture with the part of the world in view. */
  paint(view: View, size: Size, theme: Theme, ratio: number): void {
    const { world } = this.overview;
    const seen = visibleBox(view, size);
    const sees = (from: number, length: number, start: number, whole: number): boolean => from <= start + MARGIN && from + length >= start + whole - MARGIN;
    const all = sees(seen.x, seen.width, world.x, world.width) && sees(seen.y, seen.height, world.y, world.height);
    this.element.hidden = !this.wanted || !this.overview.ready || all || size.width < 420 || size.height < 200;
    if (this.element.hidden || !this.context) return;
    // Long drawings are squeezed rather than shown as a hair.
    const scale = Math.min(MOST.width / world.width, Math.min(MOST.height, size.height - TOOLS) / world.height);
    const width = Math.max(LEAST, Math.round(world.width * scale));
    const height = Math.max(LEAST, Math.round(world.height * scale));
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.element.width !== across || this.element.height !== down) {
      Object.assign(this.element, { width: across, height: down });
      Object.assign(this.element.style, { width: `${width}px`, height: `${height}px` });
    }
    const { context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.overview.thumbnail(across, down), 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [kx, ky] = [width / world.width, height / world.height];
    const left = Math.max(0, (seen.x - world.x) * kx);
    const top = Math.max(0, (seen.y - world.y) * ky);
    const right = Math.min(width, (seen.x + seen.width - world.x) * kx);
    const bottom = Math.min(height, (seen.y + seen.height - world.y) * ky);
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.14;
    context.fillRect(left, top, right - left, bottom - top);
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.strokeRect(left + 0.75, top + 0.75, Math.max(3, right - left - 1.5), Math.max(3, bottom - top - 1.5));
  }
}
