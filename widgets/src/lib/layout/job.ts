/** A layout job: levels from the inside out, with the frames of inner levels that are known already. */

import { layoutLevel, type Frame, type LevelLayout, type LevelSpec } from "./level";

export interface LayoutJob {
  /** Each level after the levels inside it. */
  readonly levels: readonly LevelSpec[];
  readonly known: readonly (readonly [key: string, frame: Frame])[];
}

/** Lay out every level of the job. */
export function runJob({ levels, known }: LayoutJob): LevelLayout[] {
  const frames = new Map(known);
  return levels.map((spec) => {
    const layout = layoutLevel(spec, frames);
    frames.set(spec.key, layout.frame);
    return layout;
  });
}
