"""Product over axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.reducing import Reducing, without_batch

_MOST = 16
"""Factors of one product: each product of two loses half a step of sixteen bits, and the range grows with every one."""


@operator("prod")
@dataclass(frozen=True, kw_only=True)
class Prod(Reducing, Rewritten):
    """Multiply the elements along the given axes."""

    # Each product of two is right to 2**-15 of the product of the thresholds, which the largest product may stay below.
    tolerance = 2e-3
    refused = (f"more than {_MOST} factors: their product is not bounded well", "over the first axis: its size, the batch, may change")
    samples = (
        Sample({"axis": (1,)}, ((2, 3, 4),)),
        Sample({"axis": (1, 2), "keepdims": True}, ((2, 2, 2, 3),)),
        Sample({"axis": (0,), "exclude": True}, ((2, 1, 1),)),
        Sample({"axis": (-1,)}, ((2, 7),), low=0.5, high=1.5),
    )

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Slice the factors and multiply them by twos.

        Raises:
            UnsupportedError: there are too many factors, or the first axis is reduced.
        """
        shape = b.shape(x[0])
        gone = self.gone(shape)
        without_batch(self.name, gone, "the factors are taken apart one by one")
        count = math.prod(shape[a] for a in gone)
        if count > _MOST:
            raise UnsupportedError(
                f"A product of {count:,} factors is not supported.",
                why=f"Its range grows with every factor; up to {_MOST} keep enough digits in integers.",
                remedy="Split the model in front of it.",
            )
        factors = [x[0]]
        for axis in gone:
            factors = [part for f in factors for part in _slices(b, f, axis)]
        while len(factors) > 1:
            pairs = [b.op("broadcast_mul", *pair, hint="product") for pair in zip(factors[::2], factors[1::2], strict=False)]
            factors = pairs + factors[2 * len(pairs) :]
        return factors[0] if self.keepdims or not gone else b.op("squeeze", factors[0], name=node.name, axis=gone)


def _slices(b: Builder, x: Ref, axis: int) -> list[Ref]:
    """The elements along one axis, each with size one there."""
    size, gaps = b.shape(x)[axis], (None,) * axis
    if size == 1:
        return [x]
    return [b.op("slice", x, hint="factor", begin=(*gaps, i), end=(*gaps, i + 1)) for i in range(size)]


@operator("nanprod")
@dataclass(frozen=True, kw_only=True)
class NanProd(Prod):
    """The product, with what is not a number counted as one.

    Integers are always numbers: calibration refuses data and results that are not.
    """
