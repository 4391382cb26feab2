/** The bar over the graph: the search field, the zoom buttons and the list of shortcuts. */

import { icon, iconButton, make } from "./dom";
import { QUERIES, SHORTCUTS } from "./keyboard";
import { summary, type Search } from "./search";

const ICONS = {
  outline: "M2.5 3.5h11M5.5 8h8M5.5 12.5h8",
  expand: "M4.5 6.5 8 3l3.5 3.5M4.5 9.5 8 13l3.5-3.5",
  collapse: "M4.5 3 8 6.5 11.5 3M4.5 13 8 9.5l3.5 3.5",
  more: "M3.2 8h.6M7.7 8h.6M12.2 8h.6",
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
  outline(): void;
  expandAll(): void;
  collapseAll(): void;
  /** Open the menu under its button. */
  more(button: HTMLElement): void;
  /** Show all results of the search. */
  results(): void;
  /** Give the keyboard back to the graph. */
  leave(): void;
}

export interface Toolbar {
  readonly elements: readonly HTMLElement[];
  showSearch(search: Search): void;
  showZoom(zoom: number): void;
  /** Whether there are blocks to open and close. */
  showBlocks(any: boolean): void;
  focusSearch(): void;
  toggleHelp(): void;
  /** Close the list of shortcuts; false when it was not open. */
  closeHelp(): boolean;
}

export function makeToolbar(actions: ToolbarActions): Toolbar {
  const input = make("input", { type: "search", placeholder: "Find or query", "aria-label": "Search nodes by name, operator or query", spellcheck: "false", autocomplete: "off" });
  const found = make("span", { role: "status" });
  const count = make("button", { type: "button", class: "count", title: "Show the results as a list" }, found);
  count.addEventListener("click", actions.results);
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
  const blocks = [iconButton("Open all blocks", ICONS.expand, actions.expandAll), iconButton("Close all blocks", ICONS.collapse, actions.collapseAll)];
  const more = iconButton("More", ICONS.more, () => actions.more(more));
  more.setAttribute("aria-haspopup", "menu");
  const buttons = make(
    "div",
    { class: "group", role: "toolbar", "aria-label": "View" },
    iconButton("Outline", ICONS.outline, actions.outline),
    ...blocks,
    iconButton("Zoom out", ICONS.zoomOut, () => actions.zoom(1 / 1.25)),
    zoom,
    iconButton("Zoom in", ICONS.zoomIn, () => actions.zoom(1.25)),
    iconButton("Fit the graph", ICONS.fit, actions.fit),
    more,
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
      if (input.value !== state.query) input.value = state.query;
      found.textContent = summary(state);
      count.classList.toggle("problem", state.problem !== "");
      count.hidden = !state.query;
      input.setAttribute("aria-invalid", String(state.problem !== ""));
      for (const button of steps) button.hidden = !state.query;
    },
    showZoom(value) {
      const text = `${value < 0.1 ? (value * 100).toPrecision(1) : Math.round(value * 100)}%`;
      if (zoom.textContent !== text) zoom.textContent = text;
    },
    showBlocks: (any) => blocks.forEach((button) => (button.hidden = !any)),
    focusSearch: () => input.select(),
    toggleHelp: () => help.show(help.panel.hidden !== false),
    closeHelp: () => help.panel.hidden === false && (help.show(false), true),
  };
}

function makeHelp(): { button: HTMLButtonElement; panel: HTMLElement; show(open: boolean): void } {
  const rows = (list: typeof SHORTCUTS): HTMLElement[] => list.flatMap(([keys, meaning]) => [make("dt", {}, keys), make("dd", {}, meaning)]);
  const queries = [make("h2", {}, "Queries"), make("dl", { class: "queries" }, ...rows(QUERIES))];
  const panel = make("section", { class: "help", "aria-label": "Shortcuts" }, make("h2", {}, "Shortcuts"), make("dl", {}, ...rows(SHORTCUTS)), ...queries);
  const button = make("button", { type: "button", "aria-label": "Shortcuts", title: "Shortcuts", "aria-expanded": "false" }, "?");
  const show = (open: boolean): void => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  panel.hidden = true;
  button.addEventListener("click", () => show(panel.hidden !== false));
  return { button, panel, show };
}
