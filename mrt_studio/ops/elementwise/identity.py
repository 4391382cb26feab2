"""Operators that inference does without: copies, and what only training needs."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.unary import Unary


@dataclass(frozen=True, kw_only=True)
class Identity(Unary, Rewritten):
    """x itself."""

    category = "other"
    samples = (Sample({}, ((2, 3, 4),)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node."""
        del b, node
        return x[0]


@operator("_copy", "identity", "_copyto")
class Copy(Identity):
    """A copy of x."""


@operator("BlockGrad", "stop_gradient")
class BlockGrad(Identity):
    """x, without a gradient in training."""


@operator("make_loss")
class MakeLossOfContrib(Identity):
    """x, the end of a network in training."""


@operator("MakeLoss")
class MakeLoss(Identity):
    """x, the end of a network in training."""

    ignored = frozenset({"grad_scale", "valid_thresh", "normalization"})
