"""Functions of one number that a table cannot hold: they grow without bound inside the range of their input."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator


@dataclass(frozen=True, kw_only=True)
class Unbounded(FloatOnly):
    """A function with poles."""

    arity = (1, 1)
    category = "elementwise"
    why = "It grows without bound at points inside its range, where one step of the input decides between small and huge results."

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)


@operator("tan")
@dataclass(frozen=True, kw_only=True)
class Tan(Unbounded):
    """Tangent of x in radians."""


@operator("arctanh")
@dataclass(frozen=True, kw_only=True)
class Arctanh(Unbounded):
    """Inverse hyperbolic tangent."""


@operator("erfinv")
@dataclass(frozen=True, kw_only=True)
class Erfinv(Unbounded):
    """Inverse error function."""


@operator("gamma")
@dataclass(frozen=True, kw_only=True)
class Gamma(Unbounded):
    """The gamma function."""


@operator("gammaln")
@dataclass(frozen=True, kw_only=True)
class Gammaln(Unbounded):
    """Logarithm of the gamma function's magnitude."""
