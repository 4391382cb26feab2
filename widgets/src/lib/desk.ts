/** What the parts of the component share: the host, the stage, what is shown, and the few elements that answer the user. */

import type { Host } from "./host";
import type { Painter } from "./painter";
import type { Shown } from "./scene_builder";
import type { SidePanel } from "./side_panel";
import type { Stage } from "./stage";
import type { Toolbar } from "./toolbar";
import type { GraphTraits } from "./traits";

export interface Desk {
  readonly host: Host<GraphTraits>;
  readonly stage: Stage;
  readonly painter: Painter;
  readonly toolbar: Toolbar;
  readonly side: SidePanel;
  readonly shown: Shown;
  /** Show something else of the same drawing. */
  update(change: Partial<Shown>): void;
  /** Tell a screen reader. */
  announce(text: string): void;
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
