"""What operators share whose results are values of their input or zero."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.ir.graph import Array, Shape


@dataclass(frozen=True, kw_only=True)
class SamePrecision(CvmOperator):
    """An operator of one input that makes no new magnitudes."""

    arity = (1, 1)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of the input."""
        return inputs[0]

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of the input."""
        return bounds[0]
