/** The layout of one opened block: its items, the frame around them, and the ports where tensors pass the frame. */

import { layoutGraph, type LayoutEdge, type LayoutNode, type PlacedNode, type Point } from "../layout";
import { apart, withBeside } from "./beside";

/** Which way the edges run. */
export type Flow = "down" | "right";

/** Plain data, so that it can be posted to a worker. An item that is open names the level inside it. */
export interface LevelSpec {
  readonly key: string;
  readonly flow: Flow;
  readonly items: readonly LevelItem[];
  readonly links: readonly LevelLink[];
  /** The width of the frame's title; a level without a title has no frame. */
  readonly title: number | null;
}

export interface LevelItem {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly inner?: string;
  /** Small cards that stand beside it. */
  readonly beside?: readonly { readonly id: string; readonly width: number; readonly height: number }[];
}

/** Ends are places in `items`, or null for the frame. */
export interface LevelLink {
  readonly from: number | null;
  readonly to: number | null;
  readonly tensor: string;
}

/** The outside of a level: its size, the axis it is lined up on and where tensors pass, as shifts from the axis. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** From the left border, or with the flow to the right from the top. */
  readonly axis: number;
  readonly ins: Readonly<Record<string, number>>;
  readonly outs: Readonly<Record<string, number>>;
}

/** Positions are relative to the frame's left top corner; `routes` are in the order of the links. */
export interface LevelLayout {
  readonly key: string;
  readonly frame: Frame;
  readonly items: readonly PlacedNode[];
  readonly routes: readonly (readonly Point[])[];
  /** The lines to what stands beside a card. */
  readonly ties: readonly (readonly Point[])[];
}

/** The strip at the top of a frame that holds its title. */
export const HEADER = 26;
const SIDE = 16;
const PORT = 2;
/** To the right the shapes of the tensors stand in the gaps. */
const GAP_RIGHT = 72;

/** Lay one level out; `frames` has the levels of its open items. */
export function layoutLevel(spec: LevelSpec, frames: ReadonlyMap<string, Frame>): LevelLayout {
  const right = spec.flow === "right";
  const ins = [...new Set(spec.links.flatMap(({ from, tensor }) => (from === null ? [tensor] : [])))];
  const outs = [...new Set(spec.links.flatMap(({ to, tensor }) => (to === null ? [tensor] : [])))];
  const inners = spec.items.map(({ inner }) => (inner === undefined ? undefined : frames.get(inner)));
  const nodes: LayoutNode[] = spec.items.map((item, i) => {
    const room = inners[i] ?? withBeside(item, spec.flow);
    const { width, height } = room ?? item;
    const sizes = right ? { width: height, height: width } : { width, height };
    return room ? { id: `${i}`, ...sizes, left: room.axis } : { id: `${i}`, ...sizes };
  });
  const ports = [...ins.map((tensor) => `>${tensor}`), ...outs.map((tensor) => `<${tensor}`)];
  const edges = spec.links.map(({ from, to, tensor }): LayoutEdge => [
    from === null ? `>${tensor}` : `${from}`,
    to === null ? `<${tensor}` : `${to}`,
    from === null ? 0 : (inners[from]?.outs[tensor] ?? 0),
    to === null ? 0 : (inners[to]?.ins[tensor] ?? 0),
  ]);
  const layout = layoutGraph({
    nodes: [...nodes, ...ports.map((id) => ({ id, width: PORT, height: 0 }))],
    edges,
    first: new Set(ports.slice(0, ins.length)),
    last: new Set(ports.slice(ins.length)),
    ...(right ? { rowGap: GAP_RIGHT } : {}),
  });
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
  const across = (prefix: string, tensors: readonly string[]): [string, number][] => tensors.map((tensor) => [tensor, places.get(prefix + tensor)?.x ?? 0]);
  const [inPlaces, outPlaces] = [across(">", ins), across("<", outs)];
  const box = frameBox(layout.bounds, spec, ins.length > 0, outs.length > 0, inPlaces);
  const start = right ? box.y : box.x;
  const axis = (middle(inPlaces.map(([, at]) => at)) ?? middle(outPlaces.map(([, at]) => at)) ?? start + (right ? box.height : box.width) / 2) - start;
  const shifts = (list: readonly [string, number][]): Record<string, number> => Object.fromEntries(list.map(([tensor, at]) => [tensor, at - start - axis]));
  const place = ({ x, y }: Point): Point => (right ? { x: y - box.x, y: x - box.y } : { x: x - box.x, y: y - box.y });
  const parts = spec.items.map((item, i) => apart({ ...item, ...(inners[i] ? { width: inners[i].width, height: inners[i].height } : {}) }, spec.flow, place(places.get(`${i}`) ?? { x: 0, y: 0 })));
  return {
    key: spec.key,
    frame: { width: box.width, height: box.height, axis, ins: shifts(inPlaces), outs: shifts(outPlaces) },
    items: parts.flatMap(({ items }) => items),
    routes: layout.edges.map(({ points }, i) => toCards(points.map(place), spec, i, parts.map(({ items }) => items[0]))),
    ties: parts.flatMap(({ ties }) => ties),
  };
}

/** A route reaches the room of a card and what stands beside it; the rest of the way to the card is straight. */
function toCards(points: Point[], { links, items, flow }: LevelSpec, i: number, cards: readonly (PlacedNode | undefined)[]): Point[] {
  const { from, to } = links[i] ?? { from: null, to: null };
  const border = (end: number | null, point: Point | undefined, side: 1 | -1): Point[] => {
    const card = end === null || !items[end]?.beside?.length ? undefined : cards[end];
    if (!card || !point) return [];
    return [flow === "down" ? { x: point.x, y: card.y + (side * card.height) / 2 } : { x: card.x + (side * card.width) / 2, y: point.y }];
  };
  const forward = flow === "down" ? (points.at(-1)?.y ?? 0) >= (points[0]?.y ?? 0) : (points.at(-1)?.x ?? 0) >= (points[0]?.x ?? 0);
  return [...border(from, points[0], forward ? 1 : -1), ...points, ...border(to, points.at(-1), forward ? -1 : 1)];
}

/** The frame in the layout's coordinates, turned back when the flow is to the right. Ports lie on its border. */
function frameBox(
  bounds: { x: number; y: number; width: number; height: number },
  { flow, title }: LevelSpec,
  hasIns: boolean,
  hasOuts: boolean,
  ins: readonly [string, number][],
): { x: number; y: number; width: number; height: number } {
  if (flow === "right") {
    if (title === null) return { x: bounds.y, y: bounds.x, width: bounds.height, height: bounds.width };
    const [before, after] = [hasIns ? 0 : SIDE, hasOuts ? 0 : SIDE];
    const width = Math.max(bounds.height + before + after, title + 2 * SIDE);
    return { x: bounds.y - before, y: bounds.x - HEADER - SIDE / 2, width: width, height: bounds.width + HEADER + 1.5 * SIDE };
  }
  if (title === null) return bounds;
  // The title stands left of the first line that comes in through the header.
  const firstIn = ins.reduce((least, [, at]) => Math.min(least, at), Infinity);
  const left = Math.min(bounds.x - SIDE, (hasIns ? firstIn : bounds.x + title) - title - SIDE);
  const [above, below] = [hasIns ? 0 : HEADER + SIDE / 2, hasOuts ? 0 : SIDE];
  return { x: left, y: bounds.y - above, width: bounds.x + bounds.width + SIDE - left, height: bounds.height + above + below };
}

function middle(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
}
