/** The panel beside the canvas: outline, table and search results, one at a time. */

import { iconButton, make } from "./dom";
import { Outline, type TreeActions } from "./outline";
import { NodeTable } from "./table";

export type Tab = "outline" | "table" | "results";

const TABS: readonly (readonly [Tab, string])[] = [
  ["outline", "Outline"],
  ["table", "Table"],
  ["results", "Results"],
];
const CROSS = "M4.5 4.5l7 7M11.5 4.5l-7 7";

export class SidePanel {
  readonly element: HTMLElement;
  readonly outline: Outline;
  readonly table: NodeTable;
  readonly results: NodeTable;
  tab: Tab | null = null;
  private readonly buttons = new Map<Tab, HTMLElement>();
  private readonly pages = new Map<Tab, HTMLElement>();

  constructor(
    actions: TreeActions & { goTo(id: string): void },
    private readonly changed: () => void,
  ) {
    this.outline = new Outline(actions);
    this.table = new NodeTable("Nodes of the graph", (id) => actions.goTo(id));
    this.results = new NodeTable("Results of the search", (id) => actions.goTo(id));
    this.pages.set("outline", this.outline.list.element).set("table", this.table.element).set("results", this.results.element);
    const tabs = TABS.map(([tab, title]) => {
      const button = make("button", { type: "button", role: "tab" }, title);
      button.addEventListener("click", () => this.show(tab));
      this.buttons.set(tab, button);
      return button;
    });
    const close = iconButton("Close the panel", CROSS, () => this.show(null));
    this.element = make("section", { class: "side", "aria-label": "Lists" }, make("div", { class: "tabs", role: "tablist" }, ...tabs, close), ...this.pages.values());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.show(null);
    });
    this.mark();
  }

  /** Show a tab, or nothing. */
  show(tab: Tab | null): void {
    this.tab = tab;
    this.mark();
    this.changed();
  }

  /** Show a tab and put the keyboard on it; hide it when it is shown. */
  toggle(tab: Tab): void {
    this.show(this.tab === tab ? null : tab);
    if (this.tab) this.pages.get(this.tab)?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    if (this.tab === "outline") this.outline.list.element.focus();
  }

  private mark(): void {
    this.element.hidden = this.tab === null;
    for (const [tab, page] of this.pages) page.hidden = tab !== this.tab;
    for (const [tab, button] of this.buttons) button.setAttribute("aria-selected", String(tab === this.tab));
  }
}
