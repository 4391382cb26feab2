"""Ask each operator to rewrite itself into operators that can be quantized."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import StudioError, UnsupportedError
from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ir.unknown import unsupported
from mrt_studio.ops.base import FloatOnly, Operator, make
from mrt_studio.passes.base import Pass, passes


@passes.register("legalize")
@dataclass(frozen=True)
class Legalize(Pass):
    """Apply each operator's own `prepare` rule (ops/): the last pass of prepare."""

    name = "legalize"

    def run(self, graph: Graph) -> Graph:
        """Raise UnsupportedError for the first operator that refuses, or whose hidden outputs are read."""
        read = {ref for node in graph.nodes for ref in node.inputs} | set(graph.outputs)

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
            if isinstance(node.op, FloatOnly):
                raise unsupported(graph, node, node.op.why)
            if not isinstance(node.op, Operator):
                return None
            try:
                out = node.op.prepare(b, node, x)
            except StudioError as error:
                error.where = error.where or f"{node.op.name} {node.name!r}"
                raise
            given = len(out) if type(out) is tuple else 1
            if hidden := [i for i in range(given, node.op.outputs) if Ref(node.name, i) in read]:
                raise _hidden(node, hidden[0])
            return (out,) * node.op.outputs if type(out) is Ref else out

        return fold(graph, make, rule, rule_name=self.name)


def _hidden(node: Node, index: int) -> UnsupportedError:
    return UnsupportedError(
        f"Output {index} of {node.op.name} is used, but only output 0 is supported.",
        where=f"{node.op.name} {node.name!r}",
        why="Further outputs are batch statistics, which inference does not compute.",
        remedy="Use the first output only.",
    )
