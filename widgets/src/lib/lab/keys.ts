/** The slider's keys. */

const COARSE = 0.01;
const FINE = 0.001;
const PAGE = 0.1;

export type KeyAction = { readonly move: number } | "commit" | "cancel" | undefined;

/** What a key does at `threshold`; steps are shares of the largest magnitude, fine ones with Shift. */
export function keyAction(key: string, shift: boolean, threshold: number, absmax: number): KeyAction {
  const step = absmax * (shift ? FINE : COARSE);
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: step,
    ArrowUp: step,
    ArrowLeft: -step,
    ArrowDown: -step,
    PageUp: absmax * PAGE,
    PageDown: -absmax * PAGE,
  };
  if (key === "Enter") return "commit";
  if (key === "Escape") return "cancel";
  if (key === "Home") return { move: absmax * FINE };
  if (key === "End") return { move: absmax };
  const by = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return by === undefined ? undefined : { move: Math.max(threshold + by, absmax * FINE) };
}
