/** The menus of the component: where they open and what their items do. */

import { parseBookmarks, viewportTrait, type Bookmark } from "./bookmarks";
import type { Commander } from "./commander";
import { itemMenu, viewMenu } from "./commands";
import { ownerOf } from "./contents";
import type { Desk } from "./desk";
import { download, pngOf, svgOf, type Extent } from "./export";
import { TOP } from "./hierarchy";
import type { Point } from "./layout";
import { Menu } from "./menu";
import type { RuleEditor } from "./rule_editor";
import type { Scene } from "./scene";

export class Menus {
  private readonly menu = new Menu();

  constructor(
    private readonly desk: Desk,
    private readonly commander: Commander,
    private readonly rules: RuleEditor,
    private readonly scene: () => Scene | null,
  ) {}

  get element(): HTMLElement {
    return this.menu.element;
  }

  /** The menu of the whole view, under its button. */
  openForView(button: HTMLElement): void {
    const { desk, commander } = this;
    const { stage, painter } = desk;
    const bookmarks = parseBookmarks(desk.host.get("viewport"));
    const items = viewMenu(
      { right: stage.flow === "right", params: stage.params, path: desk.shown.path, minimap: painter.minimap.wanted, bookmarks },
      {
        flow: () => desk.host.set("direction", stage.flow === "right" ? "down" : "right"),
        params: () => void stage.redraw({ params: !stage.params }),
        path: () => commander.togglePath(),
        minimap: () => painter.toggleMinimap(),
        table: () => desk.side.toggle("table"),
        rules: () => this.rules.open(),
        bookmark: () => this.save([...bookmarks, { name: `Bookmark ${bookmarks.length + 1}`, view: stage.savedView, open: [...stage.open] }]),
        goToBookmark: (bookmark) => void commander.opening(stage.setOpen(new Set(bookmark.open))).then(() => stage.restore(bookmark.view)),
        forgetBookmarks: () => this.save([]),
        save: (format, extent) => void this.picture(format, extent),
      },
    );
    const [own, frame] = [button.getBoundingClientRect(), this.frame()];
    this.menu.open(items, own.left - frame.left, own.bottom - frame.top + 6, button);
  }

  /** The menu of a node or block, at a point of the canvas. */
  openForItem(id: string | undefined, at: Point): void {
    const { desk, commander } = this;
    const { stage, painter } = desk;
    const { hierarchy } = stage.drawing ?? {};
    if (id === undefined || !hierarchy) return;
    const own = ownerOf(id);
    commander.select([own]);
    const around = hierarchy.parent(own);
    const block = hierarchy.isBlock(own) ? (stage.open.has(own) ? "open" : "closed") : null;
    const items = itemMenu(
      { block, inBlock: around !== TOP, key: desk.shown.keys.includes(own), path: desk.shown.path },
      {
        toggle: () => void commander.toggle(own),
        openInside: () => void commander.opening(stage.setAll(true, own)),
        closeAround: () => void commander.toggle(around).then(() => commander.goTo(around)),
        zoom: () => commander.zoomTo(own),
        splitKey: () => commander.toggleKey(own),
        path: () => commander.togglePath(),
        copy: () => void commander.copyName(own),
      },
    );
    const [canvas, frame] = [painter.canvas.getBoundingClientRect(), this.frame()];
    this.menu.open(items, canvas.left - frame.left + at.x, canvas.top - frame.top + at.y, painter.canvas);
  }

  /** The menu is placed in the component's root. */
  private frame(): DOMRect {
    return (this.menu.element.parentElement ?? document.body).getBoundingClientRect();
  }

  private save(bookmarks: readonly Bookmark[]): void {
    this.desk.host.set("viewport", viewportTrait(this.desk.stage.savedView, bookmarks));
  }

  private async picture(format: "svg" | "png", extent: Extent): Promise<void> {
    const scene = this.scene();
    if (!scene) return;
    if (format === "svg") return download("graph.svg", svgOf(scene, extent), "image/svg+xml");
    const picture = await pngOf(scene, extent);
    if (picture) download("graph.png", picture);
  }
}
