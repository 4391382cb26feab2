/** The menus: what can be done with the view, and with one node or block. */

import type { Bookmark } from "./bookmarks";
import type { MenuItems } from "./menu";

export interface ViewCommands {
  flow(): void;
  params(): void;
  path(): void;
  minimap(): void;
  table(): void;
  rules(): void;
  bookmark(): void;
  goToBookmark(bookmark: Bookmark): void;
  forgetBookmarks(): void;
  save(format: "svg" | "png", extent: "view" | "whole"): void;
}

export interface ViewFlags {
  readonly right: boolean;
  readonly params: boolean;
  readonly path: boolean;
  readonly minimap: boolean;
  readonly bookmarks: readonly Bookmark[];
}

export function viewMenu(flags: ViewFlags, commands: ViewCommands): MenuItems {
  return [
    { label: "Left to right", checked: flags.right, run: () => commands.flow() },
    { label: "Parameters as nodes", checked: flags.params, run: () => commands.params() },
    { label: "Only the path of the selection", checked: flags.path, key: "p", run: () => commands.path() },
    { label: "Minimap", checked: flags.minimap, run: () => commands.minimap() },
    null,
    { label: "Table", key: "t", run: () => commands.table() },
    { label: "Style rules", run: () => commands.rules() },
    null,
    { label: "Bookmark this view", run: () => commands.bookmark() },
    ...flags.bookmarks.map((bookmark) => ({ label: bookmark.name, run: () => commands.goToBookmark(bookmark) })),
    ...(flags.bookmarks.length ? [{ label: "Remove the bookmarks", run: () => commands.forgetBookmarks() }] : []),
    null,
    { label: "Save the view as SVG", run: () => commands.save("svg", "view") },
    { label: "Save all as SVG", run: () => commands.save("svg", "whole") },
    { label: "Save the view as PNG", run: () => commands.save("png", "view") },
    { label: "Save all as PNG", run: () => commands.save("png", "whole") },
  ];
}

export interface ItemCommands {
  toggle(): void;
  openInside(): void;
  closeAround(): void;
  zoom(): void;
  splitKey(): void;
  path(): void;
  copy(): void;
}

/** What is known of the item that the menu is for. */
export interface ItemFlags {
  readonly block: "open" | "closed" | null;
  readonly inBlock: boolean;
  readonly key: boolean;
  readonly path: boolean;
}

export function itemMenu({ block, inBlock, key, path }: ItemFlags, commands: ItemCommands): MenuItems {
  const opening = block === null ? [] : [{ label: block === "open" ? "Close" : "Open", key: "Enter", run: () => commands.toggle() }];
  return [
    ...opening,
    ...(block ? [{ label: "Open everything inside", run: () => commands.openInside() }] : []),
    ...(inBlock ? [{ label: "Close the block around", run: () => commands.closeAround() }] : []),
    { label: "Zoom to it", run: () => commands.zoom() },
    null,
    ...(block === null ? [{ label: "Split key", checked: key, key: "k", run: () => commands.splitKey() }] : []),
    { label: "Only its path", checked: path, key: "p", run: () => commands.path() },
    { label: "Copy name", run: () => commands.copy() },
  ];
}
