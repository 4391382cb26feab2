/** The worker's side of `LayoutRunner`: one job in, one answer out. Bundled on its own and carried as text in the widget. */

import { runJob, type LayoutJob } from "./job";

// Not the lib "webworker", which would hide the page's own types.
interface WorkerScope {
  onmessage: ((event: MessageEvent<LayoutJob>) => void) | null;
  postMessage(message: unknown): void;
}

const scope = self as unknown as WorkerScope;
scope.onmessage = (event) => scope.postMessage(runJob(event.data));
