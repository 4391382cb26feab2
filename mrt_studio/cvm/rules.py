"""What the runtime demands of a graph beyond the proof: checked before writing and after reading."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.nms_rules import check_suppression
from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.cvm.ops.cvm_left_shift import CvmLeftShift
from mrt_studio.cvm.ops.cvm_right_shift import CvmRightShift
from mrt_studio.cvm.ops.non_max_suppression import NonMaxSuppression
from mrt_studio.cvm.proof import Row, bits_of, bound_of, prove
from mrt_studio.errors import ModelError, OverflowError32, ShapeError, UnsupportedError
from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ir.graph import Graph, Node, Ref

INPUT = "data"
MAX_RANK, MAX_SIDE, MAX_SIZE = 6, 1 << 24, 1 << 30
LENGTH_LIMIT = (1 << 31) - 1
"""The runtime counts the bytes of files, inputs and outputs in 32-bit numbers."""


def check_rules(graph: Graph) -> Mapping[str, Row]:
    """Refuse a graph that the runtime would refuse or run differently; returns the proof.

    Raises:
        ModelError: the inputs or outputs are not what the runtime takes.
        ShapeError: a tensor has too many dimensions or elements.
        UnsupportedError: the runtime's back ends disagree about an operator.
        OverflowError32: there is no proof, or a count is too large.
    """
    _check_input(graph)
    _check_operators(graph)
    for node in graph.nodes:
        for index in range(node.op.outputs):
            _check_shape(graph, Ref(node.name, index))
    rows = prove(graph)
    for node in graph.operators:
        if isinstance(node.op, CvmRightShift):
            _check_shift(graph, rows, node, node.op)
    _check_outputs(graph, rows)
    gas(graph)
    return rows


def _check_input(graph: Graph) -> None:
    names = [node.name for node in graph.inputs]
    if names != [INPUT]:
        raise ModelError(
            f"The model has {len(names)} inputs: {', '.join(names[:5])}." if len(names) != 1 else f"The model's input is called {names[0]!r}.",
            why=f"The Cortex virtual machine takes exactly one input, called {INPUT!r}.",
            remedy=f"Rename the input to {INPUT!r} before exporting the network." if len(names) == 1 else "Split the model so that one input is left.",
        )


def _check_operators(graph: Graph) -> None:
    for node in graph.operators:
        if isinstance(node.op, CvmLeftShift):
            raise UnsupportedError(
                "The operator cvm_left_shift cannot be compiled.",
                where=f"{node.op.name} {node.name!r}",
                why="The runtime's CPU back end fails on every call of it.",
                remedy="Multiply by a power of two with broadcast_mul, then limit with cvm_clip.",
            )
        if isinstance(node.op, NonMaxSuppression):
            check_suppression(graph, node, node.op)


def _check_shape(graph: Graph, ref: Ref) -> None:
    shape = graph.shape(ref)
    if not 1 <= len(shape) <= MAX_RANK or not all(1 <= d <= MAX_SIDE for d in shape) or math.prod(shape) > MAX_SIZE:
        raise ShapeError(
            f"The tensor has the shape {shape}.",
            where=ref.name,
            why=f"The runtime takes 1 to {MAX_RANK} dimensions of at most {MAX_SIDE:,}, and {MAX_SIZE:,} elements.",
            remedy="Compile with a smaller batch or a smaller input.",
        )


def _check_shift(graph: Graph, rows: Mapping[str, Row], node: Node, op: CvmRightShift) -> None:
    """The CPU back end does not limit where precision + shift_bit >= 32, so the shift alone must fit the precision."""
    source = graph[node.inputs[0].name]
    if op.precision == 1 or op.precision + op.shift_bit != INT32_BITS or bits_of(rows, node.inputs[0]) != INT32_BITS:
        return  # with fewer bits the result fits by itself, and one bit gives zero on every back end
    bound = bound_of(rows, node.inputs[0])
    if isinstance(source.op, CvmOperator):
        bounds = tuple(bound_of(rows, r) for r in source.inputs)
        params = tuple(graph.params.get(r.name) for r in source.inputs)
        bound = min(bound, source.op.largest(bounds, tuple(graph.shape(r) for r in source.inputs), params))
    if bound >= (1 << 31) - (1 << (op.shift_bit - 1)):
        raise OverflowError32(
            f"A value of up to {bound:,} shifted right by {op.shift_bit} can exceed {op.precision} bits.",
            where=f"{node.op.name} {node.name!r}",
            why="The runtime's CPU back end does not limit such a shift, its other back ends do.",
            remedy="Lower the precision of the shifted tensor.",
        )


def _check_outputs(graph: Graph, rows: Mapping[str, Row]) -> None:
    shapes = [graph.shape(ref) for ref in graph.outputs]
    if len({math.prod(shape[:-1]) for shape in shapes}) > 1:
        raise ModelError(
            f"The outputs of shapes {', '.join(map(str, shapes[:5]))} cannot be joined.",
            why="The runtime writes several outputs row by row beside each other, so all need the same number of rows.",
            remedy="Keep one output, or reshape them so that all axes but the last hold equally many rows.",
        )
    width = 1 if max(bits_of(rows, ref) for ref in graph.outputs) <= 8 else 4
    sizes = {"input": 4 * math.prod(graph.shape(Ref(INPUT))), "output": width * sum(map(math.prod, shapes))}
    for what, size in sizes.items():
        if size > LENGTH_LIMIT:
            raise OverflowError32(f"The {what} has {size:,} bytes; the limit is {LENGTH_LIMIT:,}.", where=what, remedy="Compile with a smaller batch.")
