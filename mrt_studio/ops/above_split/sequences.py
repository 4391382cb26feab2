"""Sequences of different lengths: only above the split keys."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer, real
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator


@dataclass(frozen=True, kw_only=True)
class _Sequence(FloatOnly):
    """An operator on sequences (T, N, ...) and optionally their lengths (N).

    With axis 1 they are (N, T, ...).
    """

    arity = (1, 2)
    category = "other"
    input_names = ("data", "sequence_length")
    why = "Which elements are read depends on lengths that are known only when the model runs, and it treats the batch as time."

    use_sequence_length: bool = flag(default=False)
    axis: int = integer(0, low=0, high=1)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        data = inputs[0]
        if len(inputs) != 1 + self.use_sequence_length or len(data) < 2 or any(shape != (data[1 - self.axis],) for shape in inputs[1:]):
            raise ShapeError(f"{self.name} with use_sequence_length={self.use_sequence_length} does not take {', '.join(map(str, inputs))}.")
        return (data,)


@operator("SequenceMask")
@dataclass(frozen=True, kw_only=True)
class SequenceMask(_Sequence):
    """x with `value` behind the end of each sequence."""

    value: float = real(0.0)


@operator("SequenceReverse")
@dataclass(frozen=True, kw_only=True)
class SequenceReverse(_Sequence):
    """Each sequence from its end to its beginning."""

    axis: int = integer(0, low=0, high=0)


@operator("SequenceLast")
@dataclass(frozen=True, kw_only=True)
class SequenceLast(_Sequence):
    """The last element of each sequence."""

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x without the axis of time."""
        (data,) = super().infer(inputs)
        return ((data[1 - self.axis], *data[2:]),)
