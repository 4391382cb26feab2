/** The panel in which style rules are written, saved and loaded. */

import { iconButton, make } from "./dom";
import { download } from "./export";
import { readRules, RULE_COLOURS, writeRules, type Rule } from "./rules";

const CROSS = "M4.5 4.5l7 7M11.5 4.5l-7 7";

export class RuleEditor {
  readonly element: HTMLElement;
  private readonly rows = make("div", { class: "rules" });
  private readonly problem = make("p", { role: "status" });
  private rules: readonly Rule[] = [];

  constructor(private readonly changed: (rules: readonly Rule[]) => void) {
    // Never in the page: a click on it is all that it is for.
    const file = make("input", { type: "file", accept: "application/json,.json" });
    file.addEventListener("change", () => void this.load(file));
    const button = (label: string, run: () => void): HTMLElement => {
      const made = make("button", { type: "button", class: "wide" }, label);
      made.addEventListener("click", run);
      return made;
    };
    this.element = make(
      "section",
      { class: "help", "aria-label": "Style rules" },
      make("div", { class: "title" }, make("h2", {}, "Style rules"), iconButton("Close the style rules", CROSS, () => (this.element.hidden = true))),
      this.rows,
      make("div", { class: "actions" }, button("Add a rule", () => this.add()), button("Save", () => download("styles.json", writeRules(this.rules), "application/json")), button("Load", () => file.click())),
      this.problem,
    );
    this.element.hidden = true;
  }

  open(): void {
    this.element.hidden = false;
    if (!this.rules.length) this.add();
    this.rows.querySelector("input")?.focus();
  }

  private add(): void {
    this.set([...this.rules, { query: "", colour: RULE_COLOURS[this.rules.length % RULE_COLOURS.length] ?? "#d9480f" }]);
  }

  private async load(file: HTMLInputElement): Promise<void> {
    const text = await file.files?.[0]?.text();
    file.value = "";
    if (text === undefined) return;
    const rules = readRules(text);
    this.problem.textContent = rules ? "" : "The file holds no style rules.";
    if (rules) this.set(rules);
  }

  private set(rules: readonly Rule[]): void {
    this.rules = rules;
    this.rows.replaceChildren(...rules.map((rule, i) => this.row(rule, i)));
    this.changed(rules);
  }

  private row({ query, colour }: Rule, i: number): HTMLElement {
    const text = make("input", { type: "text", "aria-label": "Query", placeholder: "Query, such as op = Pooling", spellcheck: "false" });
    const pick = make("input", { type: "color", "aria-label": "Colour" });
    text.value = query;
    pick.value = colour;
    const change = (): void => {
      this.rules = this.rules.map((rule, j) => (i === j ? { query: text.value, colour: pick.value } : rule));
      this.changed(this.rules);
    };
    text.addEventListener("input", change);
    pick.addEventListener("input", change);
    return make("div", {}, text, pick, iconButton("Remove the rule", CROSS, () => this.set(this.rules.filter((_, j) => j !== i))));
  }
}
