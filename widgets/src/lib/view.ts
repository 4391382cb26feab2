/** The graph component: joins the host's traits, the canvas, the pointer, the keys and the toolbar. */

import { toScreen, toWorld, type View } from "./camera";
import { CameraControl } from "./camera_control";
import { canvasMeasure, type Measure } from "./card";
import { make } from "./dom";
import { draw, nearestTo, topBox, type Drawing } from "./drawing";
import { list, parseGraph, sameStructure, text } from "./graph";
import { boxOf } from "./hit";
import type { Host } from "./host";
import { actionFor, isDirection, neighbour, type Action } from "./keyboard";
import type { PlacedNode, Point } from "./layout";
import { showLegend } from "./legend";
import { parseMarks, parseOverlay, type Mark, type Overlay } from "./overlay";
import { paint } from "./paint";
import { attachPointer } from "./pointer";
import { find, NO_SEARCH, step, type Search } from "./search";
import { CSS } from "./style";
import { Surface } from "./surface";
import { applyTheme, themeFor, type Theme } from "./theme";
import { makeToolbar, type Toolbar } from "./toolbar";
import { Tooltip } from "./tooltip";

/** The traits that Python declares in ui/widgets/graph_view.py. */
export interface GraphTraits {
  graph: unknown;
  selected: readonly string[];
  overlay: unknown;
  marks: unknown;
  theme: string;
  height_px: number;
}

/** For tests: a canvas has no elements to look for. */
export interface TestApi {
  view(): View;
  /** The centre of a node in the window, in CSS pixels. */
  at(id: string): [x: number, y: number] | undefined;
  readonly layoutMs: number | undefined;
  nodes(): readonly PlacedNode[];
}

const KEY_ZOOM = 1.25;

export class GraphView {
  private readonly root = make("div", { class: "mrt-graph" });
  private readonly surface = new Surface((context, ratio) => this.paint(context, ratio));
  private readonly tooltip = new Tooltip();
  private readonly legend = make("div", { class: "legend" });
  private readonly status = make("div", { class: "status" });
  private readonly announcer = make("div", { class: "unseen", "aria-live": "polite" });
  private readonly toolbar: Toolbar;
  private readonly measure: Measure;
  private readonly camera = new CameraControl((view) => this.cameraMoved(view));
  private readonly observer = new ResizeObserver(() => this.resize());

  private drawing: Drawing | null = null;
  private selected: readonly string[] = [];
  private hovered: string | undefined;
  private search: Search = NO_SEARCH;
  private overlay: Overlay | null = null;
  private marks: ReadonlyMap<string, Mark> = new Map();
  private theme: Theme;
  private loads = 0;

  constructor(
    private readonly host: Host<GraphTraits>,
    el: HTMLElement,
  ) {
    this.theme = themeFor(host.get("theme"));
    this.measure = canvasMeasure(this.surface.context);
    this.toolbar = makeToolbar({
      search: (query) => this.searchFor(query),
      step: (by) => this.stepSearch(by),
      zoom: (factor) => this.camera.zoomBy(factor),
      fit: () => this.fit(),
      leave: () => this.surface.canvas.focus(),
    });
    this.root.append(this.surface.canvas, this.status, this.legend, ...this.toolbar.elements, this.tooltip.element, this.announcer);
    el.append(make("style", {}, CSS), this.root);
    this.size(el);
    this.listen();
    this.readTheme();
    this.readSelected();
    this.readOverlay();
    this.readMarks();
    void this.load();
    this.observer.observe(this.root);
    Object.assign(this.root, { __mrt: this.testApi() });
  }

  dispose(): void {
    this.loads++;
    this.camera.stop();
    this.tooltip.hide();
    this.observer.disconnect();
    this.surface.dispose();
    this.host.dispose();
    this.root.remove();
  }

  // --- traits -------------------------------------------------------------------------------------------------------

