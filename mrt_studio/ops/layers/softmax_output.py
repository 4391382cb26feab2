"""SoftmaxOutput: softmax, and the cross entropy's gradient in training."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import flag
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.shared.output_layer import OutputLayer


@operator("SoftmaxOutput", "Softmax")
@dataclass(frozen=True, kw_only=True)
class SoftmaxOutput(OutputLayer):
    """Softmax over axis 1 (multi_output), the last axis (preserve_shape) or all but the batch."""

    category = "activation"
    ignored = frozenset({"grad_scale", "ignore_label", "use_ignore", "normalization", "out_grad", "smooth_alpha"})
    tolerance = 1.5e-3  # that of softmax

    multi_output: bool = flag(default=False)
    preserve_shape: bool = flag(default=False)

    samples = (
        Sample({}, ((2, 10),), ((2,),)),
        Sample({"multi_output": True}, ((2, 5, 3),), ((2, 3),)),
        Sample({"preserve_shape": True}, ((2, 3, 5),), ((2, 3),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of the predictions, which need classes beside the batch."""
        if len(inputs[0]) < 2:
            raise ShapeError(f"SoftmaxOutput needs at least two axes, not {inputs[0]}.")
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Softmax of the predictions.

        Raises:
            UnsupportedError: MXNet does not say which axes it means.
        """
        shape = node.shapes[0]
        if len(shape) > 2 and not self.multi_output and not self.preserve_shape:
            raise UnsupportedError(
                f"SoftmaxOutput of {shape} without multi_output or preserve_shape is not supported.",
                why="MXNet goes over the last axis or over all but the batch, depending on the number of axes and the library it was built with.",
                remedy="Set one of the two in the model.",
            )
        return b.op("softmax", x[0], name=node.name, axis=-1 if self.preserve_shape and not self.multi_output else 1)
