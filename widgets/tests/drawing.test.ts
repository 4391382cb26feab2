import { describe, expect, test } from "vitest";
import type { PlacedItem, PlacedLine } from "../src/lib/compose";
import { ownerOf, paramId } from "../src/lib/contents";
import { Drafter, type Drawing } from "../src/lib/drawing";
import { boxOf } from "../src/lib/hit";
import type { LayoutJob } from "../src/lib/layout/job";
import type { Flow } from "../src/lib/layout/level";
import { LayoutRunner } from "../src/lib/layout_runner";
import { detector, drafter, drawn, measure, stages } from "./fixtures";

const ALL = ["s1", "s1u0", "s1u1", "s2", "s2u0", "s2u1"];

function inside(outer: PlacedItem, inner: PlacedItem): boolean {
  const [a, b] = [boxOf(outer), boxOf(inner)];
  return b.x >= a.x && b.y >= a.y && b.x + b.width <= a.x + a.width && b.y + b.height <= a.y + a.height;
}

function meet(a: PlacedItem, b: PlacedItem): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2;
}

/** Cards that an edge's pieces pass, other than its ends. */
function underCards({ items, lines }: Drawing): string[] {
  return lines.flatMap(({ from, to, points }) =>
    points.slice(1).flatMap((q, i) => {
      const p = points[i] ?? q;
      const [left, top, end, bottom] = [Math.min(p.x, q.x), Math.min(p.y, q.y), Math.max(p.x, q.x), Math.max(p.y, q.y)];
      return items
        .filter((item) => !item.open && item.id !== from && item.id !== to)
        .filter((item) => {
          const box = boxOf(item);
          return left < box.x + box.width && end > box.x && top < box.y + box.height && bottom > box.y;
        })
        .map((item) => `${from}-${to} under ${item.id}`);
    }),
  );
}

test("closed blocks are cards, and the cut edges one line each", async () => {
  const drawing = await drawn(stages(), []);
  expect(drawing.items.map(({ id }) => id)).toEqual(["in", "s1", "s2", "out"]);
  expect(drawing.lines.map(({ from, to }) => [from, to])).toEqual([["in", "s1"], ["s1", "s2"], ["s2", "out"]]);
});

test("a block inside a closed one is not seen, open or not", async () => {
  expect((await drawn(stages(), ["s1u0"])).items.map(({ id }) => id)).toEqual(["in", "s1", "s2", "out"]);
});

describe.each<[string, Flow, Promise<Drawing>]>([
  ["all open, down", "down", drawn(stages(3), [...ALL, "s1u2", "s2u2"])],
  ["all open, right", "right", drawn(stages(3), [...ALL, "s1u2", "s2u2"], { flow: "right" })],
  ["one open", "down", drawn(stages(3), ["s1", "s1u1"])],
  ["parameters as nodes", "down", drawn(stages(2), ALL, { params: true })],
  ["parameters as nodes, right", "right", drawn(stages(2), ALL, { params: true, flow: "right" })],
  ["heads and trunk open", "down", drawn(detector(12), ["trunk", "heads"])],
  ["heads and trunk open, right", "right", drawn(detector(12), ["trunk", "heads"], { flow: "right" })],
  ["heads open", "down", drawn(detector(12), ["heads"])],
  ["trunk open", "down", drawn(detector(12), ["trunk"])],
])("%s", (_, flow, promise) => {
  test("everything stands inside its block and apart from its siblings", async () => {
    const { items, hierarchy, places } = await promise;
    for (const item of items) {
      const block = places.get(hierarchy.parent(ownerOf(item.id)));
      if (block) expect(inside(block, item), item.id).toBe(true);
    }
    const parent = (item: PlacedItem): string => hierarchy.parent(ownerOf(item.id));
    const clashes = items.flatMap((a, i) => items.slice(i + 1).filter((b) => parent(a) === parent(b) && meet(a, b)).map((b) => `${a.id} ${b.id}`));
    expect(clashes).toEqual([]);
  });

  test("no line runs under a card", async () => expect(underCards(await promise)).toEqual([]));

  test("the pieces of an edge join at the borders, from its source to its target", async () => {
    const drawing = await promise;
    const { graph } = drawing.hierarchy;
    graph.edges.forEach(([from, to], edge) => {
      const pieces = [...drawing.linesOf(edge)];
      const seen = (id: string): string => drawing.hierarchy.visible(id, drawing.options.open);
      if (seen(from) === seen(to)) return expect(pieces).toEqual([]);
      const start = pieces.find((line) => line.starts);
      expect(start?.from).toBe(seen(from));
      let at: PlacedLine | undefined = start;
      for (let step = 0; at && !at.ends && step < pieces.length; step++) {
        const end: { x: number; y: number } | undefined = at.points.at(-1);
        at = pieces.find((line) => line !== at && Math.hypot((line.points[0]?.x ?? NaN) - (end?.x ?? 0), (line.points[0]?.y ?? NaN) - (end?.y ?? 0)) < 0.01);
      }
      expect(at?.to, `${from} to ${to}`).toBe(seen(to));
      return undefined;
    });
  });

  test("edges lead with the flow", async () => {
    for (const { points } of (await promise).lines) {
      const along = points.map(({ x, y }) => (flow === "down" ? y : x));
      expect(along).toEqual([...along].sort((a, b) => a - b));
    }
  });
});

