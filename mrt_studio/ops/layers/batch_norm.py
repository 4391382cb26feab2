"""Batch normalisation with running statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import choice, flag, integer, real
from mrt_studio.ir.graph import Array, Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm")
@dataclass(frozen=True, kw_only=True)
class BatchNorm(Rewritten):
    """Normalise each channel: gamma * (x - mean) / sqrt(variance + eps) + beta."""

    arity = (5, 5)
    category = "norm"
    tolerance = 0.0005  # a product and a sum of sixteen bits
    input_names = ("data", "gamma", "beta", "mean", "variance")
    ignored = frozenset({"cudnn_off", "min_calib_range", "max_calib_range", "ndev", "key"})

    eps: float = real(1e-3, low=0, high=1)
    momentum: float = real(0.9)
    fix_gamma: bool = flag(default=True)
    use_global_stats: bool = flag(default=False)
    output_mean_var: str = choice("False", "false", "0", default="False")
    axis: int = integer(1, low=-6, high=5)

    samples = (
        Sample({"fix_gamma": False}, ((2, 4, 3, 3),), ((4,), (4,), (4,), (4,))),
        Sample({"eps": 1e-5}, ((2, 4),), ((4,), (4,), (4,), (4,))),
        Sample({"fix_gamma": False, "axis": -1, "use_global_stats": True}, ((2, 3, 4),), ((4,), (4,), (4,), (4,))),
    )

    @property
    def outputs(self) -> int:
        """The result, and the batch statistics that inference does not use."""
        return 3

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x; `axis` is the channel."""
        data = inputs[0]
        if len(data) < 2 or not -len(data) <= self.axis < len(data):
            raise ShapeError(f"Batch normalisation along the axis {self.axis} does not fit an input of {data}.")
        channels = (data[self.axis],)
        if any(shape != channels for shape in inputs[1:]):
            raise ShapeError(f"Batch normalisation of {data} needs four parameters of {channels}, not {inputs[1:]}.")
        return (data, channels, channels)

    def affine(self, arrays: tuple[Array, ...]) -> tuple[Array, Array]:
        """The equal map x -> scale * x + shift, per channel, in float64.

        Args:
            arrays: gamma, beta, mean and variance, each (C).

        Raises:
            UnsupportedError: variance + eps is not positive.
        """
        gamma, beta, mean, variance = (a.astype(np.float64) for a in arrays)
        spread = variance + self.eps
        if not (spread > 0).all():
            raise UnsupportedError("Batch normalisation has a variance + eps that is not positive.", remedy="Check the model's running variances.")
        scale = (np.ones_like(gamma) if self.fix_gamma else gamma) / np.sqrt(spread)
        return scale, beta - scale * mean

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Multiply and add per channel (a convolution in front absorbs it before, see passes)."""
        arrays = tuple(b.array(r) for r in x[1:])
        known = tuple(a for a in arrays if a is not None)
        if len(known) != 4:
            raise UnsupportedError(
                "Batch normalisation with computed statistics is not supported.", where=node.name, remedy="Store its four inputs as parameters."
            )
        scale, shift = self.affine(known)
        rank = len(b.shape(x[0]))
        if self.axis % rank == 0:
            raise UnsupportedError("Batch normalisation along the batch is not supported.", remedy="Transpose the input.")
        shape = tuple(scale.size if i == self.axis % rank else 1 for i in range(rank))
        factor = b.param("scale", scale.reshape(shape).astype(np.float32))
        offset = b.param("shift", shift.reshape(shape).astype(np.float32))
        return b.op("broadcast_add", b.op("broadcast_mul", x[0], factor, hint="mul"), offset, name=node.name)
