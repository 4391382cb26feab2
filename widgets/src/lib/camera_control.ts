/** The camera in use: where it is, how gestures and buttons move it, and when it follows the frame by itself. */

import { Animator } from "./animate";
import { between, centredOn, fitted, opening, panned, revealing, zoomedAt, type Size, type View } from "./camera";
import type { Box, Point } from "./layout";

const DOUBLE_CLICK_ZOOM = 1.6;

export class CameraControl {
  view: View = { x: 0, y: 0, zoom: 1 };
  size: Size = { width: 0, height: 0 };
  /** Until the user moves the view, it follows the size of the frame. */
  untouched = true;
  private readonly animator = new Animator();

  constructor(private readonly changed: (view: View) => void) {}

  /** The opening view of a drawing, with `wanted` in it. */
  open(bounds: Box, first: Box | undefined, wanted: Box | undefined): void {
    this.animator.stop();
    this.untouched = true;
    const view = opening(bounds, first, this.size);
    this.show(wanted ? revealing(view, this.size, wanted) : view);
  }

  pan(dx: number, dy: number): void {
    this.jump(panned(this.view, dx, dy));
  }

  zoomAt(factor: number, at: Point): void {
    this.jump(zoomedAt(this.view, this.size, factor, at));
  }

  zoomBy(factor: number): void {
    this.glide(zoomedAt(this.view, this.size, factor, { x: this.size.width / 2, y: this.size.height / 2 }));
  }

  fit(bounds: Box): void {
    this.glide(fitted(bounds, this.size));
  }

  zoomTo(box: Box): void {
    this.glide(centredOn(box, Math.max(this.view.zoom, DOUBLE_CLICK_ZOOM)));
  }

  /** Move only when the box is not in view. */
  reveal(box: Box): void {
    const view = revealing(this.view, this.size, box);
    if (view !== this.view) this.glide(view);
  }

  /** Take a view from elsewhere. */
  set(view: View): void {
    this.jump(view);
  }

  /** Put a world point into the middle. */
  centre(at: Point): void {
    this.jump({ ...this.view, x: at.x, y: at.y });
  }

  stop(): void {
    this.animator.stop();
  }

  private jump(view: View): void {
    this.animator.stop();
    this.untouched = false;
    this.show(view);
  }

  private glide(view: View): void {
    this.untouched = false;
    const from = this.view;
    this.animator.run((share) => this.show(share === 1 ? view : between(from, view, share)));
  }

  private show(view: View): void {
    this.view = view;
    this.changed(view);
  }
}
