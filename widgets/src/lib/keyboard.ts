/** The keys: which action each means, and where the arrows lead. */

import type { Graph } from "./graph";
import type { Point } from "./layout";

export type Direction = "up" | "down" | "left" | "right";
export type Action = Direction | "zoomIn" | "zoomOut" | "fit" | "search" | "help" | "escape";

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
};

/** The rows of the help panel. */
export const SHORTCUTS: readonly (readonly [keys: string, meaning: string])[] = [
  ["↓  ↑", "Follow an edge to a consumer, to a producer"],
  ["←  →", "Step through the siblings"],
  ["+  −", "Zoom in, zoom out"],
  ["f", "Fit the graph"],
  ["/", "Search; Enter and Shift+Enter step through the matches"],
  ["Esc", "Clear the search, then the selection"],
  ["Click", "Select; with Shift add to the selection"],
  ["Double click", "Zoom to a node"],
  ["Drag, wheel", "Pan, zoom at the pointer"],
  ["?", "Show or hide this list"],
  ["Selection", "Blue edges lead in, orange edges lead out"],
];

/** What a key press means; combinations with Ctrl, Alt or Meta belong to the browser. */
export function actionFor(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey">): Action | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  return Object.hasOwn(ACTIONS, event.key) ? ACTIONS[event.key] : undefined;
}

export function isDirection(action: Action): action is Direction {
  return action === "up" || action === "down" || action === "left" || action === "right";
}

/** The node an arrow leads to: the nearest consumer or producer, or the next sibling to that side. */
export function neighbour(graph: Graph, places: ReadonlyMap<string, Point>, from: string, direction: Direction): string | undefined {
  const here = places.get(from);
  if (!here) return undefined;
  if (direction === "down") return nearest(graph.consumers.get(from) ?? [], places, here);
  if (direction === "up") return nearest(graph.producers.get(from) ?? [], places, here);
  const row = siblings(graph, from).flatMap((id) => {
    const place = places.get(id);
    return place ? [{ id, place }] : [];
  });
  row.sort((a, b) => a.place.x - b.place.x || a.place.y - b.place.y);
  const own = row.findIndex(({ id }) => id === from);
  return row[own + (direction === "right" ? 1 : -1)]?.id;
}

/** Nodes that share a producer or a consumer with this one, itself among them. */
function siblings(graph: Graph, id: string): string[] {
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
