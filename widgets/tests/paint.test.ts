/** The painters on the SVG pen: the same calls as on the canvas, and text to look into. */

import { expect, test } from "vitest";
import { svgOf } from "../src/lib/export";
import { parseGraph } from "../src/lib/graph";
import { parseOverlay, valueColour } from "../src/lib/overlay";
import type { Scene } from "../src/lib/scene";
import { SceneBuilder, type Shown } from "../src/lib/scene_builder";
import { NO_SEARCH } from "../src/lib/search";
import { parseSplit } from "../src/lib/split";
import { THEMES } from "../src/lib/theme";
import { Transition } from "../src/lib/transition";
import { drawn, stages } from "./fixtures";

const NOTHING: Shown = {
  selected: [],
  hovered: undefined,
  search: NO_SEARCH,
  overlay: null,
  marks: new Map(),
  split: parseSplit({}),
  keys: [],
  rules: [],
  theme: THEMES.light,
  path: false,
  tracing: false,
};

async function scene(shown: Partial<Shown> = {}, open: readonly string[] = ["s1"], graph = stages()): Promise<Scene> {
  const drawing = await drawn(graph, open);
  return new SceneBuilder().build(drawing, { ...NOTHING, ...shown }, { x: 0, y: 300, zoom: 1 }, { width: 800, height: 600 }, new Transition(() => undefined));
}

test("the whole drawing has every card, title and shape", async () => {
  const svg = svgOf(await scene(), "whole");
  for (const text of ["Input", "stage s1", "unit 0", "unit 1", "stage s2", "FullyConnected", "1x8", "6 nodes", "2 alike"]) expect(svg).toContain(`>${text}<`);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d/);
});

test("the view has only what is in it", async () => {
  const seen = await scene();
  const top = { ...seen, view: { x: 0, y: -200, zoom: 1 } };
  expect(svgOf(top, "view")).toContain(">Input<");
  expect(svgOf(top, "view")).not.toContain(">FullyConnected<");
});

test("names are text, never markup", async () => {
  const graph = parseGraph({ nodes: [{ id: "a", name: `<img src="x">&'`, op: "op\u0000\u0008" }], edges: [] });
  const svg = svgOf(await scene({}, [], graph), "whole");
  expect(svg).toContain("&lt;img src=&quot;x&quot;&gt;&amp;&#39;");
  expect(svg).not.toContain("<img");
  expect(svg).not.toMatch(/[\u0000\u0008]/);
});

test("the overlay colours nodes and closed blocks, and leaves others dashed", async () => {
  const overlay = parseOverlay({ better: "high", values: { in: 1, s2u0conv: 5, s2u1conv: 3, s1u0conv: 9 } });
  if (!overlay) throw new Error("no overlay");
  const shown = await scene({ overlay });
  expect(shown.tint("in")?.fill).toBe(valueColour(overlay, 1));
  expect(shown.tint("s2")?.fill).toBe(valueColour(overlay, 3));
  expect(shown.tint("out")).toEqual({ fill: THEMES.light.noValue, missing: true });
  expect(svgOf(shown, "whole")).toContain('stroke-dasharray="4 3"');
  expect(svgOf(shown, "whole")).toMatch(/>stage s2<.*>3</);
});

test("rules come before the overlay, the first before the second, and colour a block when all its nodes agree", async () => {
  const overlay = parseOverlay({ values: { in: 1 } });
  const rules = [
    { query: "s2", colour: "#112233" },
    { query: "op = Convolution", colour: "#445566" },
    { query: "in", colour: "#778899" },
  ];
  const shown = await scene({ overlay, rules }, ["s1", "s1u0"]);
  expect([shown.tint("s2")?.fill, shown.tint("s1u0conv")?.fill, shown.tint("in")?.fill]).toEqual(["#112233", "#445566", "#778899"]);
  expect(shown.tint("s1u1")?.missing).toBe(true);
});

test("the path of the selection stays bright with the blocks around it", async () => {
  const { lit } = await scene({ selected: ["s1u1add"], path: true }, ["s1", "s1u1"]);
  expect([...(lit ?? [])].sort()).toEqual(["in", "out", "s1", "s1u0", "s1u1", "s1u1add", "s1u1conv", "s1u1relu", "s2"]);
  const first = await scene({ selected: ["s1u0conv"], path: true }, ["s1", "s1u0"]);
  expect(first.lit?.has("s1u0relu")).toBe(true);
  expect((await scene({ selected: ["s1u0conv"] })).lit).toBeNull();
});

test("selection, search hits, marks and keys of hidden nodes are shown by their block", async () => {
  const search = { query: "conv", matches: ["s2u0conv"], current: -1, problem: "" };
  const shown = await scene({ selected: ["s2u1add"], search, marks: new Map([["s2u0add", "error"]]), keys: ["s2u0relu"] });
  expect([[...shown.selected], [...(shown.matches ?? [])], [...shown.marks.keys()], [...shown.keys]]).toEqual([["s2"], ["s2"], ["s2"], ["s2"]]);
});

test("hovering a block shows its neighbours and its twins", async () => {
  const { near, strong } = await scene({ hovered: "s1u0" });
  expect([...near].sort()).toEqual(["in", "s1u1"]);
  expect(strong[0]?.lines.length).toBeGreaterThan(0);
});

test("both halves of a split are shaded, the top with a dashed border", async () => {
  const svg = svgOf(await scene({ split: parseSplit({ base: ["in"], top: ["out"] }) }), "whole");
  expect(svg).toContain(`stroke="${THEMES.light.base}"`);
  expect(svg).toMatch(new RegExp(`stroke="${THEMES.light.top}"[^>]*stroke-dasharray="5 4"`));
});
