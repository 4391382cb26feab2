/** The component: joins the host's traits, the plots, the slider, the number field and the numbers. */

import { make } from "../dom";
import type { Host } from "../host";
import { applyTheme, themeFor, type Theme } from "../theme";
import { toPixel, toValue } from "./axis";
import { number, parseLab } from "./data";
import { Head } from "./head";
import { keyAction } from "./keys";
import { Numbers } from "./numbers";
import { draw, frameOf, type Frame } from "./plot";
import { BITS, predict } from "./predict";
import { curveOf, reachOf, type Shown } from "./shown";
import { CSS } from "./style";
import { parseCurve, type LabTraits } from "./traits";
import { decibelText, figure, percent } from "./words";

const EMPTY = "Select a tensor to see its threshold.";
const HEIGHT = 420;

export class ThresholdLab {
  private readonly root = make("div", { class: "mrt-lab" });
  private readonly sheet = make("div", { class: "sheet" });
  private readonly status = make("div", { class: "status" }, EMPTY);
  private readonly plots = make("div", { class: "plots" });
  private readonly canvas = make("canvas", { "aria-hidden": "true" });
  private readonly line = make("div", { class: "line", role: "slider", tabindex: "0", "aria-orientation": "horizontal" });
  private readonly key = make("div", { class: "key", "aria-hidden": "true" });
  private readonly context: CanvasRenderingContext2D;
  private readonly head: Head;
  private readonly numbers: Numbers;
  private readonly observer = new ResizeObserver(() => this.paint());
  private theme: Theme;
  private shown: Shown | null = null;
  private frame: Frame | null = null;
  private reach = 1;
  private dragging = false;
  /** Whether a person has moved the line and not told the host yet: what the host sends meanwhile does not move it. */
  private held = false;
  private waiting = 0;

  constructor(
    private readonly host: Host<LabTraits>,
    el: HTMLElement,
  ) {
    const context = this.canvas.getContext("2d");
    if (!context) throw new Error("This browser gave no 2D canvas.");
    this.context = context;
    this.theme = themeFor(host.get("theme"));
    this.head = new Head({
      move: (threshold) => this.hold(threshold),
      commit: () => this.commit(),
      cancel: () => this.cancel(),
      reset: () => this.set(this.shown?.lab.observed ?? 0),
      show: (change) => this.update(change),
    });
    this.numbers = new Numbers({
      chooseBits: (bits) => this.chooseBits(bits),
      choosePick: (name, threshold) => {
        host.set("observer", name);
        this.set(threshold);
      },
      hint: (hinted) => this.update({ hinted }),
    });
    this.plots.append(this.canvas, this.key, this.line);
    this.sheet.append(this.head.element, make("div", { class: "body" }, this.plots, ...this.numbers.elements));
    this.root.append(this.sheet, this.status);
    el.append(make("style", {}, CSS), this.root);
    applyTheme(this.root, this.theme);
    this.followHeight(el);
    this.listen();
    this.load();
    this.observer.observe(this.plots);
    Object.assign(this.root, { __mrt: { shown: () => this.shown, frame: () => this.frame } });
  }

  dispose(): void {
    cancelAnimationFrame(this.waiting);
    this.observer.disconnect();
    this.host.dispose();
    this.root.remove();
  }

  // --- traits -------------------------------------------------------------------------------------------------------

  private load(): void {
    const lab = parseLab(this.host.get("lab"));
    this.sheet.hidden = !lab;
    this.status.hidden = lab !== null;
    if (!lab) {
      this.shown = null;
      return;
    }
    const same = this.shown?.lab.tensor === lab.tensor ? this.shown : null;
    if (!same) this.held = false;
    const threshold = this.held && same ? same.prediction.threshold : lab.threshold;
    this.reach = reachOf(lab, threshold);
    const bits = same?.bits ?? clamp(lab.bits);
    this.shown = {
      lab,
      prediction: predict(lab, threshold),
      mode: same?.mode ?? "magnitude",
      log: same?.log ?? true,
      bits,
      curve: curveOf(lab, bits, this.reach),
      weighed: same?.weighed ?? null,
      hinted: null,
    };
    this.render();
  }

  private follow(): void {
    const threshold = number(this.host.get("threshold"));
    if (this.shown && !this.held && threshold > 0) this.move(threshold);
  }

  private followHeight(el: HTMLElement): void {
    if (this.host.kind === "panel") {
      el.style.height = "100%";
      return;
    }
    const follow = (): void => {
      this.root.style.height = `${Number(this.host.get("height_px")) || HEIGHT}px`;
    };
    this.host.on("height_px", follow);
    follow();
  }

  // --- changes ------------------------------------------------------------------------------------------------------

  /** Show another threshold without telling anyone. */
  private move(threshold: number): void {
    if (!this.shown) return;
    if (threshold > this.reach) {
      this.reach = reachOf(this.shown.lab, threshold);
      this.shown = { ...this.shown, curve: curveOf(this.shown.lab, this.shown.bits, this.reach) };
    }
    this.update({ prediction: predict(this.shown.lab, threshold) });
  }

