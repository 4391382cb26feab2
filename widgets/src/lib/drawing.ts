/** A graph as it is drawn: cards, levels and places, for one set of open blocks. Levels are laid out once and kept. */

import { type Card, type Measure } from "./card";
import { compose, type Composition, type Level, type PlacedItem, type PlacedLine } from "./compose";
import { blockCard, frameTitle, nodeCard, paramCard, paramId, TOGGLE } from "./contents";
import type { Graph } from "./graph";
import { Hierarchy, TOP } from "./hierarchy";
import { HitGrid } from "./hit";
import type { Box, Point } from "./layout";
import type { Flow, LevelSpec } from "./layout/level";
import { CANCELLED, type LayoutRunner } from "./layout_runner";
import { linksOf, merged, type Link } from "./links";

/** What decides which picture is drawn. */
export interface DrawOptions {
  readonly open: ReadonlySet<string>;
  readonly flow: Flow;
  /** Whether parameters are nodes of their own. */
  readonly params: boolean;
}

export interface Drawing extends Composition {
  readonly hierarchy: Hierarchy;
  readonly options: DrawOptions;
  readonly places: ReadonlyMap<string, PlacedItem>;
  readonly grid: HitGrid;
  /** How far the drawing was moved so that what the user opened or closed keeps its place. */
  readonly shift: Point;
  readonly layoutMs: number;
  card(id: string): Card | undefined;
  title(id: string): string;
  /** The pieces of one edge of the graph, by its number. */
  linesOf(edge: number): readonly PlacedLine[];
}

/** An item whose anchor stays at a point of the world. */
export interface Keep {
  readonly id: string;
  readonly at: Point;
}

interface Pending {
  readonly key: string;
  readonly block: string;
  readonly links: readonly Link[];
  readonly spec: LevelSpec;
}

/** The levels, cards and links of one graph. */
export class Drafter {
  readonly hierarchy: Hierarchy;
  private readonly links: ReadonlyMap<string, readonly Link[]>;
  private readonly cards = new Map<string, Card>();
  private readonly titles = new Map<string, { text: string; width: number }>();
  private readonly levels = new Map<string, Level>();
  /** Short names for the states of a block and of everything in it. */
  private readonly versions = new Map<string, string>();

  constructor(
    readonly graph: Graph,
    private readonly measure: Measure,
    private readonly runner: LayoutRunner,
  ) {
    this.hierarchy = new Hierarchy(graph);
    this.links = linksOf(this.hierarchy);
  }

  /** Lay out what is not known yet and put it together; CANCELLED when a later call came first. */
  async draw(options: DrawOptions, onSlow: () => void, keep?: Keep): Promise<Drawing | typeof CANCELLED> {
    const start = performance.now();
    const pending = new Map<string, Pending>();
    const keys = new Map<string, string>();
    this.collect(TOP, options, keys, pending);
    const inner = new Set([...pending.values()].flatMap(({ spec }) => spec.items.flatMap((item) => item.inner ?? [])));
    const known = [...inner].flatMap((key) => {
      const level = this.levels.get(key);
      return level ? [[key, level.layout.frame] as const] : [];
    });
    if (pending.size) {
      const layouts = await this.runner.run({ levels: [...pending.values()].map(({ spec }) => spec), known }, onSlow);
      if (layouts === CANCELLED) return CANCELLED;
      for (const layout of layouts) this.levels.set(layout.key, { layout, links: pending.get(layout.key)?.links ?? [] });
    }
    const levels = new Map([...keys].flatMap(([block, key]) => (this.levels.has(key) ? [[block, this.levels.get(key) as Level] as const] : [])));
    return this.assemble(levels, options, performance.now() - start, keep);
  }

  private assemble(levels: ReadonlyMap<string, Level>, options: DrawOptions, layoutMs: number, keep?: Keep): Drawing {
    const { width = 0, height = 0 } = levels.get(TOP)?.layout.frame ?? {};
    const corner = options.flow === "down" ? { x: -width / 2, y: 0 } : { x: 0, y: -height / 2 };
    let composition = compose(levels, options.flow, corner);
    const kept = keep && composition.items.find((item) => item.id === keep.id)?.anchor;
    const shift = keep && kept ? { x: keep.at.x - kept.x, y: keep.at.y - kept.y } : { x: 0, y: 0 };
    if (shift.x || shift.y) composition = compose(levels, options.flow, { x: corner.x + shift.x, y: corner.y + shift.y });
    const byEdge = new Map<number, PlacedLine[]>();
    const index = (): void => {
      for (const line of composition.lines) {
        for (const edge of line.edges) {
          const known = byEdge.get(edge);
          if (known) known.push(line);
          else byEdge.set(edge, [line]);
        }
      }
    };
    return {
      ...composition,
      hierarchy: this.hierarchy,
      options,
      shift,
      places: new Map(composition.items.map((item) => [item.id, item])),
      grid: new HitGrid(composition.items, composition.lines),
      layoutMs,
      card: (id) => this.cards.get(cardKey(id, options)),
      title: (id) => this.titles.get(id)?.text ?? "",
      linesOf: (edge) => {
        if (!byEdge.size) index();
        return byEdge.get(edge) ?? [];
      },
    };
  }

