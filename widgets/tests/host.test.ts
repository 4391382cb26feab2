import { expect, test } from "vitest";
import { makeHost, type RenderContext } from "../src/lib/host";

interface Traits {
  selected: readonly string[];
  overlay: unknown;
}

/** Like anywidget's model: a change is told at once, on `set`. */
function jupyter(values: Record<string, unknown>): { context: RenderContext; saved: string[][] } {
  const listeners = new Map<string, Set<() => void>>();
  const saved: string[][] = [];
  let changed: string[] = [];
  const model = {
    get: (name: string) => values[name],
    set(name: string, value: unknown) {
      values[name] = value;
      changed.push(name);
      listeners.get(`change:${name}`)?.forEach((tell) => tell());
    },
    save_changes() {
      saved.push(changed);
      changed = [];
    },
    on: (event: string, tell: () => void) => void listeners.set(event, (listeners.get(event) ?? new Set()).add(tell)),
    off: (event: string, tell: () => void) => void listeners.get(event)?.delete(tell),
  };
  return { context: { model, el: {} as HTMLElement }, saved };
}

/** Like Panel's adapter: a change is told when it is saved, there is a view, and only named changes can be watched. */
function panel(values: Record<string, unknown>): { context: RenderContext; saved: string[][] } {
  const { context, saved } = jupyter(values);
  const pending = new Map<string, unknown>();
  const model = {
    ...context.model,
    set: (name: string, value: unknown) => void pending.set(name, value),
    save_changes() {
      for (const [name, value] of pending) context.model.set(name, value);
      pending.clear();
      context.model.save_changes();
    },
    on(event: string, tell: () => void) {
      if (!event.startsWith("change:")) throw new Error(`Event of type '${event}' not recognized.`);
      context.model.on(event, tell);
    },
  };
  return { context: { ...context, model, view: {} }, saved };
}

const HOSTS = [["jupyter", jupyter], ["panel", panel]] as const;

test.each(HOSTS)("%s: is recognised", (kind, fake) => {
  expect(makeHost<Traits>(fake({}).context).kind).toBe(kind);
});

test.each(HOSTS)("%s: a value that is set is saved, read back and told", (_, fake) => {
  const { context, saved } = fake({ selected: [] });
  const host = makeHost<Traits>(context);
  let told = 0;
  host.on("selected", () => told++);
  host.set("selected", ["a"]);
  expect(host.get("selected")).toEqual(["a"]);
  expect(saved).toEqual([["selected"]]);
  expect(told).toBe(1);
});

test.each(HOSTS)("%s: after dispose nothing is told", (_, fake) => {
  const host = makeHost<Traits>(fake({ selected: [] }).context);
  let told = 0;
  host.on("selected", () => told++);
  host.dispose();
  host.set("selected", ["a"]);
  expect(told).toBe(0);
});

test.each(HOSTS)("%s: maps become plain objects, at any depth", (_, fake) => {
  const overlay = new Map<string, unknown>([["label", "dB"], ["values", new Map([["a", 1]])]]);
  const host = makeHost<Traits>(fake({ overlay, selected: [new Map([["b", 2]])] }).context);
  expect(host.get("overlay")).toEqual({ label: "dB", values: { a: 1 } });
  expect(host.get("selected")).toEqual([{ b: 2 }]);
});
