/** When and where the layout runs: at once for small graphs, after a repaint for big ones. A worker would start here. */

import { layoutGraph, type Layout, type LayoutInput } from "./layout";

const BIG = 1500;

/** Lay the graph out; `onSlow` is called, and gets painted, before a layout that takes long enough to notice. */
export async function runLayout(input: LayoutInput, onSlow: () => void): Promise<Layout> {
  if (input.nodes.length >= BIG) {
    onSlow();
    await nextPaint();
  }
  return layoutGraph(input);
}

/** The timeout covers pages in the background, which get no animation frames. */
function nextPaint(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });
}
