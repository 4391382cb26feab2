/** The line under the graph: what is selected and what can be done with it, or how large the graph is; and the split with its problems. */

import { make } from "./dom";

export interface SelectionState {
  /** "" when nothing is selected. */
  readonly name: string;
  /** Whether it is a block that is open, a closed one, or a node. */
  readonly block: "open" | "closed" | null;
  /** Whether the node is a split key; null for what cannot be one. */
  readonly key: boolean | null;
  readonly path: boolean;
  /** Why the node is offered as a key, or "". */
  readonly offer: string;
  /** How large the graph is, said while nothing is selected. */
  readonly size: string;
}

export interface SelectionActions {
  toggle(): void;
  splitKey(): void;
  path(): void;
  copy(): void;
}

export class SelectionBar {
  readonly element: HTMLElement;
  private readonly name = make("span", { class: "what" });
  private readonly toggle = make("button", { type: "button" });
  private readonly key = make("button", { type: "button", title: "Split the network after this node (k)" }, "Split key");
  private readonly path = make("button", { type: "button", title: "Show only what leads here and what follows (p)" }, "Path");
  private readonly tools: HTMLElement;
  private readonly idle = make("span", { class: "idle" });
  private readonly split = make("div", { class: "split", role: "status" });

  constructor(actions: SelectionActions) {
    const copy = make("button", { type: "button", title: "Copy the name" }, "Copy name");
    this.tools = make("div", { class: "tools", role: "toolbar", "aria-label": "Selection" }, this.name, this.toggle, this.key, this.path, copy);
    this.element = make("div", { class: "foot" }, this.tools, this.idle, this.split);
    this.toggle.addEventListener("click", actions.toggle);
    this.key.addEventListener("click", actions.splitKey);
    this.path.addEventListener("click", actions.path);
    copy.addEventListener("click", actions.copy);
    this.tools.hidden = this.split.hidden = true;
  }

  show({ name, block, key, path, offer, size }: SelectionState): void {
    this.tools.hidden = !name;
    this.idle.hidden = Boolean(name);
    this.idle.textContent = size;
    this.name.textContent = offer ? `${name} · ${offer}` : name;
    this.name.title = this.name.textContent;
    this.toggle.hidden = !block;
    this.toggle.textContent = block === "open" ? "Close" : "Open";
    this.key.hidden = key === null;
    this.key.setAttribute("aria-pressed", String(key === true));
    this.path.setAttribute("aria-pressed", String(path));
  }

  showSplit(summary: string, problems: readonly string[]): void {
    this.split.hidden = !summary && !problems.length;
    const text = problems.length > 1 ? `${problems[0] ?? ""} (and ${problems.length - 1} more)` : (problems[0] ?? "");
    this.split.replaceChildren(...(summary ? [make("span", {}, summary)] : []), ...(text ? [make("strong", { title: problems.join("\n") }, text)] : []));
  }
}
