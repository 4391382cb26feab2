/** What the user can ask for, whichever of pointer, keys, menus and lists the wish comes from. */

import { describeSelection } from "./announce";
import { toScreen } from "./camera";
import { sameList, type Desk } from "./desk";
import { nearestTo } from "./drawing";
import { list, text } from "./graph";
import { visibleLinks } from "./highlight";
import { nameOf } from "./hierarchy";
import { boxOf } from "./hit";
import { isDirection, neighbour, turned, type Action, type Direction } from "./keyboard";
import type { Point } from "./layout";
import { find, NO_SEARCH, step } from "./search";

const KEY_ZOOM = 1.25;
const QUERY_DELAY_MS = 250;

export class Commander {
  private typing = 0;
  private sentQuery = "";

  constructor(
    private readonly desk: Desk,
    private readonly openMenu: (id: string | undefined, at: Point) => void,
  ) {}

  dispose(): void {
    clearTimeout(this.typing);
  }

  /** The node or block that was selected last. */
  get last(): string | undefined {
    return this.desk.shown.selected.at(-1);
  }

  // --- selection ----------------------------------------------------------------------------------------------------

  select(selected: readonly string[]): void {
    if (sameList(selected, this.desk.shown.selected)) return;
    this.desk.update({ selected });
    this.desk.host.set("selected", selected);
    this.announceSelection();
  }

  /** Add to the selection, or take away from it. */
  addToSelection(id: string): void {
    const { selected } = this.desk.shown;
    this.select(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id]);
  }

  announceSelection(): void {
    const { drawing } = this.desk.stage;
    if (drawing) this.desk.announce(describeSelection(drawing, this.desk.shown.selected));
  }

  /** Select a node or block, open what is around it, and bring it into view. */
  async goTo(id: string | undefined): Promise<void> {
    if (id === undefined) return;
    await this.opening(this.desk.stage.uncover(id));
    this.select([id]);
    this.desk.stage.reveal(id);
  }

  // --- blocks -------------------------------------------------------------------------------------------------------

  /** Open or close a block, zoom to a node. */
  async activate(id: string): Promise<void> {
    const { stage } = this.desk;
    if (stage.drawing?.hierarchy.isBlock(id)) await this.toggle(id);
    else this.zoomTo(id);
  }

  async toggle(id: string | undefined): Promise<void> {
    const { stage } = this.desk;
    if (id === undefined) return;
    await this.opening(stage.toggle(id));
    if (stage.drawing) this.desk.announce(`${nameOf(stage.drawing.hierarchy, id)}, ${stage.open.has(id) ? "open" : "closed"}`);
  }

  /** Tell Python which blocks are open once they are. */
  async opening(change: Promise<void>): Promise<void> {
    const { host, stage } = this.desk;
    await change;
    const open = [...stage.open];
    if (!sameList(open, list(host.get("opened")).map(text))) host.set("opened", open);
  }

  zoomTo(id: string): void {
    const item = this.desk.stage.item(id);
    if (item) this.desk.stage.camera.zoomTo(boxOf(item));
  }

  // --- one node -----------------------------------------------------------------------------------------------------

  /** Make a node a split key, or no longer. */
  toggleKey(id: string | undefined): void {
    const { desk } = this;
    if (id === undefined || !desk.stage.drawing?.hierarchy.graph.nodes.has(id)) return;
    const { keys } = desk.shown;
    const next = keys.includes(id) ? keys.filter((key) => key !== id) : [...keys, id];
    desk.update({ keys: next });
    desk.host.set("split_keys", next);
    desk.announce(next.includes(id) ? "Split key set" : "Split key removed");
  }

  togglePath(): void {
    this.desk.update({ path: !this.desk.shown.path });
  }

  async copyName(id = this.last): Promise<void> {
    const { hierarchy } = this.desk.stage.drawing ?? {};
    const name = hierarchy?.graph.nodes.get(id ?? "")?.name ?? hierarchy?.block(id ?? "")?.label ?? "";
    await navigator.clipboard.writeText(name);
    this.desk.announce(`Copied ${name}`);
  }

  // --- search and keys ----------------------------------------------------------------------------------------------

  searchFor(query: string): void {
    const { host, stage, shown } = this.desk;
    const search = stage.drawing ? find(stage.drawing.hierarchy, query, shown.overlay) : { ...NO_SEARCH, query };
    this.desk.update({ search });
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.sentQuery = query;
      if (text(host.get("query")) !== query) host.set("query", query);
    }, QUERY_DELAY_MS);
    stage.reveal(search.matches[0]);
  }

  /** Take the query that Python set; the echo of our own would undo what was typed since. */
  readQuery(): void {
    const query = text(this.desk.host.get("query"));
    if (query !== this.sentQuery && query !== this.desk.shown.search.query) this.searchFor(query);
  }

  async stepSearch(by: 1 | -1): Promise<void> {
    const search = step(this.desk.shown.search, by);
    this.desk.update({ search });
    await this.goTo(search.matches[search.current]);
  }

  /** Do what a key means. */
  async act(action: Action): Promise<void> {
    const { stage, toolbar, side } = this.desk;
    if (isDirection(action)) await this.walk(action);
    else if (action === "zoomIn") stage.camera.zoomBy(KEY_ZOOM);
    else if (action === "zoomOut") stage.camera.zoomBy(1 / KEY_ZOOM);
    else if (action === "fit") stage.fit();
    else if (action === "search") toolbar.focusSearch();
    else if (action === "help") toolbar.toggleHelp();
    else if (action === "toggle") await this.activate(stage.item(this.last)?.id ?? "");
    else if (action === "out") await this.goTo(stage.drawing?.hierarchy.parent(this.last ?? "") || undefined);
    else if (action === "splitKey") this.toggleKey(this.last);
    else if (action === "outline" || action === "table") side.toggle(action);
    else if (action === "path") this.togglePath();
    else if (action === "menu") this.openMenu(this.last, toScreen(stage.camera.view, stage.camera.size, stage.item(this.last) ?? stage.camera.view));
    else this.escape();
  }

  /** Follow an edge, step to a sibling, or into an open block. */
  private async walk(direction: Direction): Promise<void> {
    const { drawing, camera } = this.desk.stage;
    if (!drawing) return;
    const { flow } = drawing.options;
    const way = turned(direction, flow);
    const from = this.desk.stage.item(this.last);
    const inside = from?.open && way === "down" ? drawing.hierarchy.children.get(from.id)?.[0] : undefined;
    const next = from ? neighbour(visibleLinks(drawing), drawing.places, from.id, way, flow) : nearestTo(drawing, camera.view)?.id;
    await this.goTo(inside ?? next);
  }

  /** Close or clear one thing after the other. */
  private escape(): void {
    if (this.desk.toolbar.closeHelp()) return;
    if (this.desk.shown.search.query) this.searchFor("");
    else if (this.desk.shown.path) this.togglePath();
    else this.select([]);
  }
}
