"""Padding: with a constant, with the border's values, or with a reflection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError
from mrt_studio.fixedpoint import bits_for, quantize_array, scale_for
from mrt_studio.ir.attributes import choice, ints, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("Pad", "pad")
@dataclass(frozen=True, kw_only=True)
class Pad(Operator):
    """Surround the spatial axes of x (N, C, ...); pad_width is a pair for each axis.

    A pair is (before, after). The machine has no padding of its own: the borders are cut from x and joined to it. In front
    of a convolution the pass fold_pad takes zeros away before.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.005  # a constant is rounded to an integer at the scale of x; all else is exact

    mode: str = choice("constant", "edge", "reflect")
    pad_width: tuple[int, ...] = ints(low=0, high=4096, lengths=(8, 10))
    constant_value: float = real(0.0)

    samples = (
        Sample({"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 2, 0, 3)}, ((2, 3, 4, 5),)),
        Sample({"mode": "constant", "pad_width": (0, 0, 0, 0, 6, 0, 1, 1), "constant_value": -1.7}, ((2, 3, 2, 3),)),
        Sample({"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 0, 0), "constant_value": 40.0}, ((2, 3, 2, 3),)),
        Sample({"mode": "edge", "pad_width": (0, 0, 0, 0, 2, 0, 3, 1)}, ((2, 3, 2, 4),)),
        Sample({"mode": "reflect", "pad_width": (0, 0, 0, 0, 3, 2, 0, 3)}, ((2, 3, 4, 4),)),
        Sample({"mode": "reflect", "pad_width": (0, 0, 0, 0, 1, 1, 2, 0, 0, 1)}, ((2, 2, 3, 3, 2),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Each axis grown by its two widths."""
        shape = inputs[0]
        if len(shape) * 2 != len(self.pad_width) or any(self.pad_width[:4]):
            raise ShapeError(
                f"{shape} cannot be padded by {self.pad_width}.", why="There are two widths for each axis, and those of batch and channels are zero."
            )
        widths = [self.pad_width[2 * i : 2 * i + 2] for i in range(len(shape))]
        if self.mode == "reflect" and any(max(pair) >= size for pair, size in zip(widths, shape, strict=True) if any(pair)):
            raise ShapeError(f"{shape} is too small to be reflected by {self.pad_width}.", why="An axis has one element less to reflect than it has.")
        return (tuple(size + sum(pair) for pair, size in zip(widths, shape, strict=True)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node when it pads nothing."""
        del b, node
        return None if any(self.pad_width) else x[0]

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The same integers with a border.

        The scale is one at which the constant has at most sixteen bits.
        """
        del node
        data, constant = as_quantized(q, x[0]), abs(self.constant_value) if self.mode == "constant" else 0.0
        if bits_for(constant * data.scale) > max(WIDE_BITS, data.precision):
            data = q.requant(x[0], WIDE_BITS, scale_for(constant, WIDE_BITS))
        return q.result(self._emit(q, data), data.scale)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """The same on any integers, unless a constant has to be brought to their scale."""
        return None if self.mode == "constant" and self.constant_value else (self._emit(q, x[0]),)

    def _emit(self, q: Lowering, x: Quantized) -> Ref:
        ref = x.ref
        axes = [axis for axis in range(2, len(self.pad_width) // 2) if any(self.pad_width[2 * axis : 2 * axis + 2])]
        for axis in axes:
            before, after = self.pad_width[2 * axis : 2 * axis + 2]
            first = [self._border(q, ref, axis, before, x.scale, end=False)] if before else []
            last = [self._border(q, ref, axis, after, x.scale, end=True)] if after else []
            ref = q.emit("cvm.concatenate", *first, ref, *last, axis=axis, hint="" if axis == axes[-1] else f"padded{axis}")
        return ref

    def _border(self, q: Lowering, ref: Ref, axis: int, width: int, scale: float, *, end: bool) -> Ref:
        size, hint = q.shape(ref)[axis], f"{'after' if end else 'before'}{axis}"
        if self.mode == "reflect":
            # From inside to outside after the end, from the far side inwards before the beginning.
            begin = size - 2 if end else width
            stop = begin - width
            return _cut(q, ref, axis, begin, -size - 1 if stop < 0 else stop, -1, hint)
        at = size - 1 if end and self.mode == "edge" else 0
        strip = _cut(q, ref, axis, at, at + 1, 1, hint)
        if self.mode == "constant":
            strip = q.emit("cvm.cvm_clip", strip, precision=1, hint=f"{hint}_zero")
            if self.constant_value:
                value = quantize_array(np.array([self.constant_value]), scale, bits_for(self.constant_value * scale))
                strip = q.emit("cvm.broadcast_add", strip, q.constant("constant", value), hint=f"{hint}_constant")
        return q.emit("cvm.repeat", strip, repeats=width, axis=axis, hint=f"{hint}_wide") if width > 1 else strip


def _cut(q: Lowering, ref: Ref, axis: int, begin: int, end: int, stride: int, hint: str) -> Ref:
    """A slice along one axis behind the batch; the axes before it are taken whole."""
    sizes = q.shape(ref)[1:axis]
    return q.emit(
        "cvm.strided_slice",
        ref,
        begin=(0,) * axis + (begin,),
        end=((1 << 31) - 1, *sizes, end),
        stride=(1,) * axis + (stride,),
        hint=hint,
    )
