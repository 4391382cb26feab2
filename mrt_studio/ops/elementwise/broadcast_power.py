"""Power of two tensors, of which one is a constant."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Array, Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.broadcasting import Broadcasting


@operator("broadcast_power", "_power", "_Power")
@dataclass(frozen=True, kw_only=True)
class BroadcastPower(Rewritten, Broadcasting):
    """a to the power b."""

    tolerance = 1e-3  # that of powers
    samples = (Sample({}, ((2, 3, 4),), ((1,),), low=0.3, high=3.0), Sample({}, ((2, 7),), ((1, 1),), low=2.0, high=9.0))

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """A constant power or an exponential.

        Raises:
            UnsupportedError: neither input is a parameter that holds a single number and leaves the shape of the other.
        """
        shape = node.shapes[0]
        base, exponent = (_constant(b.array(ref)) for ref in x)
        if exponent is not None and b.shape(x[0]) == shape:
            return b.op("_power_scalar", x[0], name=node.name, scalar=exponent)
        if base is not None and b.shape(x[1]) == shape:
            return b.op("_rpower_scalar", x[1], name=node.name, scalar=base)
        raise UnsupportedError(
            "A power is only supported where the exponent or the base is a single constant.",
            why="A lookup table holds one function, not one for each element.",
            remedy=f"Split the model below {node.name!r}.",
        )


def _constant(array: Array | None) -> float | None:
    """The number that fills the array, or None."""
    if array is None or not array.size or (array != array.flat[0]).any():
        return None
    return float(array.flat[0])
