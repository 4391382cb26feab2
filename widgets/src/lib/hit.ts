/** A grid over the boxes of the nodes: what is under a point, what lies in a rectangle. */

import type { Box, PlacedNode, Point } from "./layout";

const CELL = 256;

export class HitGrid {
  private readonly cells = new Map<string, PlacedNode[]>();

  constructor(nodes: readonly PlacedNode[]) {
    for (const node of nodes) {
      for (const key of cellsOf(boxOf(node))) {
        const cell = this.cells.get(key);
        if (cell) cell.push(node);
        else this.cells.set(key, [node]);
      }
    }
  }

  /** The node under a world point. */
  at(point: Point): PlacedNode | undefined {
    const cell = this.cells.get(`${Math.floor(point.x / CELL)},${Math.floor(point.y / CELL)}`);
    return cell?.find((node) => Math.abs(node.x - point.x) <= node.width / 2 && Math.abs(node.y - point.y) <= node.height / 2);
  }
}

/** The rectangle a node covers. */
export function boxOf(node: PlacedNode): Box {
  return { x: node.x - node.width / 2, y: node.y - node.height / 2, width: node.width, height: node.height };
}

/** Whether two rectangles touch. */
export function overlaps(a: Box, b: Box): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

function* cellsOf(box: Box): Generator<string> {
  for (let column = Math.floor(box.x / CELL); column <= Math.floor((box.x + box.width) / CELL); column++) {
    for (let row = Math.floor(box.y / CELL); row <= Math.floor((box.y + box.height) / CELL); row++) yield `${column},${row}`;
  }
}
