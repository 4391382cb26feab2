/** One face for the two hosts: anywidget in Jupyter and AnyWidgetComponent in Panel. */

interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

/** What a host hands to `render`; only Panel's carries a `view`. */
export interface RenderContext {
  model: Model;
  el: HTMLElement;
  view?: unknown;
}

/** The traits of one widget, read, written and watched. */
export interface Host<Traits> {
  readonly kind: "jupyter" | "panel";
  get<K extends keyof Traits & string>(name: K): unknown;
  set<K extends keyof Traits & string>(name: K, value: Traits[K]): void;
  /** Call back after `name` changed, from either side. */
  on<K extends keyof Traits & string>(name: K, callback: () => void): void;
  /** Stop every callback. */
  dispose(): void;
}

/** Wrap what the host gave to `render`. Values come back unchecked: each reader validates its own trait. */
export function makeHost<Traits>({ model, view }: RenderContext): Host<Traits> {
  const watched: [string, () => void][] = [];
  return {
    kind: view === undefined ? "jupyter" : "panel",
    get: (name) => plain(model.get(name)),
    set(name, value) {
      model.set(name, value);
      model.save_changes();
    },
    on(name, callback) {
      model.on(`change:${name}`, callback);
      watched.push([`change:${name}`, callback]);
    },
    dispose() {
      for (const [event, callback] of watched.splice(0)) model.off(event, callback);
    },
  };
}

/** Bokeh decodes some dictionaries as Map; the widgets know only plain objects. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (Array.isArray(value)) return value.some(isNested) ? value.map(plain) : value;
  if (isNested(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

function isNested(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof Map || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
