/** The graph component: joins the host's traits, the stage, the pointer, the keys and the panels. */

import { parseBookmarks, parseView, viewportTrait } from "./bookmarks";
import { toWorld, type View } from "./camera";
import { canvasMeasure } from "./card";
import { Commander } from "./commander";
import { ownerOf } from "./contents";
import { sameList, type Desk } from "./desk";
import { make } from "./dom";
import { list, parseGraph, sizeOf, text } from "./graph";
import { nameOf } from "./hierarchy";
import { toggleBox, within } from "./hit";
import type { Host } from "./host";
import { actionFor } from "./keyboard";
import type { PlacedNode, Point } from "./layout";
import { showLegend } from "./legend";
import { Menus } from "./menus";
import { parseMarks, parseOverlay } from "./overlay";
import { Painter } from "./painter";
import { attachPointer } from "./pointer";
import { RuleEditor } from "./rule_editor";
import type { Scene } from "./scene";
import { SceneBuilder, type Shown } from "./scene_builder";
import { find } from "./search";
import { SelectionBar } from "./selection_bar";
import { SidePanel } from "./side_panel";
import { parseSplit, splitSummary } from "./split";
import { Stage } from "./stage";
import { CSS } from "./style";
import { testApi } from "./test_api";
import { applyTheme, themeFor } from "./theme";
import { makeToolbar, type Toolbar } from "./toolbar";
import { Tooltip } from "./tooltip";
import { followHeight, readShown, type GraphTraits } from "./traits";

const VIEWPORT_DELAY_MS = 200;

export class GraphView implements Desk {
  readonly stage: Stage;
  readonly painter: Painter;
  readonly toolbar: Toolbar;
  readonly side: SidePanel;
  shown: Shown;
  private readonly root = make("div", { class: "mrt-graph" });
  private readonly tooltip = new Tooltip();
  private readonly legend = make("div", { class: "legend" });
  private readonly status = make("div", { class: "status" });
  private readonly announcer = make("div", { class: "unseen", "aria-live": "polite" });
  private readonly scenes = new SceneBuilder();
  private readonly commander: Commander;
  private readonly menus: Menus;
  private readonly bar: SelectionBar;
  private readonly observer = new ResizeObserver(() => this.resize());
  private saving = 0;
  private started = false;
  /** A view that Python asked for while a drawing was on its way. */
  private wanted: View | null = null;

  constructor(
    readonly host: Host<GraphTraits>,
    el: HTMLElement,
  ) {
    this.shown = readShown(host);
    const scene = (): Scene | null => this.scene();
    const commander = (this.commander = new Commander(this, (id, at) => this.menus.openForItem(id, at)));
    const rules = new RuleEditor((changed) => this.update({ rules: changed }));
    this.menus = new Menus(this, commander, rules, scene);
    this.painter = new Painter(scene, (to) => this.stage.camera.centre(to));
    this.stage = new Stage(canvasMeasure(this.painter.context), {
      repaint: () => this.painter.invalidate(),
      moved: (view) => this.moved(view),
      drawn: (fresh) => this.drawn(fresh),
      slow: () => (this.status.textContent = "Laying out…"),
    });
    this.toolbar = makeToolbar({
      search: (query) => commander.searchFor(query),
      step: (by) => void commander.stepSearch(by),
      zoom: (factor) => this.stage.camera.zoomBy(factor),
      fit: () => this.stage.fit(),
      outline: () => this.side.toggle("outline"),
      expandAll: () => void commander.opening(this.stage.setAll(true)),
      collapseAll: () => void commander.opening(this.stage.setAll(false)),
      more: (button) => this.menus.openForView(button),
      results: () => this.side.toggle("results"),
      leave: () => this.painter.canvas.focus(),
    });
    const goTo = (id: string): void => void commander.goTo(id);
    this.side = new SidePanel({ select: goTo, goTo, toggle: (id) => void commander.toggle(id), activate: (id) => void commander.activate(id) }, () => this.sideChanged());
    this.bar = new SelectionBar({
      toggle: () => void commander.toggle(commander.last),
      splitKey: () => commander.toggleKey(commander.last),
      path: () => commander.togglePath(),
      copy: () => void commander.copyName(),
    });
    const frame = make("div", { class: "stage" }, this.painter.canvas, this.status, this.painter.minimap.element, this.legend, ...this.toolbar.elements, this.bar.element, rules.element, this.tooltip.element);
    this.root.append(this.side.element, frame, this.menus.element, this.announcer);
    el.append(make("style", {}, CSS), this.root);
    applyTheme(this.root, this.shown.theme);
    followHeight(host, el, this.root);
    this.listen();
    this.stage.flow = host.get("direction") === "right" ? "right" : "down";
    void this.load();
    this.observer.observe(frame);
    Object.assign(this.root, { __mrt: testApi(this, scene) });
  }

