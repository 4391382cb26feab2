/** The outline: blocks and nodes as a tree that is open where the drawing is. */

import { make } from "./dom";
import { nameOf, TOP, type Hierarchy } from "./hierarchy";
import type { Theme } from "./theme";
import { VirtualList } from "./virtual_list";

export interface TreeRow {
  readonly id: string;
  readonly level: number;
  readonly place: number;
  readonly siblings: number;
  /** Null for a node. */
  readonly open: boolean | null;
}

export interface TreeActions {
  select(id: string): void;
  toggle(id: string): void;
  activate(id: string): void;
}

export class Outline {
  readonly list: VirtualList;
  private rows: readonly TreeRow[] = [];
  private hierarchy: Hierarchy | null = null;
  private theme: Theme | null = null;

  constructor(private readonly actions: TreeActions) {
    this.list = new VirtualList({
      role: "tree",
      label: "Outline of the graph",
      row: (i) => this.row(i),
      pick: (i, event) => this.pick(i, event),
      key: (key, active) => this.key(key, active),
    });
  }

  show(hierarchy: Hierarchy, open: ReadonlySet<string>, selected: string | undefined, theme: Theme): void {
    this.rows = treeRows(hierarchy, open);
    this.hierarchy = hierarchy;
    this.theme = theme;
    const seen = selected === undefined ? undefined : hierarchy.visible(selected, open);
    this.list.show(this.rows.length, this.rows.findIndex(({ id }) => id === seen));
  }

  private row(i: number): HTMLElement {
    const row = this.rows[i];
    if (!row || !this.hierarchy || !this.theme) return make("div");
    const { graph } = this.hierarchy;
    const node = graph.nodes.get(row.id);
    const kind = node?.kind ?? this.hierarchy.kinds(row.id)[0]?.[0] ?? "other";
    const dot = make("i", { class: row.open === null ? "dot" : "twisty", "aria-hidden": "true" }, row.open === null ? "" : row.open ? "▾" : "▸");
    if (row.open === null) dot.style.background = this.theme.kinds[kind].accent;
    const block = this.hierarchy.block(row.id);
    const [first, second] = node ? [node.op, node.name] : [block?.label ?? "", block?.detail || `${this.hierarchy.nodes(row.id).length} nodes`];
    const attributes = { role: "treeitem", "aria-level": `${row.level}`, "aria-posinset": `${row.place}`, "aria-setsize": `${row.siblings}`, title: nameOf(this.hierarchy, row.id) };
    const element = make("div", attributes, dot, make("b", {}, first), make("span", {}, second));
    if (row.open !== null) element.setAttribute("aria-expanded", String(row.open));
    element.style.paddingLeft = `${8 + 14 * (row.level - 1)}px`;
    return element;
  }

  private pick(i: number, event: MouseEvent | KeyboardEvent): void {
    const row = this.rows[i];
    if (!row) return;
    const onTwisty = event instanceof MouseEvent && (event.target as Element).classList.contains("twisty");
    if (onTwisty) this.actions.toggle(row.id);
    else if (event instanceof KeyboardEvent && event.key === "Enter") this.actions.activate(row.id);
    else this.actions.select(row.id);
  }

  private key(key: string, active: number): boolean {
    const row = this.rows[active];
    if (!row || (key !== "ArrowRight" && key !== "ArrowLeft")) return false;
    if (key === "ArrowRight") {
      const child = this.rows[active + 1];
      if (row.open === false) this.actions.toggle(row.id);
      else if (row.open && child && child.level > row.level) this.actions.select(child.id);
    } else if (row.open) this.actions.toggle(row.id);
    else {
      const parent = this.hierarchy?.parent(row.id);
      if (parent) this.actions.select(parent);
    }
    return true;
  }
}

/** The rows that are seen while some blocks are open, from top to bottom. */
export function treeRows(hierarchy: Hierarchy, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (block: string, level: number): void => {
    const children = hierarchy.children.get(block) ?? [];
    children.forEach((id, i) => {
      const isBlock = hierarchy.isBlock(id);
      rows.push({ id, level, place: i + 1, siblings: children.length, open: isBlock ? open.has(id) : null });
      if (isBlock && open.has(id)) walk(id, level + 1);
    });
  };
  walk(TOP, 1);
  return rows;
}
