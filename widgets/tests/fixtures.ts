/** Graphs for the tests. */

import type { Measure } from "../src/lib/card";
import { Drafter, type Drawing, type DrawOptions, type Keep } from "../src/lib/drawing";
import { parseGraph, type Graph } from "../src/lib/graph";
import { CANCELLED, LayoutRunner } from "../src/lib/layout_runner";

export const measure: Measure = (text) => 7 * text.length;

/**
 * Two stages of `units` residual units each; a unit is relu(conv + input).
 * Unit nodes are called s1u0conv, s1u0add, s1u0relu; `in` stands before and `out` after the stages.
 */
export function stages(units = 2): Graph {
  const nodes: object[] = [{ id: "in", name: "in", op: "Input", kind: "input", shape: "1x3" }];
  const blocks: object[] = [];
  const edges: [string, string][] = [];
  let last = "in";
  for (const stage of ["s1", "s2"]) {
    blocks.push({ id: stage, label: `stage ${stage}` });
    for (let unit = 0; unit < units; unit++) {
      const block = `${stage}u${unit}`;
      blocks.push({ id: block, parent: stage, label: `unit ${unit}`, twin: `unit of ${stage}` });
      const [conv, add, relu] = ["conv", "add", "relu"].map((name) => `${block}${name}`) as [string, string, string];
      nodes.push({ id: conv, name: conv, op: "Convolution", kind: "conv", block, params: ["weight 3x3", "bias 3"], shape: "1x8" });
      nodes.push({ id: add, name: add, op: "elemwise_add", kind: "elementwise", block, shape: "1x8" });
      nodes.push({ id: relu, name: relu, op: "Activation", kind: "activation", block, shape: "1x8" });
      edges.push([last, conv], [conv, add], [last, add], [add, relu]);
      last = relu;
    }
  }
  nodes.push({ id: "out", name: "out", op: "FullyConnected", kind: "dense", shape: "1x10" });
  edges.push([last, "out"]);
  return parseGraph({ nodes, edges, blocks });
}

/** A trunk in one block whose every node feeds a head in another block, and all heads meet in `cat`. */
export function detector(heads = 8): Graph {
  const nodes: object[] = [];
  const edges: [string, string][] = [];
  for (let i = 0; i < heads; i++) {
    nodes.push({ id: `t${i}`, op: "Convolution", block: "trunk" }, { id: `h${i}`, op: "Convolution", block: "heads" });
    if (i) edges.push([`t${i - 1}`, `t${i}`]);
    edges.push([`t${i}`, `h${i}`], [`h${i}`, "cat"]);
  }
  nodes.push({ id: "cat", op: "Concat" });
  return parseGraph({ nodes, edges, blocks: [{ id: "trunk" }, { id: "heads" }] });
}

export function drafter(graph: Graph): Drafter {
  return new Drafter(graph, measure, new LayoutRunner());
}

export async function drawn(from: Graph | Drafter, open: readonly string[], options: Partial<DrawOptions> = {}, keep?: Keep): Promise<Drawing> {
  const drawing = await (from instanceof Drafter ? from : drafter(from)).draw({ flow: "down", params: false, ...options, open: new Set(open) }, () => undefined, keep);
  if (drawing === CANCELLED) throw new Error("cancelled");
  return drawing;
}
