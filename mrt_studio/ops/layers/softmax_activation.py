"""SoftmaxActivation: softmax over the channels or the last axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("SoftmaxActivation")
@dataclass(frozen=True, kw_only=True)
class SoftmaxActivation(Rewritten):
    """Softmax over axis 1 (mode channel) or the last axis (mode instance, whatever MXNet's documents say)."""

    arity = (1, 1)
    category = "activation"
    tolerance = 1.5e-3  # that of softmax

    mode: str = choice("instance", "channel", default="instance")

    samples = (Sample({}, ((2, 10),)), Sample({}, ((2, 3, 4),)), Sample({"mode": "channel"}, ((2, 5, 3, 1),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        least = 3 if self.mode == "channel" else 2
        if len(inputs[0]) < least:
            raise ShapeError(f"SoftmaxActivation of mode {self.mode} needs at least {least} axes, not {inputs[0]}.")
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Softmax."""
        return b.op("softmax", x[0], name=node.name, axis=1 if self.mode == "channel" else -1)
