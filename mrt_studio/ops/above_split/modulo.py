"""Remainders of divisions, which integers cannot express."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ops.base import FloatOnly, operator
from mrt_studio.ops.shared.broadcasting import Broadcasting
from mrt_studio.ops.shared.scalars import WithScalar


@dataclass(frozen=True, kw_only=True)
class Modulo(FloatOnly):
    """A remainder."""

    why = "A remainder jumps where the quotient is whole, and the rounding of a tensor moves its values across such jumps."
    samples = ()


@operator("broadcast_mod", "_mod", "_Mod")
class BroadcastMod(Modulo, Broadcasting):
    """The remainder of a / b, axes of size one repeated."""

    samples = ()


@operator("_mod_scalar", "_ModScalar")
class ModScalar(Modulo, WithScalar):
    """The remainder of x / scalar."""


@operator("_rmod_scalar", "_RModScalar")
class RModScalar(Modulo, WithScalar):
    """The remainder of scalar / x."""
