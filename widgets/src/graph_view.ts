/** The widget GraphView: what both hosts load. */

import { makeHost, type RenderContext } from "./lib/host";
import type { GraphTraits } from "./lib/traits";
import { GraphView } from "./lib/view";

/** Show the graph in the host's element; the returned function takes it down again. */
function render(context: RenderContext): () => void {
  const view = new GraphView(makeHost<GraphTraits>(context), context.el);
  return () => view.dispose();
}

export default { render };
