/** The field for uploads of the model chooser. */

import { makeHost, type RenderContext } from "./lib/host";
import { UploadView, type UploadTraits } from "./lib/upload";

/** Show the field in the host's element; the returned function stops what is on its way. */
function render(context: RenderContext): () => void {
  const view = new UploadView(makeHost<UploadTraits>(context), context.el);
  return () => view.dispose();
}

export default { render };
