/** The two halves of a split network: a field behind each card, closed for the base, with a dashed border for the top. */

import type { PlacedItem } from "../compose";
import { mix } from "../colour";
import { boxOf } from "../hit";
import type { Box } from "../layout";
import type { Pen } from "../pen";
import type { Scene } from "../scene";

const REACH = 9;

export function paintShade(pen: Pen, scene: Scene, cards: readonly PlacedItem[]): void {
  for (const item of cards) {
    const side = scene.side(item.id);
    if (!side) continue;
    const card = boxOf(item);
    const box = { x: card.x - REACH, y: card.y - REACH, width: card.width + 2 * REACH, height: card.height + 2 * REACH };
    if (side !== "both") shade(pen, scene, box, side);
    else {
      const half = box.width / 2;
      shade(pen, scene, { ...box, width: half }, "base");
      shade(pen, scene, { ...box, x: box.x + half, width: half }, "top");
    }
  }
}

function shade(pen: Pen, { theme, view }: Scene, box: Box, side: "base" | "top"): void {
  const line = Math.max(1.2, 1 / view.zoom);
  const dash = side === "top" ? { dash: [5, 4] } : {};
  pen.box(box, { fill: mix(theme.canvas, theme[side], 0.2), stroke: theme[side], width: line, radius: 11, ...dash });
}
