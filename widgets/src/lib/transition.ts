/** How items travel from one drawing to the next while a block opens or closes. */

import { Animator } from "./animate";
import type { PlacedItem } from "./compose";
import type { Drawing } from "./drawing";
import type { PlacedNode } from "./layout";

/** With more items than this a jump is calmer than a slow show. */
const MOST_ITEMS = 1500;

export class Transition {
  /** How much of the way is done. */
  share = 1;
  private from: ReadonlyMap<string, PlacedNode> = new Map();
  private readonly animator = new Animator();

  constructor(private readonly changed: () => void) {}

  /** Travel from one drawing to another; what was not there comes out of the block that held it. */
  start(before: Drawing, after: Drawing): void {
    this.animator.stop();
    if (after.items.length > MOST_ITEMS || before.items.length > MOST_ITEMS) return this.show(1);
    const from = new Map<string, PlacedNode>();
    for (const item of after.items) {
      const old = before.places.get(item.id) ?? before.places.get(after.hierarchy.visible(item.id, before.options.open));
      if (!old) continue;
      from.set(item.id, old.id === item.id ? old : { ...item, x: old.x, y: old.y, width: Math.min(item.width, old.width), height: Math.min(item.height, old.height) });
    }
    this.from = from;
    this.share = 0;
    this.animator.run((share) => this.show(share));
    return undefined;
  }

  /** The item on its way. */
  place(item: PlacedItem): PlacedItem {
    const old = this.share < 1 ? this.from.get(item.id) : undefined;
    if (!old) return item;
    const at = (a: number, b: number): number => a + (b - a) * this.share;
    return { ...item, x: at(old.x, item.x), y: at(old.y, item.y), width: at(old.width, item.width), height: at(old.height, item.height) };
  }

  stop(): void {
    this.animator.stop();
    this.share = 1;
  }

  private show(share: number): void {
    this.share = share;
    if (share === 1) this.from = new Map();
    this.changed();
  }
}
