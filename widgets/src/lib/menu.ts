/** A menu of actions under a button or at the pointer, usable with the keyboard. */

import { make } from "./dom";

export interface MenuItem {
  readonly label: string;
  /** For items that are on or off. */
  readonly checked?: boolean;
  readonly key?: string;
  run(): void;
}

/** Items, with null for a line between groups. */
export type MenuItems = readonly (MenuItem | null)[];

export class Menu {
  readonly element = make("div", { class: "menu", role: "menu" });
  private back: HTMLElement | null = null;

  constructor() {
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("focusout", (event) => {
      if (!this.element.contains(event.relatedTarget as Node | null)) this.close(false);
    });
  }

  /** Open at a point of the frame; the keyboard goes back to `back` afterwards. */
  open(items: MenuItems, x: number, y: number, back: HTMLElement): void {
    this.back = back;
    this.element.replaceChildren(...items.map((item) => (item ? this.item(item) : make("hr"))));
    this.element.hidden = false;
    const frame = this.element.offsetParent;
    const most = { x: (frame?.clientWidth ?? 0) - this.element.offsetWidth - 8, y: (frame?.clientHeight ?? 0) - this.element.offsetHeight - 8 };
    this.element.style.left = `${Math.max(8, Math.min(x, most.x))}px`;
    this.element.style.top = `${Math.max(8, Math.min(y, most.y))}px`;
    this.buttons()[0]?.focus();
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  close(giveBack = true): void {
    if (!this.isOpen) return;
    this.element.hidden = true;
    if (giveBack) this.back?.focus();
  }

  private item({ label, checked, key, run }: MenuItem): HTMLElement {
    const role = checked === undefined ? "menuitem" : "menuitemcheckbox";
    const button = make("button", { type: "button", role, tabindex: "-1" }, make("span", { class: "tick", "aria-hidden": "true" }, checked ? "✓" : ""), label, ...(key ? [make("kbd", {}, key)] : []));
    if (checked !== undefined) button.setAttribute("aria-checked", String(checked));
    button.addEventListener("click", () => {
      this.close();
      run();
    });
    return button;
  }

  private press(event: KeyboardEvent): void {
    const buttons = this.buttons();
    const at = buttons.findIndex((button) => button.matches(":focus"));
    const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const next = steps[event.key];
    if (next !== undefined) buttons.at(next % buttons.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") this.close();
    else return;
    event.preventDefault();
  }

  private buttons(): HTMLElement[] {
    return [...this.element.querySelectorAll<HTMLElement>("button")];
  }
}
