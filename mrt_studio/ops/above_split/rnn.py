"""Recurrent layers: only above the split keys."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer, real
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


@operator("RNN")
@dataclass(frozen=True, kw_only=True)
class Rnn(FloatOnly):
    """All layers of a recurrent network over x (T, N, C).

    All their parameters are in one vector.
    """

    arity = (3, 4)
    category = "other"
    input_names = ("data", "parameters", "state", "state_cell")
    why = "Each step reads the result of the one before, and the Cortex virtual machine has no loops."

    state_size: int = integer(low=1, high=1 << 20)
    num_layers: int = integer(low=1, high=1 << 10)
    bidirectional: bool = flag(default=False)
    mode: str = choice(*_GATES)
    p: float = real(0.0, low=0, high=1)
    state_outputs: bool = flag(default=False)
    projection_size: str = choice("None", default="None")
    lstm_state_clip_min: str = choice("None", default="None")
    lstm_state_clip_max: str = choice("None", default="None")
    lstm_state_clip_nan: bool = flag(default=False)
    use_sequence_length: str = choice("False", "0", default="False")

    @property
    def outputs(self) -> int:
        """The sequence, and the last states when they are asked for: two of an LSTM."""
        return 1 + self.state_outputs * self._states

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(T, N, states of both directions), and (layers, N, states) for each state."""
        data, parameters, *states = inputs
        if len(data) != 3 or len(states) != self._states:
            raise ShapeError(f"A {self.mode} takes a sequence (T, N, C), its parameters and {self._states} states, not {', '.join(map(str, inputs))}.")
        state = (self.num_layers * self._directions, data[1], self.state_size)
        if any(s != state for s in states) or parameters != (self._count(data[2]),):
            raise ShapeError(f"States of {state} and {self._count(data[2])} parameters are needed, not {', '.join(map(str, inputs[1:]))}.")
        return ((*data[:2], self.state_size * self._directions), *(state,) * self._states)[: self.outputs]

    @property
    def _states(self) -> int:
        return 2 if self.mode == "lstm" else 1

    @property
    def _directions(self) -> int:
        return 1 + self.bidirectional

    def _count(self, channels: int) -> int:
        """The number of parameters.

        Each gate has weights from the layer below and from the step before, and two biases.
        """
        size = self.state_size
        below = [channels, *(size * self._directions,) * (self.num_layers - 1)]
        return sum(self._directions * _GATES[self.mode] * size * (width + size + 2) for width in below)
