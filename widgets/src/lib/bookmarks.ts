/** Bookmarks: a name for a view and its open blocks. They travel in the `viewport` trait, so that a notebook keeps them. */

import type { View } from "./camera";
import { list, record, text } from "./graph";

export interface Bookmark {
  readonly name: string;
  readonly view: View;
  readonly open: readonly string[];
}

/** A view as the trait has it; null when it is not complete. */
export function parseView(raw: unknown): View | null {
  const { x, y, zoom } = record(raw);
  const usable = [x, y, zoom].every((value) => typeof value === "number" && Number.isFinite(value)) && (zoom as number) > 0;
  return usable ? { x: x as number, y: y as number, zoom: zoom as number } : null;
}

/** The bookmarks in the `viewport` trait. */
export function parseBookmarks(raw: unknown): Bookmark[] {
  return list(record(raw).bookmarks).flatMap((item) => {
    const { name, open, ...rest } = record(item);
    const view = parseView(rest);
    return view && text(name) ? [{ name: text(name), view, open: list(open).map(text) }] : [];
  });
}

/** The trait's value. */
export function viewportTrait(view: View, bookmarks: readonly Bookmark[]): Record<string, unknown> {
  const marks = bookmarks.map(({ name, view: own, open }) => ({ name, ...own, open: [...open] }));
  return { ...view, ...(marks.length ? { bookmarks: marks } : {}) };
}