  private listen(): void {
    this.host.on("graph", () => void this.load());
    this.host.on("selected", () => this.readSelected());
    this.host.on("overlay", () => this.readOverlay());
    this.host.on("marks", () => this.readMarks());
    this.host.on("theme", () => this.readTheme());
    // JupyterLab would take single letters for commands.
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
    this.surface.canvas.addEventListener("keydown", (event) => {
      const action = actionFor(event);
      if (!action) return;
      event.preventDefault();
      this.act(action);
    });
    attachPointer(this.surface.canvas, {
      hover: (at) => this.hover(at && this.nodeAt(at)?.id),
      click: (at, adding) => this.click(this.nodeAt(at)?.id, adding),
      doubleClick: (at) => {
        const node = this.nodeAt(at);
        if (node) this.camera.zoomTo(boxOf(node));
      },
      pan: (dx, dy) => this.camera.pan(dx, dy),
      zoom: (factor, at) => this.camera.zoomAt(factor, at),
    });
  }

  /** In Jupyter an output has no height of its own; Panel's container has one. */
  private size(el: HTMLElement): void {
    if (this.host.kind === "panel") {
      el.style.height = "100%";
      return;
    }
    const follow = (): void => {
      this.root.style.height = `${Number(this.host.get("height_px")) || 480}px`;
    };
    this.host.on("height_px", follow);
    follow();
  }

  /** Take the trait `graph`; the view stays where the ids and the edges are the same. */
  private async load(): Promise<void> {
    const load = ++this.loads;
    const before = this.drawing;
    const graph = parseGraph(this.host.get("graph"));
    const drawing = await draw(graph, before, this.measure, () => (this.status.textContent = "Laying out…"));
    if (load !== this.loads) return;
    this.drawing = drawing;
    this.status.textContent = graph.nodes.size ? "" : "No graph to show yet";
    this.hover(undefined);
    this.search = find(graph, this.search.query);
    this.toolbar.showSearch(this.search);
    this.showLegend();
    if (!before || !sameStructure(before.graph, graph)) this.open();
    this.surface.invalidate();
  }

  private readSelected(): void {
    const selected = list(this.host.get("selected")).map(text);
    if (sameList(selected, this.selected)) return;
    this.selected = selected;
    const node = this.node(selected.at(-1));
    if (node) this.reveal(node);
    this.announceSelection();
    this.surface.invalidate();
  }

  private readOverlay(): void {
    this.overlay = parseOverlay(this.host.get("overlay"));
    this.showLegend();
    this.surface.invalidate();
  }

  private readMarks(): void {
    this.marks = parseMarks(this.host.get("marks"));
    this.surface.invalidate();
  }

  private readTheme(): void {
    this.theme = themeFor(this.host.get("theme"));
    applyTheme(this.root, this.theme);
    this.surface.invalidate();
  }

  private showLegend(): void {
    const ids = [...(this.drawing?.graph.nodes.keys() ?? [])];
    showLegend(this.legend, this.overlay, ids.every((id) => this.overlay?.values.has(id)));
  }

  // --- camera -------------------------------------------------------------------------------------------------------

  private resize(): void {
    const { width, height } = this.surface.canvas.getBoundingClientRect();
    this.camera.size = { width, height };
    if (this.camera.untouched) this.open();
    this.surface.resize({ width, height });
  }

  private open(): void {
    if (!this.drawing || !this.camera.size.width) return;
    const selected = this.node(this.selected.at(-1));
    this.camera.open(this.drawing.layout.bounds, topBox(this.drawing.layout), selected && boxOf(selected));
  }

  private fit(): void {
    if (this.drawing) this.camera.fit(this.drawing.layout.bounds);
  }

  /** Before the first size is known there is nothing to move: the opening view shows the selection. */
  private reveal(node: PlacedNode): void {
    if (this.camera.size.width) this.camera.reveal(boxOf(node));
  }

  /** The pointer stands over something else now; its next move tells what. */
  private cameraMoved(view: View): void {
    this.hover(undefined);
    this.toolbar.showZoom(view.zoom);
    this.surface.invalidate();
  }

  // --- nodes --------------------------------------------------------------------------------------------------------

  private node(id: string | undefined): PlacedNode | undefined {
    return id === undefined ? undefined : this.drawing?.places.get(id);
  }

  private nodeAt(at: Point): PlacedNode | undefined {
    return this.drawing?.grid.at(toWorld(this.camera.view, this.camera.size, at));
  }

