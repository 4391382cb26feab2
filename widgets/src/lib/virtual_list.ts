/** A long list of rows of one height, of which only those in view are in the page. */

import { make } from "./dom";

export const ROW = 26;
const SPARE = 6;

export interface ListOptions {
  readonly role: "tree" | "grid" | "listbox";
  readonly label: string;
  /** One row; the list adds its place and id. */
  row(i: number): HTMLElement;
  /** A row was clicked or pressed Enter on. */
  pick(i: number, event: MouseEvent | KeyboardEvent): void;
  /** A key the list does not know; true when it was used. */
  key?(key: string, active: number): boolean;
}

let lists = 0;

export class VirtualList {
  readonly element: HTMLElement;
  private readonly body = make("div", { class: "rows", role: "presentation" });
  private readonly prefix = `mrt-list-${lists++}`;
  private count = 0;
  private active = -1;

  constructor(private readonly options: ListOptions) {
    this.element = make("div", { class: "list", role: options.role, "aria-label": options.label, tabindex: "0" }, this.body);
    this.element.addEventListener("scroll", () => this.fill());
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.body.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-i]");
      if (row) options.pick(Number(row.dataset.i), event);
    });
  }

  /** Show `count` rows; `active` is the one the keyboard is on, -1 for none. */
  show(count: number, active: number): void {
    this.count = count;
    this.active = active;
    this.body.style.height = `${count * ROW}px`;
    if (active >= 0) this.scrollTo(active);
    this.fill();
  }

  /** Paint the rows in view again. */
  fill(): void {
    const { scrollTop, clientHeight } = this.element;
    if (!clientHeight) return;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    const last = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
    const rows: HTMLElement[] = [];
    for (let i = first; i < last; i++) {
      const row = this.options.row(i);
      row.id = `${this.prefix}-${i}`;
      row.dataset.i = String(i);
      row.style.top = `${i * ROW}px`;
      row.classList.toggle("active", i === this.active);
      rows.push(row);
    }
    this.body.replaceChildren(...rows);
    if (this.active >= first && this.active < last) this.element.setAttribute("aria-activedescendant", `${this.prefix}-${this.active}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  private scrollTo(i: number): void {
    const { scrollTop, clientHeight } = this.element;
    if (i * ROW < scrollTop) this.element.scrollTop = i * ROW;
    else if ((i + 1) * ROW > scrollTop + clientHeight) this.element.scrollTop = (i + 1) * ROW - clientHeight;
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
    const by = moves[event.key];
    if (by !== undefined && this.count) {
      const start = this.active < 0 ? (by > 0 ? -1 : this.count) : this.active;
      this.options.pick(Math.min(this.count - 1, Math.max(0, start + by)), event);
    } else if (event.key === "Enter" && this.active >= 0) this.options.pick(this.active, event);
    else if (!this.options.key?.(event.key, this.active)) return;
    event.preventDefault();
  }
}
