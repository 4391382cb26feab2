/** The numbers beside the plots: what is clipped, the SQNR by precision, consumers, observers, samples, and what is redone. */

import { make } from "../dom";
import type { Lab } from "./data";
import { BITS, type Effect, type Prediction } from "./predict";
import type { Shown } from "./shown";
import { decibelText, figure, percent } from "./words";

export interface NumberActions {
  chooseBits(bits: number): void;
  choosePick(name: string, threshold: number): void;
  hint(threshold: number | null): void;
}

export class Numbers {
  readonly elements: readonly HTMLElement[];
  private readonly tiles = make("div", { class: "tiles" });
  private readonly ladder = make("div", { class: "ladder", role: "group", "aria-label": "Predicted SQNR in dB, by bits" });
  private readonly effects = make("ul", { class: "effects" });
  private readonly picks = make("ul", { class: "picks" });
  private readonly samples = make("ul", { class: "samples" });
  private readonly redone = make("details", { class: "redone" });
  private readonly steps: HTMLButtonElement[] = [];
  private lab: Lab | null = null;

  constructor(private readonly actions: NumberActions) {
    for (const bits of BITS) {
      const button = make("button", { type: "button", title: `Show the error at ${bits} bit` }, make("span", {}, String(bits), unseen(" bit: ")), make("b"), unseen(" dB"));
      button.addEventListener("click", () => actions.chooseBits(bits));
      this.steps.push(button);
      this.ladder.append(button);
    }
    this.elements = [
      make("section", { class: "figures" }, this.tiles, heading("Predicted SQNR, dB by bits"), this.ladder, heading("Effect on consumers"), this.effects),
      make("section", { class: "choices" }, heading("Observers"), this.picks, heading("Largest samples"), this.samples, this.redone),
    ];
  }

  /** Show what follows from the threshold. */
  show(shown: Shown): void {
    const { lab, prediction, bits } = shown;
    if (this.lab !== lab) this.take(lab);
    const chosen = prediction.sqnr[BITS.indexOf(bits)] ?? null;
    this.tiles.replaceChildren(
      tile(percent(prediction.clipped), "values beyond"),
      tile(`${prediction.clippedSamples} of ${lab.samples}`, lab.samples === 1 ? "sample clipped" : "samples clipped"),
      tile(decibelText(chosen), `at ${bits} bit`),
    );
    this.steps.forEach((button, i) => {
      const value = prediction.sqnr[i] ?? null;
      (button.querySelector("b") as HTMLElement).textContent = value === null ? "∞" : value.toFixed(0);
      button.setAttribute("aria-pressed", String(BITS[i] === bits));
    });
    this.effects.replaceChildren(...effectRows(lab, prediction));
  }

  /** What does not change with the threshold. */
  private take(lab: Lab): void {
    this.lab = lab;
    this.picks.replaceChildren(...[...lab.picks].sort((a, b) => b.threshold - a.threshold).map((pick) => this.pickRow(pick.name, pick.help, pick.threshold, pick.name === lab.observer)));
    this.samples.replaceChildren(...lab.extremes.top.map((row) => make("li", {}, make("span", {}, `Sample ${row.sample}`), make("span", {}, `${figure(row.minimum)} to ${figure(row.maximum)}`))));
    const summary = make("summary", {}, `A re-run redoes ${lab.cone.length} ${lab.cone.length === 1 ? "node" : "nodes"}`);
    this.redone.replaceChildren(summary, make("p", {}, lab.cone.join(", ")));
  }

  private pickRow(name: string, help: string, threshold: number, current: boolean): HTMLElement {
    const label = make("span", {}, name, ...(current ? [" ", make("i", {}, "in use")] : []));
    const button = make("button", { type: "button", title: help }, label, " ", make("span", {}, figure(threshold)));
    button.addEventListener("click", () => this.actions.choosePick(name, threshold));
    for (const [event, value] of [["pointerenter", threshold], ["focus", threshold], ["pointerleave", null], ["blur", null]] as const) button.addEventListener(event, () => this.actions.hint(value));
    return make("li", {}, button);
  }
}

function effectRows(lab: Lab, { threshold, own, ownSqnr, effects }: Prediction): HTMLElement[] {
  if (lab.problem) return [make("li", { class: "problem" }, lab.problem)];
  const measured = threshold === lab.threshold ? lab.measured : new Map<string, number>();
  const rows = effects.map((effect) => effectRow(effect, measured.get(effect.request.consumer)));
  if (own) rows.unshift(row(lab.tensor, "itself", decibelText(ownSqnr), `${own.bits} bit · scale ${figure(own.scale)}`, measured.get(lab.tensor)));
  return rows.length ? rows : [make("li", {}, "Nothing reads it.")];
}

function effectRow({ request, got, largest, used, clipsAt, sqnr }: Effect, measured: number | undefined): HTMLElement {
  const name = request.consumer || "output";
  if (!got) return problem(name, "The threshold is too small beside the integer step: no multiplier fits INT32.");
  if (!got.threshold) return problem(name, "Everything becomes zero.");
  const steps = [got.frac > 1 && `× ${got.frac}`, got.shift > 0 && `>> ${got.shift}`].filter(Boolean).join(" ") || "as it is";
  const codes = `${used.toLocaleString("en")} of ${largest.toLocaleString("en")} codes`;
  return row(name, request.op, decibelText(sqnr), [`${got.bits} bit`, `scale ${figure(got.scale)}`, steps, codes, `ends at ${figure(clipsAt)}`].join(" · "), measured);
}

function row(name: string, what: string, predicted: string, words: string, measured: number | undefined): HTMLElement {
  const found = measured === undefined ? [] : [make("small", { class: "measured" }, `measured ${decibelText(measured)}, the node alone`)];
  return make("li", {}, make("span", { title: name }, make("b", {}, name), what), make("span", {}, predicted), make("small", {}, words), ...found);
}

function problem(name: string, words: string): HTMLElement {
  return make("li", { class: "problem" }, make("b", {}, name), make("small", {}, words));
}

/** Text for screen readers alone. */
function unseen(text: string): HTMLElement {
  return make("i", { class: "unseen" }, text);
}

function tile(value: string, label: string): HTMLElement {
  return make("div", {}, make("b", {}, value), make("span", {}, label));
}

function heading(words: string): HTMLElement {
  return make("h4", {}, words);
}
