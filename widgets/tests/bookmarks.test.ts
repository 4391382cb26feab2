import { expect, test } from "vitest";
import { parseBookmarks, parseView, viewportTrait } from "../src/lib/bookmarks";

const VIEW = { x: 1, y: -2, zoom: 0.5 };

test("a view and its bookmarks come back from the trait", () => {
  const bookmarks = [{ name: "head", view: { x: 9, y: 8, zoom: 1 }, open: ["a"] }];
  const trait = viewportTrait(VIEW, bookmarks);
  expect(parseView(trait)).toEqual(VIEW);
  expect(parseBookmarks(trait)).toEqual(bookmarks);
  expect(viewportTrait(VIEW, [])).toEqual(VIEW);
});

test.each([{}, null, { x: 1, y: 2 }, { x: 1, y: 2, zoom: 0 }, { x: "1", y: 2, zoom: 1 }, { x: NaN, y: 2, zoom: 1 }])("%o is no view", (raw) => expect(parseView(raw)).toBeNull());

test("bookmarks without a name or a view are left out", () => {
  expect(parseBookmarks({ bookmarks: [{ name: "", ...VIEW }, { name: "a" }, 3] })).toEqual([]);
});
