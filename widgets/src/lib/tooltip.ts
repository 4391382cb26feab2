/** The tooltip beside a hovered card. */

import { toScreen, type Size, type View } from "./camera";
import { make } from "./dom";
import { counted, type Hierarchy } from "./hierarchy";
import { boxOf } from "./hit";
import type { PlacedNode } from "./layout";
import { overlayValue, valueText, type Overlay } from "./overlay";
import type { Theme } from "./theme";

const DELAY_MS = 180;
const GAP = 12;
const EDGE = 8;
const MOST_ATTRIBUTES = 8;

export class Tooltip {
  readonly element = make("div", { class: "tip", role: "tooltip" });
  private timer = 0;

  constructor() {
    this.element.hidden = true;
  }

  /** Show a node or block after a moment, or at once when another tooltip is open. */
  show(hierarchy: Hierarchy, id: string, theme: Theme, overlay: Overlay | null, place: () => { node: PlacedNode; view: View; size: Size } | undefined): void {
    clearTimeout(this.timer);
    const open = (): void => {
      const where = place();
      if (!where) return;
      this.element.replaceChildren(...describe(hierarchy, id, overlay));
      this.element.style.setProperty("--kind", theme.kinds[hierarchy.graph.nodes.get(id)?.kind ?? "other"].accent);
      this.element.hidden = false;
      this.position(where.node, where.view, where.size);
    };
    if (this.element.hidden) this.timer = setTimeout(open, DELAY_MS);
    else open();
  }

  hide(): void {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }

  /** Right of the card, else left of it, else below or above it; always inside the frame. */
  private position(node: PlacedNode, view: View, size: Size): void {
    const box = boxOf(node);
    const start = toScreen(view, size, box);
    const end = toScreen(view, size, { x: box.x + box.width, y: box.y + box.height });
    const { offsetWidth: width, offsetHeight: height } = this.element;
    let { x, y } = { x: end.x + GAP, y: start.y };
    if (x + width > size.width - EDGE) x = start.x - GAP - width;
    if (x < EDGE) {
      x = start.x;
      y = end.y + GAP + height <= size.height - EDGE ? end.y + GAP : start.y - GAP - height;
    }
    this.element.style.left = `${Math.round(within(x, size.width - width))}px`;
    this.element.style.top = `${Math.round(within(y, size.height - height))}px`;
  }
}

function within(value: number, most: number): number {
  return Math.max(EDGE, Math.min(value, most - EDGE));
}

function describe(hierarchy: Hierarchy, id: string, overlay: Overlay | null): HTMLElement[] {
  const node = hierarchy.graph.nodes.get(id);
  const block = hierarchy.block(id);
  const value = overlay && overlayValue(overlay, hierarchy, id);
  const rows: [string, string][] = [];
  if (block) {
    rows.push(["Nodes", String(hierarchy.nodes(id).length)]);
    if (hierarchy.twinCount(id) > 1) rows.push(["Built alike", counted(hierarchy.twinCount(id), "block")]);
  }
  if (node) rows.push(["Shape", node.shape]);
  if (overlay) rows.push([block ? `${overlay.label || "Value"}, ${overlay.gather}` : overlay.label || "Value", valueText(overlay, value ?? undefined)]);
  for (const param of node?.params ?? []) rows.push(splitParam(param));
  for (const [name, text] of Object.entries(node?.attrs ?? {}).slice(0, MOST_ATTRIBUTES)) rows.push([name, text]);
  const list = rows.filter(([, text]) => text).flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]);
  const badge = node?.badge ? [make("span", { class: "badge" }, node.badge)] : [];
  return [make("strong", {}, node?.op ?? block?.label ?? "", ...badge), make("p", {}, node?.name ?? block?.detail ?? ""), make("dl", {}, ...list)];
}

/** "weight 64x3x7x7" is a name and a shape. */
function splitParam(param: string): [string, string] {
  const space = param.indexOf(" ");
  return space < 0 ? ["Parameter", param] : [param.slice(0, space), param.slice(space + 1)];
}