  dispose(): void {
    clearTimeout(this.saving);
    this.commander.dispose();
    this.stage.dispose();
    this.tooltip.hide();
    this.observer.disconnect();
    this.painter.dispose();
    this.host.dispose();
    this.root.remove();
  }

  announce(words: string): void {
    this.announcer.textContent = words;
  }

  // --- traits -------------------------------------------------------------------------------------------------------

  private listen(): void {
    const { host, commander } = this;
    host.on("graph", () => void this.load());
    host.on("selected", () => this.readSelected());
    host.on("opened", () => void this.stage.setOpen(new Set(list(host.get("opened")).map(text))));
    host.on("viewport", () => this.readViewport());
    host.on("overlay", () => this.update({ overlay: parseOverlay(host.get("overlay")) }));
    host.on("marks", () => this.update({ marks: parseMarks(host.get("marks")) }));
    host.on("split", () => this.update({ split: parseSplit(host.get("split")) }));
    host.on("split_keys", () => this.update({ keys: list(host.get("split_keys")).map(text) }));
    host.on("query", () => commander.readQuery());
    host.on("direction", () => void this.stage.redraw({ flow: host.get("direction") === "right" ? "right" : "down" }));
    host.on("theme", () => this.update({ theme: themeFor(host.get("theme")) }));
    // JupyterLab would take single letters for commands.
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
    this.painter.canvas.addEventListener("keydown", (event) => {
      const action = actionFor(event);
      if (event.key === "Alt") this.update({ tracing: true });
      if (!action) return;
      event.preventDefault();
      void commander.act(action);
    });
    this.root.addEventListener("keyup", (event) => event.key === "Alt" && this.update({ tracing: false }));
    attachPointer(this.painter.canvas, {
      hover: (at, alt) => this.hover(at && this.itemAt(at)?.id, alt),
      click: (at, adding) => this.click(at, adding),
      doubleClick: (at) => {
        const item = this.itemAt(at);
        if (item && !this.onToggle(item, at)) void commander.activate(ownerOf(item.id));
      },
      context: (at) => {
        this.tooltip.hide();
        this.menus.openForItem(this.itemAt(at)?.id, at);
      },
      pan: (dx, dy) => this.stage.camera.pan(dx, dy),
      zoom: (factor, at) => this.stage.camera.zoomAt(factor, at),
    });
  }

  /** Take the trait `graph`; the view stays where the structure is the same. */
  private async load(): Promise<void> {
    await this.stage.load(parseGraph(this.host.get("graph")), list(this.host.get("opened")).map(text));
  }

  private readSelected(): void {
    const selected = list(this.host.get("selected")).map(text);
    if (sameList(selected, this.shown.selected)) return;
    this.update({ selected });
    this.commander.announceSelection();
    this.stage.reveal(this.commander.last);
  }

  private readViewport(): void {
    const view = parseView(this.host.get("viewport"));
    const now = this.stage.savedView;
    if (!view || (view.x === now.x && view.y === now.y && view.zoom === now.zoom)) return;
    if (this.stage.busy) this.wanted = view;
    else this.stage.restore(view);
  }

