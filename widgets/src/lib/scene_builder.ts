/** From what the user asked for to what is painted; what does not change from frame to frame is kept. */

import type { Size, View } from "./camera";
import { ownerOf } from "./contents";
import type { Drawing } from "./drawing";
import { linesAt, linesOf, reach, visibleLinks } from "./highlight";
import { TOP } from "./hierarchy";
import { memo } from "./memo";
import { overlayValue, valueColour, valueText, type Mark, type Overlay } from "./overlay";
import { coloursByRule, ruleColour, type Rule } from "./rules";
import type { Scene, Tint } from "./scene";
import type { Search } from "./search";
import { sideOf, type Side, type Split } from "./split";
import type { Theme } from "./theme";
import type { Transition } from "./transition";

/** What is shown of a drawing; ids are of nodes and blocks, seen or not. */
export interface Shown {
  readonly selected: readonly string[];
  readonly hovered: string | undefined;
  readonly search: Search;
  readonly overlay: Overlay | null;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly split: Split;
  readonly keys: readonly string[];
  readonly rules: readonly Rule[];
  readonly theme: Theme;
  /** Dim what neither leads to the selection nor follows it; and the same for the hovered item. */
  readonly path: boolean;
  readonly tracing: boolean;
}

export class SceneBuilder {
  private readonly seen = memo<Pick<Scene, "selected" | "matches" | "marks" | "keys" | "candidates">>();
  private readonly emphasis = memo<Pick<Scene, "near" | "lit" | "strong">>();
  private readonly tints = memo<(id: string) => Tint | undefined>();
  private readonly values = memo<(id: string) => string>();
  private readonly sides = memo<(id: string) => Side | undefined>();

  build(drawing: Drawing, shown: Shown, view: View, size: Size, transition: Transition): Scene {
    const { selected, hovered, search, marks, split, keys, overlay, rules, theme, path, tracing } = shown;
    return {
      drawing,
      view,
      size,
      theme,
      hovered,
      ...this.seen([drawing, selected, search, marks, split, keys], () => seenItems(drawing, shown)),
      ...this.emphasis([drawing, selected, hovered, theme, path, tracing], () => emphasised(drawing, shown)),
      tint: this.tints([drawing.hierarchy, overlay, rules, theme], () => tinter(drawing, shown)),
      value: this.values([drawing.hierarchy, overlay], () => kept((id) => valueOf(drawing, overlay, id))),
      side: this.sides([drawing.hierarchy, split], () => kept((id) => (split.sides.size ? sideOf(split, drawing.hierarchy, ownerOf(id)) : undefined))),
      place: (item) => transition.place(item),
      shown: transition.share,
    };
  }
}

/** The ids as far as they are on the screen: a node in a closed block is shown by the block. */
function seenItems(drawing: Drawing, { selected, search, marks, split, keys }: Shown): Pick<Scene, "selected" | "matches" | "marks" | "keys" | "candidates"> {
  const { hierarchy, options } = drawing;
  const visible = (id: string): string => hierarchy.visible(id, options.open);
  const seenMarks = new Map<string, Mark>();
  for (const [id, mark] of marks) if (mark === "error" || !seenMarks.has(visible(id))) seenMarks.set(visible(id), mark);
  return {
    selected: new Set(selected.map(visible)),
    matches: search.query && !search.problem ? new Set(search.matches.map(visible)) : null,
    marks: seenMarks,
    keys: new Set(keys.map(visible)),
    candidates: new Set([...split.candidates.keys()].map(visible)),
  };
}

function emphasised(drawing: Drawing, shown: Shown): Pick<Scene, "near" | "lit" | "strong"> {
  const { hierarchy, options } = drawing;
  const { selected, hovered, theme } = shown;
  const traced = shown.tracing && hovered !== undefined ? [ownerOf(hovered)] : shown.path ? selected : [];
  if (traced.length) return tracedPath(drawing, traced, theme);
  const items = [...new Set(selected.map((id) => hierarchy.visible(id, options.open)))];
  const strong = [];
  const near = new Set<string>();
  if (hovered !== undefined) {
    strong.push({ lines: [...linesAt(drawing, hovered, "into"), ...linesAt(drawing, hovered, "outOf")], colour: theme.muted });
    const links = visibleLinks(drawing);
    for (const id of [...links.producers.get(hovered), ...links.consumers.get(hovered)]) near.add(id);
    const twin = hierarchy.block(hovered)?.twin;
    if (twin) for (const block of hierarchy.graph.blocks.values()) if (block.twin === twin && block.id !== hovered) near.add(block.id);
  }
  strong.push({ lines: items.flatMap((id) => linesAt(drawing, id, "into")), colour: theme.edgeIn });
  strong.push({ lines: items.flatMap((id) => linesAt(drawing, id, "outOf")), colour: theme.edgeOut });
  return { near, lit: null, strong };
}

/** Everything before and after some items, the rest dimmed. */
function tracedPath(drawing: Drawing, ids: readonly string[], theme: Theme): Pick<Scene, "near" | "lit" | "strong"> {
  const { hierarchy, options } = drawing;
  const [before, after] = [ids.map((id) => reach(drawing, id, "into")), ids.map((id) => reach(drawing, id, "outOf"))];
  const lit = new Set<string>();
  for (const { nodes } of [...before, ...after]) for (const id of nodes) lit.add(hierarchy.visible(id, options.open));
  for (const id of [...lit]) for (let at = hierarchy.parent(id); at !== TOP; at = hierarchy.parent(at)) lit.add(at);
  const strong = [
    { lines: before.flatMap(({ edges }) => linesOf(drawing, edges)), colour: theme.edgeIn },
    { lines: after.flatMap(({ edges }) => linesOf(drawing, edges)), colour: theme.edgeOut },
  ];
  return { near: new Set(), lit, strong };
}

function tinter({ hierarchy }: Drawing, { overlay, rules, theme }: Shown): (id: string) => Tint | undefined {
  const colours = coloursByRule(rules, hierarchy, overlay);
  return kept((id) => {
    const node = ownerOf(id);
    const ruled = node === id ? ruleColour(colours, hierarchy, id) : undefined;
    if (ruled) return { fill: ruled, missing: false };
    if (!overlay || node !== id) return undefined;
    const fill = valueColour(overlay, overlayValue(overlay, hierarchy, id));
    return { fill: fill ?? theme.noValue, missing: fill === undefined };
  });
}

function valueOf({ hierarchy }: Drawing, overlay: Overlay | null, id: string): string {
  const value = overlay && ownerOf(id) === id ? overlayValue(overlay, hierarchy, id) : undefined;
  return !overlay || value === undefined ? "" : valueText({ ...overlay, unit: "" }, value);
}

/** Ask once for each id. */
function kept<T>(ask: (id: string) => T): (id: string) => T {
  const answers = new Map<string, T>();
  return (id) => {
    if (!answers.has(id)) answers.set(id, ask(id));
    return answers.get(id) as T;
  };
}
