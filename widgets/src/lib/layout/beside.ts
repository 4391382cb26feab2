/** A card with small cards beside it, its parameters: laid out as one item, then put apart. */

import type { PlacedNode, Point } from "../layout";
import type { Flow, LevelItem } from "./level";

const GAP = 16;
const STEP = 5;

interface Sizes {
  readonly width: number;
  readonly height: number;
  /** From the left border, or with the flow to the right from the top, to the middle of the card. */
  readonly axis: number;
}

/** The room that a card takes with what stands beside it: left of it, or with the flow to the right above it. */
export function withBeside(item: LevelItem, flow: Flow): Sizes | null {
  const { width, height, beside = [] } = item;
  if (!beside.length) return null;
  const stack = stackOf(beside);
  if (flow === "right") return { width: Math.max(width, stack.width), height: height + GAP + stack.height, axis: stack.height + GAP + height / 2 };
  return { width: width + GAP + stack.width, height: Math.max(height, stack.height), axis: stack.width + GAP + width / 2 };
}

/** The card and the small cards in the room whose middle is `at`, and the short lines between them. */
export function apart(item: LevelItem, flow: Flow, at: Point): { items: PlacedNode[]; ties: Point[][] } {
  const room = withBeside(item, flow);
  const { id, width, height, beside = [] } = item;
  if (!room) return { items: [{ id, width, height, ...at }], ties: [] };
  const stack = stackOf(beside);
  const [left, top] = [at.x - room.width / 2, at.y - room.height / 2];
  const card = flow === "right" ? { x: at.x, y: top + room.axis } : { x: left + room.axis, y: at.y };
  let y = flow === "right" ? top : at.y - stack.height / 2;
  const items: PlacedNode[] = [{ id, width, height, ...card }];
  const ties: Point[][] = [];
  for (const small of beside) {
    const middle = { x: flow === "right" ? at.x : left + stack.width - small.width / 2, y: y + small.height / 2 };
    items.push({ ...small, ...middle });
    if (flow === "down") ties.push([{ x: left + stack.width, y: middle.y }, { x: card.x - width / 2, y: within(middle.y, card.y, height / 2 - 8) }]);
    y += small.height + STEP;
  }
  if (flow === "right") ties.push([{ x: at.x, y: y - STEP }, { x: at.x, y: card.y - height / 2 }]);
  return { items, ties };
}

function stackOf(beside: readonly { readonly width: number; readonly height: number }[]): { width: number; height: number } {
  const height = beside.reduce((sum, small) => sum + small.height + STEP, -STEP);
  return { width: beside.reduce((most, small) => Math.max(most, small.width), 0), height };
}

function within(value: number, middle: number, reach: number): number {
  return Math.max(middle - reach, Math.min(middle + reach, value));
}
