"""Ask each operator to rewrite itself into operators that can be quantized."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import StudioError
from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import Operator, make
from mrt_studio.passes.base import Pass, passes


@passes.register("legalize")
@dataclass(frozen=True)
class Legalize(Pass):
    """Apply each operator's own `prepare` rule (ops/): the last pass of prepare."""

    name = "legalize"

    def run(self, graph: Graph) -> Graph:
        """Raise UnsupportedError for the first operator that refuses."""

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> tuple[Ref, ...] | None:
            if not isinstance(node.op, Operator):
                return None
            try:
                out = node.op.prepare(b, node, x)
            except StudioError as error:
                error.where = error.where or f"{node.op.name} {node.name!r}"
                raise
            return None if out is None else (out,) * node.op.outputs

        return fold(graph, make, rule, rule_name=self.name)
