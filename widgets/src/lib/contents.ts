/** What stands on the card of a node, of a closed block and of a parameter, and in the title of an open block. */

import { elide, makeCard, makePill, TITLE_FONT, type Card, type Measure } from "./card";
import { counted, type Hierarchy } from "./hierarchy";

/** The side of the button that opens or closes a block. */
export const TOGGLE = 16;
const WIDEST_TITLE = 170;

/** Ids of parameters that are drawn as nodes; no node of a model is called so. */
const PARAM = "\u0000param:";

export function paramId(node: string, i: number): string {
  return `${PARAM}${i}:${node}`;
}

/** The node that a parameter belongs to; any other id is its own. */
export function ownerOf(id: string): string {
  return id.startsWith(PARAM) ? id.slice(id.indexOf(":", PARAM.length) + 1) : id;
}

/** The card of a node; with `params` false they are drawn as nodes beside it. */
export function nodeCard({ graph }: Hierarchy, id: string, params: boolean, measure: Measure): Card {
  const node = graph.nodes.get(id);
  // Where something reads the node its shape stands at the edge.
  const shape = graph.consumers.get(id)?.length ? "" : (node?.shape ?? "");
  return makeCard({ title: node?.op ?? "", name: node?.name ?? "", shape, badge: node?.badge ?? "", params: params ? (node?.params ?? []) : [] }, measure);
}

export function blockCard(hierarchy: Hierarchy, id: string, measure: Measure): Card {
  const block = hierarchy.block(id);
  const size = counted(hierarchy.nodes(id).length, "node");
  return makeCard({ title: block?.label ?? "", name: block?.detail || size, shape: "", badge: twinBadge(hierarchy, id), params: [], aside: TOGGLE + 8 }, measure);
}

export function paramCard(param: string, measure: Measure): Card {
  return makePill(param, measure);
}

/** The title of an open block, with its width. */
export function frameTitle(hierarchy: Hierarchy, id: string, measure: Measure): { text: string; width: number } {
  const width = (text: string): number => measure(text, TITLE_FONT);
  const text = elide(hierarchy.block(id)?.label ?? "", WIDEST_TITLE, width);
  return { text, width: Math.ceil(width(text)) };
}

/** The mark of blocks that are built alike, such as "3 alike". */
export function twinBadge(hierarchy: Hierarchy, id: string): string {
  const count = hierarchy.twinCount(id);
  return count > 1 ? `${count} alike` : "";
}
