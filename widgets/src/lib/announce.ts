/** What a screen reader is told of the selection. */

import type { Drawing } from "./drawing";
import { visibleLinks } from "./highlight";
import { counted, nameOf } from "./hierarchy";

export function describeSelection(drawing: Drawing, selected: readonly string[]): string {
  const id = selected.at(-1);
  if (id === undefined) return "Nothing selected";
  const { hierarchy, options } = drawing;
  const name = nameOf(hierarchy, id);
  if (!name) return "";
  const node = hierarchy.graph.nodes.get(id);
  const links = visibleLinks(drawing);
  const [inputs, outputs] = node
    ? [hierarchy.graph.producers.get(id)?.length ?? 0, hierarchy.graph.consumers.get(id)?.length ?? 0]
    : [links.producers.get(id).length, links.consumers.get(id).length];
  const block = hierarchy.isBlock(id) && (options.open.has(id) ? "open" : "closed");
  const parts = [name, block, node?.shape && `shape ${node.shape}`, counted(inputs, "input"), counted(outputs, "output")];
  if (selected.length > 1) parts.push(`${selected.length} selected`);
  return parts.filter(Boolean).join(", ");
}
