/** Where layouts run: small ones at once, others in a worker made from a Blob, or here where the page allows no worker. */

import { runJob, type LayoutJob } from "./layout/job";
import type { LevelLayout } from "./layout/level";

/** The bundled text of layout/worker.ts, put in by build.mjs; tests run without it. */
declare const LAYOUT_WORKER: string;

/** A job of fewer items is done before a worker would have read it. */
const SMALL = 150;

/** A job that a newer one has replaced. */
export const CANCELLED = Symbol("cancelled");

export class LayoutRunner {
  private worker: Worker | null = null;
  private refused = typeof LAYOUT_WORKER === "undefined" || typeof Worker === "undefined";
  private cancel: (() => void) | null = null;

  /** Run a job; one that is under way is given up and answers CANCELLED. `onSlow` is called when it will take a moment. */
  async run(job: LayoutJob, onSlow: () => void): Promise<readonly LevelLayout[] | typeof CANCELLED> {
    this.stop();
    if (job.levels.reduce((sum, level) => sum + level.items.length, 0) <= SMALL) return runJob(job);
    onSlow();
    const answer = this.refused ? null : await this.post(job);
    if (answer) return answer;
    let cancelled = false;
    this.cancel = () => (cancelled = true);
    await nextPaint();
    return cancelled ? CANCELLED : runJob(job);
  }

  /** Give up what is under way; a worker has no other way to be stopped than to end it. */
  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  dispose(): void {
    this.stop();
    this.worker?.terminate();
    this.worker = null;
  }

  /** Null when the page refuses workers. */
  private post(job: LayoutJob): Promise<readonly LevelLayout[] | typeof CANCELLED | null> {
    const worker = (this.worker ??= this.start());
    if (!worker) return Promise.resolve(null);
    return new Promise((resolve) => {
      const end = (answer: readonly LevelLayout[] | typeof CANCELLED | null): void => {
        this.cancel = null;
        if (answer === CANCELLED || answer === null) {
          worker.terminate();
          this.worker = null;
        }
        resolve(answer);
      };
      this.cancel = () => end(CANCELLED);
      worker.onmessage = (event: MessageEvent<readonly LevelLayout[]>) => end(event.data);
      // A content policy refuses a worker with an event, not with an exception.
      worker.onerror = (event) => {
        event.preventDefault();
        this.refused = true;
        end(null);
      };
      worker.postMessage(job);
    });
  }

  private start(): Worker | null {
    const url = URL.createObjectURL(new Blob([LAYOUT_WORKER], { type: "text/javascript" }));
    try {
      return new Worker(url);
    } catch {
      this.refused = true;
      return null;
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}

/** The timeout covers pages in the background, which get no animation frames. */
function nextPaint(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });
}
