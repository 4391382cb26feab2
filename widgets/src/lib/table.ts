/** The table: every node with operator, shape and the overlay's value; and the hits of a search as the same table. */

import { make } from "./dom";
import type { GraphNode } from "./graph";
import type { Hierarchy } from "./hierarchy";
import { valueText, type Overlay } from "./overlay";
import { VirtualList } from "./virtual_list";

type Column = "name" | "op" | "shape" | "value";

interface Row {
  readonly id: string;
  readonly name: string;
  readonly op: string;
  readonly shape: string;
  readonly value: number | string | undefined;
}

export class NodeTable {
  readonly element: HTMLElement;
  private readonly list: VirtualList;
  private readonly heads = new Map<Column, HTMLButtonElement>();
  private rows: readonly Row[] = [];
  private sorted: { column: Column; down: boolean } | null = null;
  private shown: { hierarchy: Hierarchy; ids: readonly string[]; overlay: Overlay | null; selected: string | undefined } | null = null;

  constructor(label: string, select: (id: string) => void) {
    this.list = new VirtualList({
      role: "grid",
      label,
      row: (i) => this.row(i),
      pick: (i) => {
        const row = this.rows[i];
        if (row) select(row.id);
      },
    });
    const head = make("div", { class: "head" });
    for (const [column, title] of [["name", "Name"], ["op", "Operator"], ["shape", "Shape"], ["value", "Value"]] as const) {
      const button = make("button", { type: "button" }, title);
      button.addEventListener("click", () => this.sortBy(column));
      this.heads.set(column, button);
      head.append(button);
    }
    this.element = make("div", { class: "table" }, head, this.list.element);
  }

  show(hierarchy: Hierarchy, ids: readonly string[], overlay: Overlay | null, selected: string | undefined): void {
    this.shown = { hierarchy, ids, overlay, selected };
    this.rows = sortRows(ids.map((id) => rowOf(hierarchy, id, overlay)), this.sorted);
    const value = this.heads.get("value");
    if (value) value.textContent = overlay?.label || "Value";
    for (const [column, button] of this.heads) {
      const own = this.sorted?.column === column ? (this.sorted.down ? "descending" : "ascending") : "none";
      button.dataset.sort = own;
      button.setAttribute("aria-label", `${button.textContent ?? ""}, sorted: ${own}`);
    }
    this.list.element.setAttribute("aria-rowcount", String(this.rows.length));
    this.list.show(this.rows.length, this.rows.findIndex(({ id }) => id === selected));
  }

  private sortBy(column: Column): void {
    this.sorted = this.sorted?.column !== column ? { column, down: false } : this.sorted.down ? null : { column, down: true };
    if (this.shown) this.show(this.shown.hierarchy, this.shown.ids, this.shown.overlay, this.shown.selected);
  }

  private row(i: number): HTMLElement {
    const row = this.rows[i];
    const overlay = this.shown?.overlay;
    const texts = row ? [row.name, row.op, row.shape, overlay ? valueText({ ...overlay, unit: "" }, row.value) : ""] : [];
    return make("div", { role: "row", "aria-rowindex": String(i + 1), title: row?.name ?? "" }, ...texts.map((text) => make("span", { role: "gridcell" }, text)));
  }
}

function rowOf(hierarchy: Hierarchy, id: string, overlay: Overlay | null): Row {
  const node: GraphNode | undefined = hierarchy.graph.nodes.get(id);
  if (node) return { id, name: node.name, op: node.op, shape: node.shape, value: overlay?.values.get(id) };
  return { id, name: hierarchy.block(id)?.label ?? id, op: "block", shape: "", value: undefined };
}

/** Sorted rows; those without a value come last. */
export function sortRows(rows: readonly Row[], order: { column: Column; down: boolean } | null): readonly Row[] {
  if (!order) return rows;
  const { column, down } = order;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[column], b[column]];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    const by = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return down ? -by : by;
  });
}
