/** The keys: which action each means, and where the arrows lead. */

import type { Point } from "./layout";
import type { Flow } from "./layout/level";

export type Direction = "up" | "down" | "left" | "right";
export type Action = Direction | "zoomIn" | "zoomOut" | "fit" | "search" | "help" | "escape" | "toggle" | "out" | "splitKey" | "outline" | "table" | "path" | "menu";

/** What the arrows walk along. */
export interface Links {
  readonly producers: { get(id: string): readonly string[] | undefined };
  readonly consumers: { get(id: string): readonly string[] | undefined };
}

const ACTIONS: Readonly<Record<string, Action>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  f: "fit",
  "/": "search",
  "?": "help",
  Escape: "escape",
  Enter: "toggle",
  Backspace: "out",
  k: "splitKey",
  K: "splitKey",
  o: "outline",
  t: "table",
  p: "path",
  m: "menu",
};

/** The rows of the help panel. */
export const SHORTCUTS: readonly (readonly [keys: string, meaning: string])[] = [
  ["Arrows", "Follow an edge to a consumer or a producer, step through the siblings"],
  ["Enter", "Open or close a block, zoom to a node"],
  ["Backspace", "Select the block around the selection"],
  ["/", "Search; Enter and Shift+Enter step through the matches"],
  ["k", "Make the selected node a split key, or no longer"],
  ["p", "Show only what leads to the selection and what follows it"],
  ["o, t", "Show the outline, the table"],
  ["+  −  f", "Zoom in, zoom out, fit the graph"],
  ["Esc", "Clear the search, then the selection"],
  ["Click", "Select; with Shift add to the selection"],
  ["Double click", "Open or close a block, zoom to a node"],
  ["Right click, m", "What can be done with a node or a block"],
  ["Drag, wheel", "Pan, zoom at the pointer"],
  ["Alt", "While pointing: everything before and after the node"],
  ["?", "Show or hide this list"],
  ["Selection", "Blue edges lead in, orange edges lead out"],
];

/** Examples for the search, which share the panel with the shortcuts. */
export const QUERIES: readonly (readonly [query: string, meaning: string])[] = [
  ["conv", "a part of a name or an operator"],
  ["/stage[12]_.*add/", "a regular expression"],
  ["op = Convolution and kernel ~ 1", "fields: name, op, kind, shape, block, badge, params, and attributes"],
  ["value < 20 or not badge = \"8 bit\"", "values of the overlay, also under its label"],
];

/** What a key press means; combinations with Ctrl, Alt or Meta belong to the browser. */
export function actionFor(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey">): Action | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  return Object.hasOwn(ACTIONS, event.key) ? ACTIONS[event.key] : undefined;
}

export function isDirection(action: Action): action is Direction {
  return action === "up" || action === "down" || action === "left" || action === "right";
}

/** The direction an arrow means in a drawing that flows down. */
export function turned(direction: Direction, flow: Flow): Direction {
  const across = { right: "down", left: "up", down: "right", up: "left" } as const;
  return flow === "down" ? direction : across[direction];
}

/** The item an arrow leads to: the nearest consumer or producer, or the next sibling to that side. */
export function neighbour(graph: Links, places: ReadonlyMap<string, Point>, from: string, direction: Direction, flow: Flow = "down"): string | undefined {
  const here = places.get(from);
  if (!here) return undefined;
  if (direction === "down") return nearest(graph.consumers.get(from) ?? [], places, here);
  if (direction === "up") return nearest(graph.producers.get(from) ?? [], places, here);
  const row = siblings(graph, from).flatMap((id) => {
    const place = places.get(id);
    return place ? [{ id, place }] : [];
  });
  const along = ({ x, y }: Point): [number, number] => (flow === "down" ? [x, y] : [y, x]);
  row.sort((a, b) => along(a.place)[0] - along(b.place)[0] || along(a.place)[1] - along(b.place)[1]);
  const own = row.findIndex(({ id }) => id === from);
  return row[own + (direction === "right" ? 1 : -1)]?.id;
}

/** Items that share a producer or a consumer with this one, itself among them. */
function siblings(graph: Links, id: string): string[] {
  const above = (graph.producers.get(id) ?? []).flatMap((producer) => graph.consumers.get(producer) ?? []);
  const below = (graph.consumers.get(id) ?? []).flatMap((consumer) => graph.producers.get(consumer) ?? []);
  return [...new Set([id, ...above, ...below])];
}

function nearest(ids: readonly string[], places: ReadonlyMap<string, Point>, here: Point): string | undefined {
  const distance = (id: string): number => {
    const place = places.get(id);
    return place ? Math.hypot(place.x - here.x, place.y - here.y) : Infinity;
  };
  return [...ids].sort((a, b) => distance(a) - distance(b))[0];
}
