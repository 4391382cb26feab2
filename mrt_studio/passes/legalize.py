"""Ask each operator to rewrite itself into operators that can be quantized."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ModelError, StudioError, UnsupportedError
from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ir.unknown import unsupported
from mrt_studio.ops.base import FloatOnly, Operator, make
from mrt_studio.passes.base import Pass, passes

ROUNDS = 12
"""Rewrites of rewrites that are followed; the longest chain of the operators there are is shorter."""


@passes.register("legalize")
@dataclass(frozen=True)
class Legalize(Pass):
    """Apply each operator's own `prepare` rule (ops/), and those of what it emits: the last pass of prepare."""

    name = "legalize"

    def run(self, graph: Graph) -> Graph:
        """Raise UnsupportedError for the first operator that refuses, or whose hidden outputs are read."""
        for _ in range(ROUNDS):
            after = self._round(graph)
            if after is None:
                return graph
            graph = after
        raise ModelError(f"After {ROUNDS} rounds of rewriting operators are still rewritten.", why="This is a bug of MRT Studio.", remedy="Please report it.")

    def _round(self, graph: Graph) -> Graph | None:
        """The graph with each operator asked once, or None when all stay as they are."""
        read = {ref for node in graph.nodes for ref in node.inputs} | set(graph.outputs)
        changed = False

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
            nonlocal changed
            if isinstance(node.op, FloatOnly):
                raise unsupported(graph, node, node.op.why)
            if not isinstance(node.op, Operator):
                return None
            try:
                out = node.op.prepare(b, node, x)
            except StudioError as error:
                error.at(node.op.name, node.name)
                raise
            changed |= not _is_same(b, node, x, out)
            given = len(out) if type(out) is tuple else 1
            if hidden := [i for i in range(given, node.op.outputs) if Ref(node.name, i) in read]:
                raise _hidden(node, hidden[0])
            return (out,) * node.op.outputs if type(out) is Ref else out

        after = fold(graph, make, rule, rule_name=self.name)
        return after if changed else None


def _is_same(b: Builder, node: Node, x: tuple[Ref, ...], out: Ref | tuple[Ref, ...] | None) -> bool:
    """Whether a rule left its operator as it was, or wrote the same again."""
    if type(out) is not Ref:
        return out is None
    after = b.node(out)
    return (after.name, after.op, after.inputs) == (node.name, node.op, x)


def _hidden(node: Node, index: int) -> UnsupportedError:
    error = UnsupportedError(
        f"Output {index} of {node.op.name} is used, but only output 0 is supported.",
        why="Further outputs are batch statistics, which inference does not compute.",
        remedy="Use the first output only.",
    )
    error.at(node.op.name, node.name)
    return error
