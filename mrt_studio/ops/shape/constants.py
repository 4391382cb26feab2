"""Operators without inputs: their values are in their attributes.

The pass fold_constants makes them parameters.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer, ints, real
from mrt_studio.ir.graph import Shape
from mrt_studio.ir.limits import DEFAULT_LIMITS
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.scalars import MOST

_AXIS = 1 << 31


@dataclass(frozen=True, kw_only=True)
class Constant(Rewritten):
    """A constant of float32."""

    arity = (0, 0)
    category = "other"
    input_names = ()
    ignored = frozenset({"ctx"})
    tolerance = 2.0**-14  # that of the addition to an input, without which a constant is no model

    dtype: str = choice("float32", default="float32")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape that the attributes give.

        Raises:
            ShapeError: it is larger than a constant may be.
        """
        shape = self.result()
        if math.prod(shape) > DEFAULT_LIMITS.constants:
            raise ShapeError(f"{self.name} makes {math.prod(shape)} numbers.", why=f"All constants together may have {DEFAULT_LIMITS.constants}.")
        return (shape,)

    @abstractmethod
    def result(self) -> Shape:
        """The shape that the attributes give."""


@dataclass(frozen=True, kw_only=True)
class Filled(Constant):
    """One number everywhere."""

    shape: tuple[int, ...] = ints(low=1, high=_AXIS, lengths=tuple(range(1, DEFAULT_LIMITS.rank + 1)))

    samples = (Sample({"shape": (2, 3)}, ()),)

    def result(self) -> Shape:
        """As given."""
        return self.shape


@operator("_zeros")
class Zeros(Filled):
    """Zeros."""


@operator("_ones")
class Ones(Filled):
    """Ones."""


@operator("_full")
@dataclass(frozen=True, kw_only=True)
class Full(Filled):
    """`value` everywhere."""

    value: float = real(low=-MOST, high=MOST)

    samples = (Sample({"shape": (2, 3), "value": -1.5}, ()),)


@operator("_arange")
@dataclass(frozen=True, kw_only=True)
class Arange(Constant):
    """Numbers from `start` to below `stop`, each `repeat` times.

    Without a `stop` they go from 0 to below `start`.
    """

    start: float = real()
    stop: float | None = real(None, optional=True)
    step: float = real(1.0)
    repeat: int = integer(1, low=1, high=_AXIS)
    infer_range: bool = flag(default=False)

    samples = (
        Sample({"start": 5.0}, ()),
        Sample({"start": 0.0, "stop": 1.0, "step": 0.3, "repeat": 2}, ()),
        Sample({"start": 5.0, "stop": 0.0, "step": -2.0}, ()),
    )

    def result(self) -> Shape:
        """One axis.

        Raises:
            ShapeError: the range is empty, or its end is to be inferred.
        """
        start, stop = (0.0, self.start) if self.stop is None else (self.start, self.stop)
        count = (stop - start) / self.step if self.step and not self.infer_range else 0
        if count <= 0:
            raise ShapeError(f"_arange from {start:g} to {stop:g} by {self.step:g} has no known length.")
        return (math.ceil(min(count, _AXIS)) * self.repeat,)


@operator("_eye")
@dataclass(frozen=True, kw_only=True)
class Eye(Constant):
    """Ones on the diagonal `k` of N x M, zeros elsewhere."""

    N: int = integer(low=1, high=_AXIS)
    M: int = integer(0, low=0, high=_AXIS)
    k: int = integer(0, low=-_AXIS, high=_AXIS)

    samples = (Sample({"N": 3, "k": 1}, ()), Sample({"N": 2, "M": 4}, ()))

    def result(self) -> Shape:
        """N x M; N x N without an M."""
        return (self.N, self.M or self.N)