  /** The view goes to Python when it has come to rest. */
  private saveViewport(): void {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.host.set("viewport", viewportTrait(this.stage.savedView, parseBookmarks(this.host.get("viewport")))), VIEWPORT_DELAY_MS);
  }

  // --- what is shown ------------------------------------------------------------------------------------------------

  update(change: Partial<Shown>): void {
    this.shown = { ...this.shown, ...change };
    if (change.theme) applyTheme(this.root, change.theme);
    const { drawing } = this.stage;
    const { search, overlay } = this.shown;
    if (change.overlay !== undefined && drawing && search.query) this.shown = { ...this.shown, search: find(drawing.hierarchy, search.query, overlay) };
    const names = Object.keys(change);
    if (names.some((name) => name !== "hovered" && name !== "tracing")) this.showPanels();
    if (names.some((name) => !["hovered", "tracing", "selected", "path"].includes(name))) this.painter.renew();
    this.painter.invalidate();
  }

  private showPanels(): void {
    const { drawing, open } = this.stage;
    const { overlay, split, keys, search, selected, theme, path } = this.shown;
    this.toolbar.showSearch(search);
    this.bar.showSplit(splitSummary(split, keys), split.problems);
    if (!drawing) return;
    const { hierarchy } = drawing;
    const nodes = [...hierarchy.graph.nodes.keys()];
    showLegend(this.legend, overlay, !overlay || nodes.every((id) => overlay.values.has(id)), split.sides.size > 0);
    this.toolbar.showBlocks(hierarchy.graph.blocks.size > 0);
    const { last } = this.commander;
    const block = last !== undefined && hierarchy.isBlock(last) ? (open.has(last) ? "open" : "closed") : null;
    const isKey = last === undefined || block ? null : keys.includes(last);
    this.bar.show({ name: last === undefined ? "" : nameOf(hierarchy, last), block, key: isKey, path, offer: split.candidates.get(last ?? "") ?? "", size: sizeOf(hierarchy.graph) });
    if (this.side.tab === "outline") this.side.outline.show(hierarchy, drawing.options.open, last, theme);
    if (this.side.tab === "table") this.side.table.show(hierarchy, nodes, overlay, selected.at(-1));
    if (this.side.tab === "results") this.side.results.show(hierarchy, search.matches, overlay, selected.at(-1));
  }

  private drawn(fresh: boolean): void {
    const { drawing, camera } = this.stage;
    if (!drawing) return;
    this.status.textContent = drawing.hierarchy.graph.nodes.size ? "" : "No graph to show yet";
    this.hover(undefined);
    this.update({ search: find(drawing.hierarchy, this.shown.search.query, this.shown.overlay) });
    // A saved view belongs to the graph that the component starts with.
    const saved = fresh && !this.started && camera.untouched ? parseView(this.host.get("viewport")) : null;
    if (fresh) this.started = drawing.items.length > 0;
    const view = this.wanted ?? saved;
    this.wanted = null;
    if (view) this.stage.restore(view);
    else if (fresh) this.stage.openView(this.commander.last);
  }

  private sideChanged(): void {
    this.root.classList.toggle("with-side", this.side.tab !== null);
    this.showPanels();
    if (!this.side.tab) this.painter.canvas.focus();
  }

  private resize(): void {
    const { width, height } = this.painter.canvas.getBoundingClientRect();
    this.stage.camera.size = { width, height };
    if (this.stage.camera.untouched) this.stage.openView(this.commander.last);
    this.painter.resize({ width, height });
    this.showPanels();
  }

  /** The pointer stands over something else now; its next move tells what. */
  private moved(view: View): void {
    this.hover(undefined);
    this.toolbar.showZoom(view.zoom);
    this.painter.moved();
    if (!this.stage.camera.untouched) this.saveViewport();
  }

  private scene(): Scene | null {
    const { drawing, camera, transition } = this.stage;
    return drawing && this.scenes.build(drawing, this.shown, camera.view, camera.size, transition);
  }

  // --- pointer ------------------------------------------------------------------------------------------------------

  private itemAt(at: Point): PlacedNode | undefined {
    return this.stage.drawing?.grid.at(toWorld(this.stage.camera.view, this.stage.camera.size, at));
  }

  private onToggle(item: PlacedNode, at: Point): boolean {
    const { drawing, camera } = this.stage;
    const placed = drawing?.places.get(item.id);
    if (!placed || !drawing?.hierarchy.isBlock(item.id)) return false;
    return within(toggleBox(placed), toWorld(camera.view, camera.size, at), 4);
  }

  private hover(id: string | null | undefined, tracing = this.shown.tracing): void {
    const hovered = id ?? undefined;
    if (hovered === this.shown.hovered && tracing === this.shown.tracing) return;
    this.painter.canvas.classList.toggle("over", hovered !== undefined);
    this.update({ hovered, tracing });
    const { drawing, camera } = this.stage;
    const item = hovered === undefined ? undefined : drawing?.places.get(hovered);
    if (drawing && item) this.tooltip.show(drawing.hierarchy, ownerOf(item.id), this.shown.theme, this.shown.overlay, () => ({ node: item, view: camera.view, size: camera.size }));
    else this.tooltip.hide();
  }

  private click(at: Point, adding: boolean): void {
    const item = this.itemAt(at);
    if (!item) adding || this.commander.select([]);
    else if (this.onToggle(item, at)) void this.commander.toggle(item.id);
    else if (adding) this.commander.addToSelection(ownerOf(item.id));
    else this.commander.select([ownerOf(item.id)]);
  }
}
