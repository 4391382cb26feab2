"""Mean and variance over axes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import flag, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ir.shapes import axes_of, reduced
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.reducing import without_batch


@operator("moments")
@dataclass(frozen=True, kw_only=True)
class Moments(Rewritten):
    """The mean and the variance of the elements along `axes`."""

    arity = (1, 1)
    category = "reduce"
    # The differences from the mean are rounded to sixteen bits of the largest, and so are their squares.
    tolerance = 2e-4
    refused = ("over the first axis: its size, the batch, may change",)

    axes: tuple[int, ...] = ints(low=-8, high=7, lengths=(1, 2, 3, 4, 5, 6))
    keepdims: bool = flag(default=False)

    samples = (
        Sample({"axes": (2, 3), "keepdims": True}, ((2, 3, 4, 5),), outputs=2),
        Sample({"axes": (-1,)}, ((2, 3, 7),), outputs=2),
        Sample({"axes": (1, 3)}, ((2, 3, 1, 4),), outputs=2),
    )

    @property
    def outputs(self) -> int:
        """Mean and variance."""
        return 2

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the axes, or with size one there, twice."""
        shape = reduced(inputs[0], self.axes, keepdims=self.keepdims)
        return (shape, shape)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> tuple[Ref, ...]:
        """The mean, the differences from it, and the mean of their squares."""
        without_batch(self.name, axes_of(b.shape(x[0]), self.axes), "a mean depends on how many numbers there are")
        mean = b.op("mean", x[0], hint="mean", axis=self.axes, keepdims=True)
        centred = b.op("broadcast_sub", x[0], mean, hint="centred")
        square = b.op("broadcast_mul", centred, centred, hint="square")
        variance = b.op("mean", square, hint="variance", axis=self.axes, keepdims=self.keepdims)
        shown = mean if self.keepdims else b.op("mean", x[0], name=node.name, axis=self.axes)
        return shown, variance
