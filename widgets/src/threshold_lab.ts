/** The widget ThresholdLab: what both hosts load. */

import { makeHost, type RenderContext } from "./lib/host";
import type { LabTraits } from "./lib/lab/traits";
import { ThresholdLab } from "./lib/lab/view";

/** Show the lab in the host's element; the returned function takes it down again. */
function render(context: RenderContext): () => void {
  const view = new ThresholdLab(makeHost<LabTraits>(context), context.el);
  return () => view.dispose();
}

export default { render };
