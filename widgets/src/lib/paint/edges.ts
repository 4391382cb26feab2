/** Edges: calm lines first, then those of the selected and the hovered nodes, with arrows where there is room. */

import { overlaps } from "../hit";
import type { Box, PlacedEdge, Point } from "../layout";
import type { Scene } from "../paint";

const WIDTH = 1.4;
const ARROW_ZOOM = 0.4;
const ARROW = { length: 7, halfWidth: 3.6 };

/** Every visible edge in the calm colour. */
export function paintEdges(context: CanvasRenderingContext2D, scene: Scene, shown: Box): void {
  const edges = scene.layout.edges.filter((edge) => overlaps(extent(edge), shown));
  context.globalAlpha = scene.matches ? 0.45 : 1;
  stroke(context, edges, scene.theme.edge, Math.max(WIDTH, 0.7 / scene.view.zoom), scene.view.zoom);
  context.globalAlpha = 1;
}

/** The edges of the selected nodes, one colour in and one out, and those of the hovered node. */
export function paintEmphasis(context: CanvasRenderingContext2D, { layout, selected, hovered, theme, view }: Scene, shown: Box): void {
  if (!selected.size && hovered === undefined) return;
  const touching = layout.edges.filter((edge) => overlaps(extent(edge), shown));
  const width = Math.max(2.4, 1.6 / view.zoom);
  const hoveredEdges = touching.filter((edge) => edge.from === hovered || edge.to === hovered);
  stroke(context, hoveredEdges, theme.muted, width * 0.85, view.zoom);
  stroke(context, touching.filter((edge) => selected.has(edge.to)), theme.edgeIn, width, view.zoom);
  stroke(context, touching.filter((edge) => selected.has(edge.from)), theme.edgeOut, width, view.zoom);
}

function stroke(context: CanvasRenderingContext2D, edges: readonly PlacedEdge[], colour: string, width: number, zoom: number): void {
  if (!edges.length) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  for (const edge of edges) trace(context, edge.points);
  context.stroke();
  if (zoom < ARROW_ZOOM) return;
  context.fillStyle = colour;
  context.beginPath();
  for (const edge of edges) traceArrow(context, edge.points, Math.sqrt(width / WIDTH));
  context.fill();
}

/** Straight where two points stand above each other, else an S with upright ends. */
function trace(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  points.forEach((point, i) => {
    const before = points[i - 1];
    if (!before) return context.moveTo(point.x, point.y);
    if (before.x === point.x) return context.lineTo(point.x, point.y);
    const middle = (before.y + point.y) / 2;
    return context.bezierCurveTo(before.x, middle, point.x, middle, point.x, point.y);
  });
}

function traceArrow(context: CanvasRenderingContext2D, points: readonly Point[], scale: number): void {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (!tip || !before) return;
  const back = tip.y >= before.y ? -ARROW.length * scale : ARROW.length * scale;
  context.moveTo(tip.x, tip.y);
  context.lineTo(tip.x - ARROW.halfWidth * scale, tip.y + back);
  context.lineTo(tip.x + ARROW.halfWidth * scale, tip.y + back);
  context.closePath();
}

const extents = new WeakMap<PlacedEdge, Box>();

/** The rectangle around an edge, computed once. */
function extent(edge: PlacedEdge): Box {
  let box = extents.get(edge);
  if (!box) {
    const xs = edge.points.map((point) => point.x);
    const ys = edge.points.map((point) => point.y);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    box = { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
    extents.set(edge, box);
  }
  return box;
}
