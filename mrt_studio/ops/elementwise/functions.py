"""Functions of one number that become one lookup table.

Two kinds: functions that hardly change outside an interval, or whose threshold says where to stop, get equal steps. Functions
that stay curved near zero while their input may be large get steps that grow with the magnitude there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.floating_table import floating_lookup
from mrt_studio.ops.shared.tables import Function, Reals, lookup
from mrt_studio.ops.shared.unary import Unary

_NEGLIGIBLE = 17 * math.log(2)
"""exp(-this) is half a code of 16 bits."""


def _everywhere(limit: float) -> tuple[float, float]:
    del limit
    return -math.inf, math.inf


def _within(end: float) -> Callable[[float], tuple[float, float]]:
    def domain(limit: float) -> tuple[float, float]:
        del limit
        return -end, end

    return domain


def _from_one(limit: float) -> tuple[float, float]:
    del limit
    return 1.0, math.inf


def _sigmoid(x: Reals) -> Reals:
    return 1 / (1 + np.exp(-x))


def _erf(x: Reals) -> Reals:
    return np.array([math.erf(v) for v in x])


def _softsign(x: Reals) -> Reals:
    return x / (1 + np.abs(x))


def _exp_domain(limit: float) -> tuple[float, float]:
    top = math.log(limit)
    return top - _NEGLIGIBLE, top


def _expm1_domain(limit: float) -> tuple[float, float]:
    top = math.log1p(limit)
    return top - _NEGLIGIBLE, top


def _sinh_domain(limit: float) -> tuple[float, float]:
    return -math.asinh(limit), math.asinh(limit)


def _cosh_domain(limit: float) -> tuple[float, float]:
    end = math.acosh(max(limit, 1.0))
    return -end, end


class Spec(NamedTuple):
    """One function.

    Attributes:
        text: the docstring of its operator.
        function: in float64.
        domain: the interval that a table must cover, from the threshold of the result.
        reach: thresholds of x beyond this get steps that grow with the magnitude.
        tolerance: error bound, as `Operator.tolerance`.
        ranges: what the contract tests draw x from.
    """

    text: str
    function: Function
    domain: Callable[[float], tuple[float, float]] = _everywhere
    reach: float = math.inf
    tolerance: float = 1e-3
    ranges: tuple[tuple[float, float], ...] = ((-3.0, 3.0), (-40.0, 40.0))


SPECS = {
    "sigmoid": Spec("1 / (1 + exp(-x)).", _sigmoid, _within(_NEGLIGIBLE)),
    "tanh": Spec("Hyperbolic tangent.", np.tanh, _within(_NEGLIGIBLE / 2), tolerance=1.5e-3),
    "exp": Spec("e to the power of x.", np.exp, _exp_domain, tolerance=1.5e-3, ranges=((-3.0, 3.0), (-200.0, 2.0))),
    "expm1": Spec("exp(x) - 1.", np.expm1, _expm1_domain, tolerance=1.5e-3, ranges=((-3.0, 3.0), (-200.0, 2.0))),
    "erf": Spec("Error function.", _erf, _within(3.2), tolerance=1.5e-3),
    "sinh": Spec("Hyperbolic sine.", np.sinh, _sinh_domain, tolerance=2e-3, ranges=((-3.0, 3.0), (-6.0, 1.0))),
    "cosh": Spec("Hyperbolic cosine.", np.cosh, _cosh_domain, tolerance=2e-3, ranges=((-3.0, 3.0), (-6.0, 1.0))),
    # Their slope grows without bound towards the ends of their domain: there half a step of x, 1/4000, moves the result by sqrt(2/4000).
    "arcsin": Spec("Inverse sine of x in [-1, 1]; beyond, that of the end.", np.arcsin, _within(1.0), tolerance=0.015, ranges=((-0.9, 0.9), (-1.0, 1.0))),
    "arccos": Spec("Inverse cosine of x in [-1, 1]; beyond, that of the end.", np.arccos, _within(1.0), tolerance=0.015, ranges=((-0.9, 0.9), (-1.0, 1.0))),
    "arccosh": Spec("Inverse hyperbolic cosine of x from 1; below, 0.", np.arccosh, _from_one, reach=16.0, tolerance=0.02, ranges=((1.2, 3.0), (20.0, 500.0))),
    # Rounding x to 2**-8 or 2**-7 of itself moves these by at most half of that; below the reach, equal steps do better.
    "arctan": Spec("Inverse tangent.", np.arctan, reach=8.0, tolerance=2.5e-3, ranges=((-3.0, 3.0), (-500.0, 500.0))),
    "softsign": Spec("x / (1 + |x|).", _softsign, reach=8.0, tolerance=2.5e-3, ranges=((-3.0, 3.0), (-500.0, 500.0))),
    "arcsinh": Spec("Inverse hyperbolic sine.", np.arcsinh, reach=16.0, tolerance=2.5e-3, ranges=((-3.0, 3.0), (-500.0, 500.0))),
    "log1p": Spec(
        "log(1 + x); below the smallest step above -1, that of the step.", np.log1p, reach=16.0, tolerance=2.5e-3, ranges=((-0.5, 3.0), (0.0, 500.0))
    ),
}


@dataclass(frozen=True, kw_only=True)
class TableFunction(Unary):
    """A function from the table above."""

    spec: ClassVar[Spec]

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """One table whose largest entry is the threshold of the result."""
        limit = q.threshold(node.name)
        if x[0].threshold > self.spec.reach:
            ref, scale = floating_lookup(q, x[0], self.spec.function, largest=limit)
        else:
            domain = self.spec.domain(limit) if limit else (0.0, 0.0)
            ref, scale = lookup(q, x[0], self.spec.function, largest=limit, domain=domain)
        return q.known(ref, scale, limit)


for _name, _spec in SPECS.items():
    _samples = tuple(Sample({}, ((2, 3, 5, 4),), low=low, high=high) for low, high in _spec.ranges)
    _parts = {"__doc__": _spec.text, "__module__": __name__, "spec": _spec, "samples": _samples, "tolerance": _spec.tolerance}
    operator(_name)(type(_name.capitalize(), (TableFunction,), _parts))
