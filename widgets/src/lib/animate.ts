/** Animated camera moves, or jumps for people who asked their system for less motion. */

import { between, type View } from "./camera";

const DURATION_MS = 260;

export class Animator {
  private frame = 0;

  constructor(private readonly show: (view: View) => void) {}

  /** Move from one view to another; a move under way is left where it is. */
  move(from: View, to: View): void {
    this.stop();
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.show(to);
      return;
    }
    const start = performance.now();
    const step = (now: number): void => {
      const t = Math.min(1, Math.max(0, (now - start) / DURATION_MS));
      this.show(t === 1 ? to : between(from, to, 1 - (1 - t) ** 3));
      this.frame = t < 1 ? requestAnimationFrame(step) : 0;
    };
    this.frame = requestAnimationFrame(step);
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
