"""What the layers share that compute a loss in training: inference does not read their labels."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import Rewritten


@dataclass(frozen=True, kw_only=True)
class OutputLayer(Rewritten):
    """A layer on predictions and labels that hands the predictions on, perhaps through a function.

    `prepare` and `infer` read the predictions only: the pass drop_labels takes the labels off.
    """

    arity = (2, 2)
    category = "other"
    input_names = ("data", "label")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of the predictions."""
        return (inputs[0],)
