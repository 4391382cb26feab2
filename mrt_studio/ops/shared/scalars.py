"""What operators on a tensor and a number among their attributes share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.attributes import flag, real
from mrt_studio.ir.graph import Builder, Ref
from mrt_studio.ops.base import Rewritten, Sample
from mrt_studio.ops.shared.unary import Unary

MOST = float(np.finfo(np.float32).max)
"""The largest number of float32."""


@dataclass(frozen=True, kw_only=True)
class WithScalar(Unary):
    """An operator on x and `scalar`."""

    scalar: float = real(1.0, low=-MOST, high=MOST)
    is_int: bool = flag(default=True)
    """Whether MXNet may keep integer tensors integer; floats do not care."""


@dataclass(frozen=True, kw_only=True)
class Scalar(WithScalar, Rewritten):
    """One that prepare rewrites, with the number as a parameter of shape (1,)."""

    tolerance = 2.0**-14  # x and the number are rounded to half a step of sixteen bits
    samples = (Sample({"scalar": 0.7}, ((2, 3, 4, 4),)), Sample({"scalar": -3.0, "is_int": False}, ((2, 7),)))


def number(b: Builder, value: float) -> Ref:
    """The number as a parameter of shape (1,)."""
    return b.param("scalar", np.array([value], np.float32))


def reciprocal(value: float) -> float:
    """1 / value.

    Raises:
        UnsupportedError: it is beyond float32.
    """
    if value == 0 or abs(1 / value) > MOST:
        raise UnsupportedError(f"A division by {value:g} is not supported.", why="The result is not finite.", remedy="Correct the model.")
    return 1 / value
