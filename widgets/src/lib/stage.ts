/** The graph on its stage: which blocks are open, where the camera is, and how both change. No page elements here. */

import { lessMotion } from "./animate";
import type { View } from "./camera";
import { CameraControl } from "./camera_control";
import type { Measure } from "./card";
import { seenOpen, type PlacedItem } from "./compose";
import { Drafter, firstBox, type Drawing, type DrawOptions, type Keep } from "./drawing";
import { sameStructure, type Graph } from "./graph";
import { boxOf } from "./hit";
import type { Flow } from "./layout/level";
import { CANCELLED, LayoutRunner } from "./layout_runner";
import { Transition } from "./transition";

/** Smaller graphs open with all their blocks open. */
const SMALL_GRAPH = 40;

export interface StageEvents {
  repaint(): void;
  moved(view: View): void;
  /** A new drawing is there; a fresh one has nothing to do with the one before. */
  drawn(fresh: boolean): void;
  slow(): void;
}

/** How a drawing comes after another one. */
interface Change {
  /** The item that keeps its place on the screen. */
  readonly keep?: string;
  readonly fresh?: boolean;
}

export class Stage {
  drawing: Drawing | null = null;
  readonly camera: CameraControl;
  readonly transition: Transition;
  open: ReadonlySet<string> = new Set();
  flow: Flow = "down";
  params = false;
  private drafter: Drafter | null = null;
  private readonly runner = new LayoutRunner();
  private draws = 0;
  private settled = 0;

  constructor(
    private readonly measure: Measure,
    private readonly events: StageEvents,
  ) {
    this.camera = new CameraControl((view) => events.moved(view));
    this.transition = new Transition(() => events.repaint());
  }

  /** Whether a drawing is on its way, which will move what is seen. */
  get busy(): boolean {
    return this.draws !== this.settled;
  }

  dispose(): void {
    this.draws++;
    this.camera.stop();
    this.transition.stop();
    this.runner.dispose();
  }

  /** Show another graph; `open` are the blocks that Python asks for. */
  async load(graph: Graph, open: readonly string[]): Promise<void> {
    const before = this.drafter?.graph;
    const fresh = !before || !sameStructure(before, graph);
    this.drafter = new Drafter(graph, this.measure, this.runner);
    const { hierarchy } = this.drafter;
    if (fresh) this.open = new Set(open.length || graph.nodes.size >= SMALL_GRAPH ? open : hierarchy.blocks());
    await this.draw({ fresh });
  }

  /** Open and close blocks so that exactly these are open. */
  async setOpen(open: ReadonlySet<string>, keep?: string): Promise<void> {
    const changed = [...open, ...this.open].filter((id) => open.has(id) !== this.open.has(id));
    if (!changed.length) return;
    const { hierarchy, places } = this.drawing ?? {};
    const held = keep ?? changed.find((id) => places?.has(id));
    this.open = open;
    await this.draw(held === undefined || !hierarchy ? {} : { keep: held });
  }

  /** Open a closed block or close an open one, with what is in it. */
  async toggle(id: string): Promise<void> {
    const { hierarchy } = this.drawing ?? {};
    if (!hierarchy?.isBlock(id)) return;
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    await this.setOpen(open, id);
  }

  /** Open the blocks around a node or block, so that it is seen. */
  async uncover(id: string): Promise<void> {
    const { hierarchy } = this.drawing ?? {};
    const closed = hierarchy?.ancestors(id).filter((block) => !this.open.has(block)) ?? [];
    if (closed.length) await this.setOpen(new Set([...this.open, ...closed]), closed[0]);
  }

  /** Every block open, or none; with `inside` only those in one block. */
  async setAll(open: boolean, inside?: string): Promise<void> {
    const { hierarchy } = this.drawing ?? {};
    if (!hierarchy) return;
    const all = new Set(hierarchy.blocks().filter((id) => inside === undefined || id === inside || hierarchy.ancestors(id).includes(inside)));
    await this.setOpen(open ? new Set([...this.open, ...all]) : new Set([...this.open].filter((id) => !all.has(id))), inside);
    if (inside === undefined) this.fit();
  }

  /** Draw with other options than before. */
  async redraw(options: { flow?: Flow; params?: boolean }): Promise<void> {
    if ((options.flow ?? this.flow) === this.flow && (options.params ?? this.params) === this.params) return;
    this.flow = options.flow ?? this.flow;
    this.params = options.params ?? this.params;
    await this.draw({ fresh: options.flow !== undefined });
  }

  /** The item that stands for a node or block. */
  item(id: string | undefined): PlacedItem | undefined {
    if (id === undefined || !this.drawing) return undefined;
    const { places, hierarchy, options } = this.drawing;
    return places.get(id) ?? places.get(hierarchy.visible(id, options.open));
  }

  /** Before the first size is known there is nothing to move: the opening view shows the selection. */
  reveal(id: string | undefined): void {
    const item = this.item(id);
    if (item && this.camera.size.width) this.camera.reveal(boxOf(item));
  }

  fit(): void {
    if (this.drawing) this.camera.fit(this.drawing.bounds);
  }

  /** The opening view, with `wanted` in it. */
  openView(wanted: string | undefined): void {
    if (!this.drawing || !this.camera.size.width) return;
    const item = this.item(wanted);
    this.camera.open(this.drawing.bounds, firstBox(this.drawing), item && boxOf(item));
  }

  /** The view as it would be had nothing been opened or closed by hand: what can be saved. */
  get savedView(): View {
    const { shift } = this.drawing ?? { shift: { x: 0, y: 0 } };
    const { x, y, zoom } = this.camera.view;
    return { x: x - shift.x, y: y - shift.y, zoom };
  }

  /** Take a saved view. */
  restore(view: View): void {
    const { shift } = this.drawing ?? { shift: { x: 0, y: 0 } };
    this.camera.set({ x: view.x + shift.x, y: view.y + shift.y, zoom: view.zoom });
  }

  private async draw({ keep, fresh = false }: Change): Promise<void> {
    const { drafter, drawing: before } = this;
    if (!drafter) return;
    const draw = ++this.draws;
    const options: DrawOptions = { open: new Set(seenOpen(drafter.hierarchy, this.open)), flow: this.flow, params: this.params };
    const drawing = await drafter.draw(options, () => this.events.slow(), before && !fresh ? held(before, keep) : undefined);
    if (drawing === CANCELLED || draw !== this.draws) return;
    this.drawing = drawing;
    this.settled = draw;
    if (before && !fresh && !lessMotion()) this.transition.start(before, drawing);
    else this.transition.stop();
    this.events.drawn(fresh);
  }
}

/** The place that is kept: that of an item, or of the whole drawing. */
function held(before: Drawing, keep: string | undefined): Keep | undefined {
  const item = keep === undefined ? before.items[0] : before.places.get(keep);
  return item && { id: item.id, at: item.anchor };
}
