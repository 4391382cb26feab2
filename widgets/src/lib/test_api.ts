/** What tests may ask of the component: a canvas has no elements to look for. */

import { toScreen, type View } from "./camera";
import type { Desk } from "./desk";
import { svgOf, type Extent } from "./export";
import type { PlacedNode } from "./layout";
import type { Scene } from "./scene";

export interface TestApi {
  view(): View;
  /** The centre of a node, or of the closed block around it, in the window, in CSS pixels. */
  at(id: string): [x: number, y: number] | undefined;
  readonly layoutMs: number | undefined;
  /** Everything that is drawn: nodes, closed blocks, frames of open ones. */
  nodes(): readonly PlacedNode[];
  svg(extent: Extent): string;
}

export function testApi({ stage, painter }: Desk, scene: () => Scene | null): TestApi {
  return {
    view: () => stage.camera.view,
    at(id) {
      const item = stage.item(id);
      const frame = painter.canvas.getBoundingClientRect();
      const place = item && toScreen(stage.camera.view, stage.camera.size, item);
      return place && [frame.left + place.x, frame.top + place.y];
    },
    get layoutMs() {
      return stage.drawing?.layoutMs;
    },
    nodes: () => stage.drawing?.items ?? [],
    svg(extent) {
      const shown = scene();
      return shown ? svgOf(shown, extent) : "";
    },
  };
}
