"""What becomes of one tensor in integers, without the values of any weight.

The real rules are lowered as far as the tensor's consumers, so scales, shifts and precisions are those of a real quantization;
only the weights' integers are left out, which is what takes the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mrt_studio.cvm.lower import _Lowering  # pyright: ignore[reportPrivateUsage]  (the same rules, watched)
from mrt_studio.cvm.requant import Requantizer, Step, zero_scale
from mrt_studio.fixedpoint import INT32_BITS, narrowest_dtype, scale_for
from mrt_studio.ir.graph import Graph, Ref
from mrt_studio.ir.split import reaching
from mrt_studio.ops.lowering import LoweringOptions, Operand, Parameter, Quantized

OUTPUT = ""
"""The consumer of a tensor that is an output of the graph."""


@dataclass(frozen=True)
class Request:
    """What a consumer asked for, and what it got.

    Attributes:
        consumer: the node, or OUTPUT.
        bits: that it takes at most.
        scale: that it asked for, or None where any will do.
        common: the largest threshold of what it is brought to one scale with; 0 where it is alone.
        got: its integers.
        steps: the multiplications and shifts in between.
    """

    consumer: str
    bits: int
    scale: float | None
    common: float
    got: Quantized
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Probe:
    """A tensor's integers, and what its consumers asked for.

    Attributes:
        made: the integers, None for a parameter.
        bits: of the integers before they are limited to what the threshold needs; 0 where nothing limits them.
        slack: so many bits more than that they keep.
        requests: in the graph's order.
    """

    made: Quantized | None
    bits: int
    slack: int
    requests: tuple[Request, ...]


def probe(
    graph: Graph,
    thresholds: Mapping[str, float],
    name: str,
    *,
    requantizer: Requantizer,
    input_precision: int,
    output_precision: int | None,
    options: LoweringOptions,
) -> Probe:
    """Lower the consumers of `name` and what they depend on; the arguments are those of `lower`.

    Raises:
        QuantizationError: a threshold cannot be realised.
    """
    plain = replace(options, rounding="nearest", correct_bias="off")  # how weights are rounded changes no scale
    state = _Watched(graph, thresholds, requantizer, plain, name)
    needed = reaching(graph, {name, *(n.name for n in graph.consumers[name])}, stop=set())
    for node in state.graph.nodes:
        if node.name in needed:
            state.add(node, input_precision)
    if output_precision is not None and Ref(name) in graph.outputs:
        state.leave(Ref(name), output_precision)
    made = state.operands[Ref(name)]
    return Probe(made if isinstance(made, Quantized) else None, state.limited_from, state.slack, tuple(state.requests))


class _Watched(_Lowering):
    """The lowering, which writes down what is asked of one tensor."""

    def __init__(self, graph: Graph, thresholds: Mapping[str, float], requantizer: Requantizer, options: LoweringOptions, watched: str) -> None:
        super().__init__(graph, thresholds, requantizer, options, None)
        self.requests: list[Request] = []
        self.limited_from = self.slack = 0
        self._watched = watched
        self._leaving = False
        self._common = 0.0
        self._taken: dict[tuple[int, float | None], tuple[Step, ...]] = {}

    def leave(self, ref: Ref, precision: int) -> None:
        """Bring an output of the graph to its precision."""
        self._leaving = True
        self.output(ref, precision)

    def requant(self, x: Operand, precision: int, scale: float | None = None) -> Quantized:
        """As it is, and written down where it is about the watched tensor."""
        before = len(self.steps)
        got = super().requant(x, precision, scale)
        if self._is_watched(x):
            steps = self._taken.setdefault((precision, scale), tuple(self.steps[before:]))
            asked = Request(OUTPUT if self._leaving else self._node.name, precision, scale, self._common, got, steps)
            if asked not in self.requests:  # a rule may ask twice
                self.requests.append(asked)
        return got

    def common(self, xs: tuple[Operand, ...], precision: int) -> tuple[Quantized, ...]:
        """As it is; the other operands' thresholds are noted."""
        self._common = max((x.threshold for x in xs if not self._is_watched(x)), default=0.0)
        brought = super().common(xs, precision)
        self._common = 0.0
        return brought

    def result(self, ref: Ref, scale: float, slack: int = 0) -> Quantized:
        """As it is; the bits before the limit are noted."""
        if self._node.name == self._watched:
            self.limited_from, self.slack = self.bits(ref), slack
        return super().result(ref, scale, slack)

    def _is_watched(self, x: Operand) -> bool:
        if isinstance(x, Parameter):
            return x.name == self._watched
        made = self.operands.get(Ref(self._watched))
        return isinstance(made, Quantized) and made.ref == x.ref

    def _parameter(self, x: Parameter, precision: int, scale: float | None) -> Quantized:
        """Zeros instead of the parameter's integers, in no memory at all."""
        if precision > INT32_BITS:
            return super()._parameter(x, precision, scale)  # which raises
        if x.threshold == 0:
            precision, scale = 1, scale or zero_scale(precision)
        codes = np.broadcast_to(np.zeros((), narrowest_dtype(precision)), x.array.shape)
        return self._stored(x, codes, scale or scale_for(x.threshold, precision), precision)
