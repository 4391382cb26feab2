/** Animated changes, or jumps for people who asked their system for less motion. */

const DURATION_MS = 260;

export class Animator {
  private frame = 0;

  /** Call `show` with a share from 0 to 1 each frame; a change under way is left where it is. */
  run(show: (share: number) => void): void {
    this.stop();
    if (lessMotion()) {
      show(1);
      return;
    }
    const start = performance.now();
    const step = (now: number): void => {
      const t = Math.min(1, Math.max(0, (now - start) / DURATION_MS));
      this.frame = t < 1 ? requestAnimationFrame(step) : 0;
      show(t === 1 ? 1 : 1 - (1 - t) ** 3);
    };
    this.frame = requestAnimationFrame(step);
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}

export function lessMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