  /** Add the level inside `block` and the open ones in it that are to be laid out, inner ones first; the answer names its state. */
  private collect(block: string, options: DrawOptions, keys: Map<string, string>, pending: Map<string, Pending>): string {
    const children = this.hierarchy.children.get(block) ?? [];
    const inner = new Map<string, string>();
    for (const child of children) if (options.open.has(child) && this.hierarchy.isBlock(child)) inner.set(child, this.collect(child, options, keys, pending));
    const key = this.version(`${options.flow}\n${options.params}\n${block}\n${[...inner.values()].join(" ")}`);
    keys.set(block, key);
    if (!this.levels.has(key)) {
      const links = merged(this.links.get(block) ?? [], (id) => inner.has(id));
      pending.set(key, { key, block, ...this.specify(key, block, children, inner, links, options) });
    } else for (const child of children) this.prepare(child, options);
    return key;
  }

  private specify(key: string, block: string, children: readonly string[], inner: ReadonlyMap<string, string>, links: readonly Link[], options: DrawOptions): Pick<Pending, "spec" | "links"> {
    const place = new Map(children.map((id, i) => [id, i]));
    const items = children.map((id) => {
      const { width, height } = this.prepare(id, options);
      const within = inner.get(id);
      const beside = options.params ? this.paramSizes(id, options) : [];
      return { id, width, height, ...(within === undefined ? {} : { inner: within }), ...(beside.length ? { beside } : {}) };
    });
    const end = (id: string | undefined): number | null => (id === undefined ? null : (place.get(id) ?? null));
    const title = block === TOP ? null : TOGGLE + 14 + this.titleOf(block).width;
    return { links, spec: { key, flow: options.flow, items, links: links.map(({ from, to, tensor }) => ({ from: end(from), to: end(to), tensor })), title } };
  }

  private paramSizes(id: string, options: DrawOptions): { id: string; width: number; height: number }[] {
    return (this.graph.nodes.get(id)?.params ?? []).flatMap((_, i) => {
      const card = this.cards.get(cardKey(paramId(id, i), options));
      return card ? [{ id: paramId(id, i), width: card.width, height: card.height }] : [];
    });
  }

  /** The card of an item, and those of its parameters if they are drawn. */
  private prepare(id: string, options: DrawOptions): Card {
    const key = cardKey(id, options);
    let card = this.cards.get(key);
    if (!card) {
      card = this.hierarchy.isBlock(id) ? blockCard(this.hierarchy, id, this.measure) : nodeCard(this.hierarchy, id, !options.params, this.measure);
      this.cards.set(key, card);
      if (options.params) this.graph.nodes.get(id)?.params.forEach((param, i) => this.cards.set(cardKey(paramId(id, i), options), paramCard(param, this.measure)));
    }
    return card;
  }

  private titleOf(block: string): { text: string; width: number } {
    let title = this.titles.get(block);
    if (!title) this.titles.set(block, (title = frameTitle(this.hierarchy, block, this.measure)));
    return title;
  }

  private version(state: string): string {
    let version = this.versions.get(state);
    if (version === undefined) this.versions.set(state, (version = `v${this.versions.size}`));
    return version;
  }
}

/** The box of the item that comes first. */
export function firstBox({ items, options }: Drawing): Box | undefined {
  const along = (item: PlacedItem): number => (options.flow === "down" ? item.y - item.height / 2 : item.x - item.width / 2);
  const first = items.reduce<PlacedItem | undefined>((best, item) => (best && along(best) <= along(item) ? best : item), undefined);
  return first && { x: first.x - first.width / 2, y: first.y - first.height / 2, width: first.width, height: first.height };
}

/** The item, not an open block, nearest to a point. */
export function nearestTo({ items }: Drawing, point: Point): PlacedItem | undefined {
  const distance = (item: PlacedItem): number => Math.hypot(item.x - point.x, item.y - point.y);
  return items.reduce<PlacedItem | undefined>((best, item) => (item.open || (best && distance(best) <= distance(item)) ? best : item), undefined);
}

/** A node's card is another one while its parameters stand beside it. */
function cardKey(id: string, { params }: DrawOptions): string {
  return params ? `${id}\nbare` : id;
}
