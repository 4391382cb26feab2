"""What operators that read indices share.

An index must become itself as an integer, so its scale becomes one. What is fed as an index is a whole number; MXNet cuts
fractions off, and so are those of parameters.
"""

from __future__ import annotations

import numpy as np

from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import bits_for
from mrt_studio.ir.graph import Builder, Ref
from mrt_studio.ops.lowering import Lowering, Operand, Parameter, Quantized
from mrt_studio.ops.shared.made import check_made


def whole(b: Builder, index: Ref) -> Ref:
    """The index without the fractions that a parameter may have."""
    array = b.array(index)
    if array is None or np.array_equal(array, np.trunc(array)):
        return index
    return b.param("index", np.trunc(array))


def exact(q: Lowering, x: Operand) -> Quantized:
    """Bring indices to the scale one without mistaking any of them for its neighbour.

    Raises:
        QuantizationError: the integers that stand for them are too coarse.
    """
    if isinstance(x, Parameter):
        # Not the threshold: an index that is clipped is another index.
        return q.requant(x, bits_for(float(abs(x.array).max(initial=0))), 1.0)
    if x.scale == 1:
        return x
    index = q.requant(x, x.precision, 1.0)
    rounding = 0.0 if float(x.scale).is_integer() else 0.5 / x.scale
    if rounding + x.threshold * abs(index.scale - 1) >= 0.5:
        raise QuantizationError(
            f"The {x.precision} bits of {x.ref.name!r} cannot tell indices up to {x.threshold:g} apart.",
            why=f"Neighbouring indices are {x.scale:.3g} integers apart.",
            remedy="Raise the precision of the input, or lower its threshold to the largest index.",
        )
    return index


def marks(q: Lowering, index: Ref, depth: int, axis: int, *, hint: str = "") -> Ref:
    """One at the position along `axis` that is the index, zero at the others.

    `index` has size one there, the result size `depth`.
    """
    check_made(depth, "The positions that indices are compared with")
    shape = [1] * len(q.shape(index))
    shape[axis] = depth
    distance = q.emit("cvm.broadcast_sub", index, q.constant("positions", np.arange(depth).reshape(shape)), hint="offset")
    return q.emit("cvm.broadcast_greater", q.constant("one", np.array([1])), q.emit("cvm.abs", distance, hint="distance"), hint=hint)
