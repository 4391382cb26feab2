/** The bar over the graph: the search field, the zoom buttons and the list of shortcuts. */

import { icon, iconButton, make } from "./dom";
import { SHORTCUTS } from "./keyboard";
import { summary, type Search } from "./search";

const ICONS = {
  search: "M7 12.2A5.2 5.2 0 1 0 7 1.8a5.2 5.2 0 0 0 0 10.4ZM11 11l3.4 3.4",
  previous: "M4 10l4-4 4 4",
  next: "M4 6l4 4 4-4",
  clear: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  zoomIn: "M8 3.5v9M3.5 8h9",
  zoomOut: "M3.5 8h9",
  fit: "M2.5 6V3.5a1 1 0 0 1 1-1H6M10 2.5h2.5a1 1 0 0 1 1 1V6M13.5 10v2.5a1 1 0 0 1-1 1H10M6 13.5H3.5a1 1 0 0 1-1-1V10",
};

/** What the bar asks of its owner. */
export interface ToolbarActions {
  search(query: string): void;
  step(by: 1 | -1): void;
  zoom(factor: number): void;
  fit(): void;
  /** Give the keyboard back to the graph. */
  leave(): void;
}

export interface Toolbar {
  readonly elements: readonly HTMLElement[];
  showSearch(search: Search): void;
  showZoom(zoom: number): void;
  focusSearch(): void;
  toggleHelp(): void;
  /** Close the list of shortcuts; false when it was not open. */
  closeHelp(): boolean;
}

export function makeToolbar(actions: ToolbarActions): Toolbar {
  const input = make("input", { type: "search", placeholder: "Search name or operator", "aria-label": "Search nodes by name or operator", spellcheck: "false", autocomplete: "off" });
  const count = make("span", { class: "count", role: "status" });
  const clear = (): void => {
    input.value = "";
    actions.search("");
  };
  const steps = [
    iconButton("Previous match", ICONS.previous, () => actions.step(-1)),
    iconButton("Next match", ICONS.next, () => actions.step(1)),
    iconButton("Clear search", ICONS.clear, () => (clear(), input.focus())),
  ];
  const zoom = make("span", { class: "zoom" });
  const help = makeHelp();
  const search = make("div", { class: "group", role: "search" }, icon(ICONS.search), input, count, ...steps);
  const buttons = make(
    "div",
    { class: "group", role: "toolbar", "aria-label": "View" },
    iconButton("Zoom out", ICONS.zoomOut, () => actions.zoom(1 / 1.25)),
    zoom,
    iconButton("Zoom in", ICONS.zoomIn, () => actions.zoom(1.25)),
    iconButton("Fit the graph", ICONS.fit, actions.fit),
    help.button,
  );
  input.addEventListener("input", () => actions.search(input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") actions.step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") input.value ? clear() : actions.leave();
    else return;
    event.preventDefault();
  });
  return {
    elements: [make("div", { class: "bar" }, search, buttons), help.panel],
    showSearch(state) {
      if (!state.query) input.value = "";
      count.textContent = summary(state);
      for (const button of steps) button.hidden = !state.query;
    },
    showZoom: (value) => (zoom.textContent = `${value < 0.1 ? (value * 100).toPrecision(1) : Math.round(value * 100)}%`),
    focusSearch: () => input.select(),
    toggleHelp: () => help.show(help.panel.hidden !== false),
    closeHelp: () => help.panel.hidden === false && (help.show(false), true),
  };
}

function makeHelp(): { button: HTMLButtonElement; panel: HTMLElement; show(open: boolean): void } {
  const rows = SHORTCUTS.flatMap(([keys, meaning]) => [make("dt", {}, keys), make("dd", {}, meaning)]);
  const panel = make("section", { class: "help", "aria-label": "Shortcuts" }, make("h2", {}, "Shortcuts"), make("dl", {}, ...rows));
  const button = make("button", { type: "button", "aria-label": "Shortcuts", title: "Shortcuts", "aria-expanded": "false" }, "?");
  const show = (open: boolean): void => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  panel.hidden = true;
  button.addEventListener("click", () => show(panel.hidden !== false));
  return { button, panel, show };
}
