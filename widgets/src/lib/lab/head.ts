/** The bar on top: the tensor, its threshold as a number, and what the plots show. */

import { make } from "../dom";
import type { Lab } from "./data";
import type { Mode, Shown } from "./shown";
import { figure, typed } from "./words";

export interface HeadActions {
  /** Show a threshold that is being typed. */
  move(threshold: number): void;
  commit(): void;
  cancel(): void;
  reset(): void;
  show(change: Partial<Pick<Shown, "mode" | "log">>): void;
}

const MODES: readonly [Mode, string, string][] = [
  ["magnitude", "|x|", "Magnitudes"],
  ["signed", "x", "Values with their sign"],
  ["channels", "Channels", "The range of each channel"],
];

export class Head {
  readonly element: HTMLElement;
  private readonly title = make("div", { class: "title" });
  private readonly input = make("input", { type: "text", inputmode: "decimal", "aria-label": "Threshold", spellcheck: "false", autocomplete: "off" });
  private readonly origin = make("div", { class: "origin" });
  private readonly reset = make("button", { type: "button", title: "Back to the observer's threshold" }, "Reset");
  private readonly modes = MODES.map(([mode, label, title]) => [mode, make("button", { type: "button", title }, label)] as const);
  private readonly log = make("button", { type: "button", title: "Counts on a logarithmic axis" }, "Log");

  constructor(private readonly actions: HeadActions) {
    const label = make("label", { class: "field" }, "Threshold", this.input);
    const modes = make("div", { class: "segments", role: "group", "aria-label": "What is drawn" }, ...this.modes.map(([, button]) => button));
    this.element = make("header", {}, this.title, label, this.reset, this.origin, modes, this.log);
    this.reset.addEventListener("click", () => actions.reset());
    for (const [mode, button] of this.modes) button.addEventListener("click", () => actions.show({ mode }));
    this.log.addEventListener("click", () => actions.show({ log: this.log.getAttribute("aria-pressed") !== "true" }));
    this.input.addEventListener("input", () => this.typedIn());
    this.input.addEventListener("change", () => this.leave());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
  }

  show({ lab, prediction, mode, log }: Shown): void {
    this.title.replaceChildren(make("b", {}, lab.tensor), make("span", {}, [lab.op, lab.shape, `${figure(lab.minimum)} to ${figure(lab.maximum)}`].filter(Boolean).join(" · ")));
    this.title.title = lab.tensor;
    if (!this.isTyping()) this.input.value = figure(prediction.threshold, 6);
    this.origin.textContent = originOf(lab, prediction.threshold);
    this.reset.disabled = prediction.threshold === lab.observed;
    for (const [each, button] of this.modes) button.setAttribute("aria-pressed", String(each === mode));
    this.log.setAttribute("aria-pressed", String(log));
    this.log.disabled = mode === "channels";
  }

  private isTyping(): boolean {
    return this.input.getAttribute("aria-invalid") === "true" || this.input.dataset.typing === "yes";
  }

  private typedIn(): void {
    const value = typed(this.input.value);
    this.input.setAttribute("aria-invalid", String(value === null));
    this.input.dataset.typing = "yes";
    if (value !== null) this.actions.move(value);
  }

  private leave(): void {
    const wasTyping = this.input.dataset.typing === "yes";
    const value = typed(this.input.value);
    this.rest();
    if (!wasTyping) return;
    if (value === null) this.actions.cancel();
    else this.actions.commit();
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key === "Enter") this.leave();
    if (event.key !== "Escape") return;
    this.rest();
    this.actions.cancel();
  }

  private rest(): void {
    this.input.removeAttribute("aria-invalid");
    delete this.input.dataset.typing;
  }
}

/** Where the threshold comes from. */
function originOf(lab: Lab, threshold: number): string {
  const observed = `${lab.observer} chose ${figure(lab.observed)}`;
  if (threshold === lab.observed) return `As ${observed}`;
  return threshold === lab.threshold ? `Set by hand; ${observed}` : `Not set yet; ${observed}`;
}
