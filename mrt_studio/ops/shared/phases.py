"""Deconvolution as one convolution of stride one: every phase of the result has filters of its own.

With stride s, output position t of the full result reads input q - m with the taps k for which
k * dilate = r + m * s, where t = q * s + r. So each of the s phases r is a convolution of stride one with
ceil(dilated kernel / s) flipped taps. The phases are filters of one convolution; its result is
interleaved and the border cut off. The function is the same, only the zeros between inputs are never multiplied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Array, Builder, Ref
from mrt_studio.ops.shared.layouts import Step, chain, cut
from mrt_studio.ops.shared.made import MOST_MADE

_MOST_GROWTH = 16
"""Weights of all phases for each weight that the file has, where there are many; a stride far larger than the kernel makes many zeros."""


@dataclass(frozen=True)
class Axis:
    """One spatial axis of a deconvolution: `size` inputs become `out` outputs, the first `pad` of the full result cut off."""

    size: int
    kernel: int
    stride: int
    dilate: int
    pad: int
    out: int

    @property
    def taps(self) -> int:
        """Taps of each phase."""
        return (self.dilate * (self.kernel - 1)) // self.stride + 1

    @property
    def padding(self) -> int:
        """The padding on both sides with which the convolution reaches all outputs that are wanted."""
        before = self.taps - 1 - self.pad // self.stride
        after = (self.pad + self.out - 1) // self.stride - self.size + 1
        return max(0, before, after, -(-(self.taps - self.size) // 2))

    @property
    def positions(self) -> int:
        """Positions of the convolution."""
        return self.size + 2 * self.padding - self.taps + 1

    @property
    def begin(self) -> int:
        """Where the wanted outputs begin in the interleaved result."""
        return self.pad - (self.taps - 1 - self.padding) * self.stride

    def places(self) -> tuple[Array, Array]:
        """The phase of each tap of the kernel, and its place among the flipped taps of that phase."""
        position = np.arange(self.kernel) * self.dilate
        return position % self.stride, self.taps - 1 - position // self.stride


def deconvolve(b: Builder, x: Ref, weight: Array, bias: Array | None, axes: tuple[Axis, Axis], groups: int, name: str) -> Ref:
    """Deconvolve x (N, C, H, W).

    Args:
        b: the builder.
        x: the data.
        weight: (C, O/groups, kh, kw).
        bias: (O), or None.
        axes: height and width.
        groups: how many groups the channels form.
        name: that of the last operator.

    Raises:
        UnsupportedError: the phases have too many weights.
    """
    filters = groups * weight.shape[1]
    count = weight.shape[0] * weight.shape[1] * math.prod(axis.stride * axis.taps for axis in axes)
    most = max(MOST_MADE, _MOST_GROWTH * weight.size)
    if count > most:
        raise UnsupportedError(
            f"The stride {tuple(axis.stride for axis in axes)} is too large for the weight {weight.shape}.",
            why=f"The filters of all phases have {count:,} weights; the limit is {most:,}.",
            remedy="Split the model in front of it.",
        )
    refs = [x, b.param("phases", _phases(weight, axes, groups))]
    if bias is not None:
        refs.append(b.param("bias", np.repeat(bias, axes[0].stride * axes[1].stride)))
    steps = _placed(filters, axes)
    out = b.op(
        "Convolution",
        *refs,
        name=None if steps else name,
        kernel=tuple(axis.taps for axis in axes),
        num_filter=filters * axes[0].stride * axes[1].stride,
        pad=tuple(axis.padding for axis in axes),
        num_group=groups,
        no_bias=bias is None,
    )
    return chain(b, out, steps, name)


def _phases(weight: Array, axes: tuple[Axis, Axis], groups: int) -> Array:
    """(C, O/groups, kh, kw) to (O * phases, C/groups, taps, taps)."""
    high, wide = axes
    channels, per_group = weight.shape[:2]
    (row, i), (column, j) = high.places(), wide.places()
    full = np.zeros((channels, per_group, high.stride, high.taps, wide.stride, wide.taps), np.float32)
    full[:, :, row[:, None], i[:, None], column, j] = weight
    grouped = full.reshape(groups, channels // groups, *full.shape[1:]).transpose(0, 2, 3, 5, 1, 4, 6)
    return np.ascontiguousarray(grouped).reshape(-1, channels // groups, high.taps, wide.taps)


def _placed(filters: int, axes: tuple[Axis, Axis]) -> list[Step]:
    """Interleave the phases and cut off the border."""
    high, wide = axes
    steps = list[Step]()
    if (high.stride, wide.stride) != (1, 1):
        steps += [
            ("Reshape", {"shape": (0, filters, high.stride, wide.stride, high.positions, wide.positions)}),
            ("transpose", {"axes": (0, 1, 4, 2, 5, 3)}),
            ("Reshape", {"shape": (0, filters, high.positions * high.stride, wide.positions * wide.stride)}),
        ]
    for number, axis in enumerate(axes):
        if axis.out < axis.positions * axis.stride:
            steps.append(cut(2 + number, axis.begin, axis.begin + axis.out))
    return steps
