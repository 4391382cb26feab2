"""Several inputs as one: the machine takes exactly one input, called ``data`` [CVM].

Row n of the one input holds sample n of each input, flattened, one after the other, in the model's order. In front
of the graph each is cut out and gets its shape back. (MRT flattens the batch as well.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Builder, Graph, Node, OpFactory, Ref, Shape, fold

_WHERE = "prepare.input_shapes"


def fuse_inputs(graph: Graph, make: OpFactory, shapes: Mapping[str, Shape]) -> Graph:
    """The graph with the one input ``data`` of shape (N, sizes of all samples added), with all shapes inferred.

    Raises:
        OptionError: the shapes do not name exactly the inputs, or their first sizes (the batch) differ.
        ShapeError: an operator does not accept its inputs.
    """
    names = {n.name for n in graph.inputs}
    if names != set(shapes):
        raise OptionError(f"The inputs are {', '.join(sorted(names))}, but shapes are given for {', '.join(sorted(shapes))}.", where=_WHERE)
    batches = {shape[0] for shape in shapes.values() if shape}
    if len(batches) != 1 or any(len(s) < 2 or min(s) < 1 for s in shapes.values()):
        raise OptionError("The inputs have no common batch.", where=_WHERE, remedy="Give each a shape (N, ...) with the same N and at least one more size.")
    if "data" in graph and "data" not in names:
        raise OptionError("The one input must be called 'data', but another node has that name.", where=_WHERE, remedy="Rename that node.")
    if names == {"data"}:
        raise OptionError("The model has one input.", where=_WHERE, remedy="Give its shape in input_shape instead.")
    shapes = {n.name: shapes[n.name] for n in graph.inputs}
    inner = {name: f"{name}_part" if name == "data" else name for name in shapes}
    placed: dict[str, Ref] = {}

    def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        del x
        if node.name not in shapes:
            return None
        if not placed:
            row = sum(math.prod(shape[1:]) for shape in shapes.values())
            data, begin = b.input("data", (next(iter(batches)), row)), 0
            for name, shape in shapes.items():
                end = begin + math.prod(shape[1:])
                cut = b.op("slice_axis", data, hint=f"{name}_cut", axis=1, begin=begin, end=end)
                placed[name] = b.op("Reshape", cut, name=inner[name], shape=(-1, *shape[1:]))
                begin = end
        return placed[node.name]

    return fold(graph, make, rule, rule_name="fuse_inputs")
