"""Products of pairs of matrices."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag
from mrt_studio.ir.graph import Node, Ref, Shape
from mrt_studio.ops.base import ACTIVATION_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("batch_dot")
@dataclass(frozen=True, kw_only=True)
class BatchDot(Operator):
    """a (..., M, K) times b (..., K, N) for each of the leading axes.

    Either may be given with its last two axes swapped.

    The machine multiplies single matrices only, and the size of the batch must not be built in. So all
    M N K products of a pair are one tensor, which is then added along K: exact like a dense layer, but it takes
    M N K numbers of memory for each pair. K is at most 65,535.
    """

    arity = (2, 2)
    category = "dense"
    input_names = ("lhs", "rhs")
    ignored = frozenset({"forward_stype"})

    transpose_a: bool = flag(default=False)
    transpose_b: bool = flag(default=False)

    samples = (
        Sample({}, ((2, 3, 4), (2, 4, 5))),
        Sample({"transpose_a": True}, ((2, 4, 3), (2, 4, 1))),
        Sample({"transpose_b": True}, ((2, 2, 3, 4), (2, 2, 5, 4))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(..., M, N)."""
        a, b = inputs
        if not 3 <= len(a) == len(b) <= 5 or a[:-2] != b[:-2]:
            raise ShapeError(f"batch_dot needs two inputs of three to five axes, all but the last two equal, not {a} and {b}.")
        rows, inner = (a[-1], a[-2]) if self.transpose_a else a[-2:]
        columns, outer = b[-2:] if self.transpose_b else (b[-1], b[-2])
        if inner != outer:
            raise ShapeError(f"batch_dot cannot multiply {a} by {b} with transpose_a={self.transpose_a} and transpose_b={self.transpose_b}.")
        return ((*a[:-2], rows, columns),)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Eight bits each [MRT]; (..., M, 1, K) times (..., 1, N, K), added along K."""
        del node
        a, b = (q.requant(v, ACTIVATION_BITS) for v in x)
        rank = len(q.shape(a.ref))
        rows = _swapped(q, a.ref) if self.transpose_a else a.ref
        columns = b.ref if self.transpose_b else _swapped(q, b.ref)
        lhs = q.emit("cvm.expand_dims", rows, hint="rows", axis=rank - 1)
        rhs = q.emit("cvm.expand_dims", columns, hint="columns", axis=rank - 2)
        products = q.emit("cvm.broadcast_mul", lhs, rhs, hint="products")
        *outer, inner = q.shape(products)
        # In two axes, because the runtime misreads a sum that keeps axes of size one behind others.
        flat = q.emit("cvm.reshape", products, hint="flat", shape=(-1, inner))
        total = q.emit("cvm.sum", flat, hint="total", axis=(1,))
        return q.result(q.emit("cvm.reshape", total, shape=(-1, *outer[1:])), a.scale * b.scale)


def _swapped(q: Lowering, ref: Ref) -> Ref:
    """Swap the last two axes."""
    rank = len(q.shape(ref))
    return q.emit("cvm.transpose", ref, hint="swapped", axes=(*range(rank - 2), rank - 1, rank - 2))
