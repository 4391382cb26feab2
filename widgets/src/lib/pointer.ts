/** Mouse, pen and trackpad on the canvas, turned into what they mean. */

import type { Point } from "./layout";

/** What a gesture asks for; points are relative to the canvas. */
export interface PointerActions {
  /** `alt` tells whether that key is held. */
  hover(at: Point | null, alt: boolean): void;
  click(at: Point, adding: boolean): void;
  doubleClick(at: Point): void;
  /** A right click. */
  context(at: Point): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: Point): void;
}

const CLICK_SLOP = 4;
const LINE_PIXELS = 16;
const PAGE_PIXELS = 400;
/** One event never zooms by more than about a fifth, however coarse the wheel. */
const MOST_WHEEL = 100;

/** Attach the listeners; they live as long as the canvas. */
export function attachPointer(canvas: HTMLCanvasElement, actions: PointerActions): void {
  const at = (event: MouseEvent): Point => ({ x: event.offsetX, y: event.offsetY });
  let pressed: { start: Point; last: Point; moved: boolean } | null = null;

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pressed) return;
    canvas.setPointerCapture(event.pointerId);
    pressed = { start: at(event), last: at(event), moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const point = at(event);
    if (!pressed) return actions.hover(point, event.altKey);
    if (!pressed.moved && Math.hypot(point.x - pressed.start.x, point.y - pressed.start.y) < CLICK_SLOP) return;
    if (!pressed.moved) actions.hover(null, false);
    pressed.moved = true;
    canvas.classList.add("dragging");
    actions.pan(point.x - pressed.last.x, point.y - pressed.last.y);
    pressed.last = point;
  });
  const release = (event: PointerEvent): void => {
    canvas.classList.remove("dragging");
    if (pressed && !pressed.moved && event.type === "pointerup") actions.click(at(event), event.shiftKey);
    pressed = null;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => actions.hover(null, false));
  canvas.addEventListener("dblclick", (event) => actions.doubleClick(at(event)));
  canvas.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would open its own menu over this one
    actions.context(at(event));
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const [dx, dy] = [pixels(event.deltaX, event), pixels(event.deltaY, event)];
      if (Math.abs(dx) > Math.abs(dy)) actions.pan(-dx, 0);
      else actions.zoom(wheelFactor(dy, event.ctrlKey), at(event));
    },
    { passive: false },
  );
}

/** The zoom of one wheel event. Trackpads send many small ones, and pinches (with Ctrl) smaller ones still. */
export function wheelFactor(deltaY: number, pinch: boolean): number {
  const limited = Math.min(MOST_WHEEL, Math.max(-MOST_WHEEL, deltaY * (pinch ? 5 : 1)));
  return Math.exp(-limited * 0.0018);
}

function pixels(delta: number, event: WheelEvent): number {
  if (event.deltaMode === WheelEvent.DOM_DELTA_LINE) return delta * LINE_PIXELS;
  return event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? delta * PAGE_PIXELS : delta;
}
