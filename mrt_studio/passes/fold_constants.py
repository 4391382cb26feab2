"""Compute what does not depend on the inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mrt_studio.engine import Executor
from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Array, Builder, Graph, Node, Ref, Variable, fold
from mrt_studio.ir.limits import DEFAULT_LIMITS
from mrt_studio.ops.base import Operator, make
from mrt_studio.passes.base import Pass, passes


@passes.register("fold_constants")
@dataclass(frozen=True)
class FoldConstants(Pass):
    """Replace operators by parameters.

    1. An operator without inputs, or whose inputs are all parameters or such operators, is constant.
    2. A constant that another operator reads, or that is an output, becomes a parameter under its own name, computed by
       MXNet in float32; constants that only constants read are gone.
    """

    name = "fold_constants"

    def run(self, graph: Graph) -> Graph:
        """Raise UnsupportedError for constants that are too large or not finite."""
        constant = _constants(graph)
        if not constant:
            return graph
        _refuse_large(constant)
        kept = _read_elsewhere(graph, constant)
        origins = _origins(constant, kept)
        values = _computed(graph, constant, kept)

        def rule(b: Builder, node: Node, _: tuple[Ref, ...]) -> tuple[Ref, ...] | None:
            if node.name not in origins:
                return None
            with b.scope(node.name, origins[node.name], self.name):
                return tuple(b.param("output", values[Ref(node.name, i)], name=None if i else node.name) for i in range(node.op.outputs))

        return fold(graph, make, rule, rule_name=self.name)


def _constants(graph: Graph) -> dict[str, Node]:
    """The constant operators."""
    found = dict[str, Node]()
    for node in graph.operators:
        if isinstance(node.op, Operator) and all(r.name in found or r.name in graph.params for r in node.inputs):
            found[node.name] = node
    return found


def _refuse_large(constant: Mapping[str, Node]) -> None:
    total = 0
    for node in constant.values():
        total += sum(math.prod(shape) for shape in node.shapes)
        if total > DEFAULT_LIMITS.constants:
            raise UnsupportedError(
                f"The model's constants have more than {DEFAULT_LIMITS.constants} numbers.",
                where=f"{node.op.name} {node.name!r}",
                why="They are computed once and stored with the model.",
                remedy="Split the model below this operator.",
            )


def _read_elsewhere(graph: Graph, constant: Mapping[str, Node]) -> list[str]:
    """The constants that are outputs or that other operators read, in order."""
    read = {r.name for node in graph.operators if node.name not in constant for r in node.inputs} | {r.name for r in graph.outputs}
    return [name for name in constant if name in read]


def _origins(constant: Mapping[str, Node], kept: list[str]) -> dict[str, tuple[str, ...]]:
    """For each constant that is kept its own origin and those of the constants that went into it; each counts once."""
    seen, found = set(kept), dict[str, tuple[str, ...]]()
    for name in kept:
        stack, origin = [name], list[str]()
        while stack:
            node = constant[stack.pop()]
            origin += node.origin
            new = dict.fromkeys(r.name for r in node.inputs if r.name in constant and r.name not in seen)
            seen.update(new)
            stack += new
        found[name] = tuple(origin)
    return found


def _computed(graph: Graph, constant: Mapping[str, Node], kept: list[str]) -> dict[Ref, Array]:
    """The values of all outputs of the nodes in `kept`, in one run of MXNet."""
    needed = set(kept)
    for node in reversed(list(constant.values())):
        if node.name in needed:
            needed.update(r.name for r in node.inputs)
    # MXNet runs no graph without a variable, so there is one more output that is one.
    spare = Node(_unused(graph), Variable(), (), ((1,),))
    outputs = [Ref(name, i) for name in kept for i in range(constant[name].op.outputs)]
    params = {name: array for name, array in graph.params.items() if name in needed} | {spare.name: np.zeros(1, np.float32)}
    part = Graph((*(n for n in graph.nodes if n.name in needed), spare), (*outputs, Ref(spare.name)), params)
    values = dict(zip(outputs, Executor.of(part).forward({}), strict=False))
    for ref, value in values.items():
        if not np.isfinite(value).all():
            raise UnsupportedError(
                f"The constant {ref.name!r} has values that are not finite.", where=ref.name, remedy="Correct the model's parameters or attributes."
            )
    return values


def _unused(graph: Graph) -> str:
    name = "spare"
    while name in graph:
        name += "_"
    return name
