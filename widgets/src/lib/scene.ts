/** Everything that can be seen, as the painters take it. Ids are those of items: nodes, blocks and drawn parameters. */

import type { Size, View } from "./camera";
import type { PlacedItem, PlacedLine } from "./compose";
import type { Drawing } from "./drawing";
import type { Mark } from "./overlay";
import type { Side } from "./split";
import type { Theme } from "./theme";

/** The colour that an overlay or a rule gives an item. */
export interface Tint {
  readonly fill: string;
  /** Nothing is known of the item: its border is dashed, because grey alone would be a colour code. */
  readonly missing: boolean;
}

export interface Scene {
  readonly drawing: Drawing;
  readonly view: View;
  readonly size: Size;
  readonly theme: Theme;
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | undefined;
  /** Neighbours and twins of the hovered item. */
  readonly near: ReadonlySet<string>;
  /** What stays bright while the rest is dimmed; null when nothing is dimmed. */
  readonly lit: ReadonlySet<string> | null;
  /** The hits of the search, null while nothing is searched. */
  readonly matches: ReadonlySet<string> | null;
  /** Emphasised lines, the last one on top. */
  readonly strong: readonly { readonly lines: readonly PlacedLine[]; readonly colour: string }[];
  readonly marks: ReadonlyMap<string, Mark>;
  readonly keys: ReadonlySet<string>;
  readonly candidates: ReadonlySet<string>;
  tint(id: string): Tint | undefined;
  side(id: string): Side | undefined;
  /** The overlay's value as text, "" without an overlay or a value. */
  value(id: string): string;
  /** Where an item is while a block opens or closes. */
  place(item: PlacedItem): PlacedItem;
  /** How far lines and new items have faded in, 0 to 1. */
  readonly shown: number;
}