  private hover(id: string | null | undefined): void {
    const next = id ?? undefined;
    if (next === this.hovered) return;
    this.hovered = next;
    this.surface.canvas.classList.toggle("over", next !== undefined);
    const data = next === undefined ? undefined : this.drawing?.graph.nodes.get(next);
    if (data) {
      this.tooltip.show(data, this.theme, this.overlay, () => {
        const node = this.node(data.id);
        return node && { node, view: this.camera.view, size: this.camera.size };
      });
    } else this.tooltip.hide();
    this.surface.invalidate();
  }

  private click(id: string | undefined, adding: boolean): void {
    if (id === undefined) {
      if (!adding) this.select([]);
    } else if (!adding) this.select([id]);
    else this.select(this.selected.includes(id) ? this.selected.filter((other) => other !== id) : [...this.selected, id]);
  }

  private select(ids: readonly string[]): void {
    if (sameList(ids, this.selected)) return;
    this.selected = ids;
    this.host.set("selected", ids);
    this.announceSelection();
    this.surface.invalidate();
  }

  private announceSelection(): void {
    const { graph } = this.drawing ?? {};
    const node = graph?.nodes.get(this.selected.at(-1) ?? "");
    if (!graph || !node) {
      this.announcer.textContent = this.selected.length ? "" : "Nothing selected";
      return;
    }
    const parts = [`${node.op} ${node.name}`, node.shape && `shape ${node.shape}`, counted(graph.producers.get(node.id), "input"), counted(graph.consumers.get(node.id), "output")];
    if (this.selected.length > 1) parts.push(`${this.selected.length} selected`);
    this.announcer.textContent = parts.filter(Boolean).join(", ");
  }

  // --- search and keys ----------------------------------------------------------------------------------------------

  private searchFor(query: string): void {
    this.search = this.drawing ? find(this.drawing.graph, query) : NO_SEARCH;
    const first = this.node(this.search.matches[0]);
    if (first) this.reveal(first);
    this.toolbar.showSearch(this.search);
    this.surface.invalidate();
  }

  private stepSearch(by: 1 | -1): void {
    this.search = step(this.search, by);
    this.toolbar.showSearch(this.search);
    this.goTo(this.search.matches[this.search.current]);
  }

  private goTo(id: string | undefined): void {
    const node = this.node(id);
    if (!node) return;
    this.select([node.id]);
    this.reveal(node);
  }

  private act(action: Action): void {
    if (isDirection(action)) {
      const from = this.node(this.selected.at(-1));
      if (!this.drawing) return;
      const start = nearestTo(this.drawing.layout, this.camera.view)?.id;
      this.goTo(from ? neighbour(this.drawing.graph, this.drawing.places, from.id, action) : start);
    } else if (action === "zoomIn") this.camera.zoomBy(KEY_ZOOM);
    else if (action === "zoomOut") this.camera.zoomBy(1 / KEY_ZOOM);
    else if (action === "fit") this.fit();
    else if (action === "search") this.toolbar.focusSearch();
    else if (action === "help") this.toolbar.toggleHelp();
    else if (this.toolbar.closeHelp()) return;
    else if (this.search.query) this.searchFor("");
    else this.select([]);
  }

  // --- output -------------------------------------------------------------------------------------------------------

  private paint(context: CanvasRenderingContext2D, ratio: number): void {
    const { graph, cards, layout } = this.drawing ?? EMPTY;
    const { theme, hovered, overlay, marks } = this;
    const { view, size } = this.camera;
    const matches = this.search.query ? new Set(this.search.matches) : null;
    paint(context, { graph, cards, layout, view, size, theme, selected: new Set(this.selected), hovered, matches, overlay, marks }, ratio);
  }

  private testApi(): TestApi {
    const self = this;
    return {
      view: () => self.camera.view,
      at(id) {
        const node = self.node(id);
        const frame = self.surface.canvas.getBoundingClientRect();
        const place = node && toScreen(self.camera.view, self.camera.size, node);
        return place && [frame.left + place.x, frame.top + place.y];
      },
      get layoutMs() {
        return self.drawing?.layoutMs;
      },
      nodes: () => self.drawing?.layout.nodes ?? [],
    };
  }
}

const EMPTY = { graph: parseGraph({}), cards: new Map(), layout: { nodes: [], edges: [], bounds: { x: 0, y: 0, width: 0, height: 0 } } };

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function counted(items: readonly string[] | undefined, noun: string): string {
  const count = items?.length ?? 0;
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