test("the trunk of residual units is straight through all borders", async () => {
  const { lines, places } = await drawn(stages(2), ALL);
  const into = lines.filter(({ to, ends }) => ends && to.endsWith("conv"));
  expect(into.length).toBe(4);
  expect(new Set(["in", "s1u0add", "s1u1add", "out"].map((id) => places.get(id)?.x)).size).toBe(1);
});

test("the title of an open block lies left of the line that comes in", async () => {
  const { lines, places } = await drawn(stages(2), ["s1"]);
  const frame = places.get("s1");
  const line = lines.find(({ to, ends }) => to === "s1" && !ends);
  expect((line?.points.at(-1)?.x ?? 0) - ((frame?.x ?? 0) - (frame?.width ?? 0) / 2)).toBeGreaterThan(7 * "stage s1".length + 30);
});

test("opening a block keeps it in its place, and closing it too", async () => {
  const own = drafter(stages(3));
  const closed = await drawn(own, ["s1"]);
  const at = closed.places.get("s1u1")?.anchor;
  if (!at) throw new Error("no unit");
  const open = await drawn(own, ["s1", "s1u1"], {}, { id: "s1u1", at });
  expect(open.places.get("s1u1")?.anchor).toEqual(at);
  expect(open.places.get("s1u1")?.height).toBeGreaterThan(closed.places.get("s1u1")?.height ?? Infinity);
  const again = await drawn(own, ["s1"], {}, { id: "s1u1", at });
  expect(again.items).toEqual(closed.items);
});

test("only what has changed is laid out: a block and those around it", async () => {
  const laidOut: number[] = [];
  class Counting extends LayoutRunner {
    override run(job: LayoutJob, onSlow: () => void): ReturnType<LayoutRunner["run"]> {
      laidOut.push(job.levels.length);
      return super.run(job, onSlow);
    }
  }
  const own = new Drafter(stages(3), measure, new Counting());
  for (const open of [[], ["s1"], ["s1", "s1u0"], ["s1", "s1u0", "s2"], ["s1", "s1u0"], []]) await drawn(own, open);
  expect(laidOut).toEqual([1, 2, 3, 2]);
});

test("parameters stand beside their operator and belong to it", async () => {
  const { places, card } = await drawn(stages(1), ["s1", "s1u0"], { params: true });
  const [param, conv] = [places.get(paramId("s1u0conv", 0)), places.get("s1u0conv")];
  expect((param?.x ?? 0) + (param?.width ?? 0) / 2).toBeLessThan((conv?.x ?? 0) - (conv?.width ?? 0) / 2);
  expect(card(paramId("s1u0conv", 1))?.name).toBe("bias 3");
  expect(card("s1u0conv")?.params).toBe("");
  expect([ownerOf(paramId("s1u0conv", 1)), ownerOf("s1u0conv")]).toEqual(["s1u0conv", "s1u0conv"]);
});
