/** The traits that Python declares in ui/widgets/graph_view.py. */

import { list, text } from "./graph";
import type { Host } from "./host";
import { parseMarks, parseOverlay } from "./overlay";
import type { Shown } from "./scene_builder";
import { NO_SEARCH } from "./search";
import { parseSplit } from "./split";
import { themeFor } from "./theme";

export interface GraphTraits {
  graph: unknown;
  selected: readonly string[];
  opened: readonly string[];
  viewport: Record<string, unknown>;
  overlay: unknown;
  marks: unknown;
  split_keys: readonly string[];
  split: unknown;
  query: string;
  direction: string;
  theme: string;
  height_px: number;
}

/** What the traits ask for when the component starts. */
export function readShown(host: Host<GraphTraits>): Shown {
  return {
    selected: list(host.get("selected")).map(text),
    hovered: undefined,
    search: { ...NO_SEARCH, query: text(host.get("query")) },
    overlay: parseOverlay(host.get("overlay")),
    marks: parseMarks(host.get("marks")),
    split: parseSplit(host.get("split")),
    keys: list(host.get("split_keys")).map(text),
    rules: [],
    theme: themeFor(host.get("theme")),
    path: false,
    tracing: false,
  };
}

/** In Jupyter an output has no height of its own; Panel's container has one. */
export function followHeight(host: Host<GraphTraits>, el: HTMLElement, root: HTMLElement): void {
  if (host.kind === "panel") {
    el.style.height = "100%";
    return;
  }
  const follow = (): void => {
    root.style.height = `${Number(host.get("height_px")) || 480}px`;
  };
  host.on("height_px", follow);
  follow();
}