  private hold(threshold: number): void {
    this.held = true;
    this.move(threshold);
  }

  private set(threshold: number): void {
    this.move(threshold);
    this.commit();
  }

  /** Tell the host what is shown. */
  private commit(): void {
    this.held = false;
    const threshold = this.shown?.prediction.threshold;
    if (threshold && threshold !== number(this.host.get("threshold"))) this.host.set("threshold", threshold);
  }

  private cancel(): void {
    this.dragging = this.held = false;
    if (this.shown) this.move(this.shown.lab.threshold);
  }

  private chooseBits(bits: number): void {
    if (this.shown) this.update({ bits, curve: curveOf(this.shown.lab, bits, this.reach) });
  }

  private update(change: Partial<Shown>): void {
    if (!this.shown) return;
    this.shown = { ...this.shown, ...change };
    this.waiting ||= requestAnimationFrame(() => this.render());
  }

  // --- drawing ------------------------------------------------------------------------------------------------------

  private render(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    if (!this.shown) return;
    this.head.show(this.shown);
    this.numbers.show(this.shown);
    this.paint();
  }

  private paint(): void {
    const { shown } = this;
    const { clientWidth: width, clientHeight: height } = this.plots;
    if (!shown || !width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (this.canvas.width !== size.width || this.canvas.height !== size.height) Object.assign(this.canvas, size);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.frame = frameOf(shown, width, height, this.reach);
    draw(this.context, shown, this.frame, this.theme);
    this.place(shown, this.frame);
  }

  /** The parts of the plots that are elements. */
  private place(shown: Shown, { x, upper, lower }: Frame): void {
    const { prediction, lab, bits } = shown;
    this.line.style.top = `${(upper[0] + upper[1]) / 2}px`;
    this.line.style.left = `${toPixel(x, x.high < prediction.threshold ? -prediction.threshold : prediction.threshold)}px`;
    const words = `${figure(prediction.threshold)}, ${percent(prediction.clipped)} of the values beyond, ${decibelText(prediction.sqnr[BITS.indexOf(bits)] ?? null)} at ${bits} bit`;
    const values = { "aria-label": `Threshold of ${lab.tensor}`, "aria-valuemin": "0", "aria-valuemax": String(this.reach), "aria-valuenow": String(prediction.threshold), "aria-valuetext": words };
    for (const [name, value] of Object.entries(values)) this.line.setAttribute(name, value);
    const lines = [["total", "total"], ["rounding", "rounding"], ["clipping", "clipping"], ...(shown.weighed ? [["weighed", shown.weighed.label]] : [])];
    this.key.replaceChildren(...lines.map(([kind = "", label = ""]) => make("span", { class: kind }, make("i"), label)));
    this.key.style.top = `${lower[0] - 19}px`;
  }

  // --- input --------------------------------------------------------------------------------------------------------

  private listen(): void {
    const { host, plots, line } = this;
    host.on("lab", () => this.load());
    host.on("threshold", () => this.follow());
    host.on("curve", () => this.update({ weighed: parseCurve(host.get("curve")) }));
    host.on("theme", () => {
      this.theme = themeFor(host.get("theme"));
      applyTheme(this.root, this.theme);
      this.paint();
    });
    plots.addEventListener("pointerdown", (event) => this.grab(event));
    plots.addEventListener("pointermove", (event) => this.dragging && this.drag(event));
    plots.addEventListener("pointerup", () => this.drop());
    plots.addEventListener("pointercancel", () => this.cancel());
    line.addEventListener("blur", () => !this.dragging && this.commit());
    // The notebook has shortcuts of its own, for single letters too.
    this.root.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.target === line) this.pressed(event);
    });
  }

  private grab(event: PointerEvent): void {
    if (!this.shown || event.button !== 0) return;
    this.dragging = true;
    this.plots.setPointerCapture(event.pointerId);
    this.line.focus({ preventScroll: true });
    event.preventDefault();
    this.drag(event);
  }

  private drag(event: PointerEvent): void {
    const { frame, shown } = this;
    if (!frame || !shown) return;
    const value = toValue(frame.x, event.clientX - this.plots.getBoundingClientRect().left);
    this.hold(Math.min(Math.max(Math.abs(value), this.reach / 1000), this.reach));
  }

  private drop(): void {
    if (!this.dragging) return;
    this.dragging = false;
    this.commit();
  }

  private pressed(event: KeyboardEvent): void {
    if (!this.shown || event.ctrlKey || event.altKey || event.metaKey) return;
    const { lab, prediction } = this.shown;
    const action = keyAction(event.key, event.shiftKey, prediction.threshold, lab.absmax);
    if (action === undefined) return;
    event.preventDefault();
    if (action === "commit") this.commit();
    else if (action === "cancel") this.cancel();
    else this.hold(action.move);
  }
}

/** A precision that there is a prediction for. */
function clamp(bits: number): number {
  return Math.min(Math.max(Math.round(bits), BITS[0] ?? 4), BITS.at(-1) ?? 16);
}
