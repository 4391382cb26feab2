"""From a prepared float graph and thresholds to a graph of the machine's operators.

Each operator's own rule (ops/) says what to emit; this module keeps scales and proven precisions,
requantizes, and after each operator limits the result to the bits its threshold needs.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from mrt_studio.collection import without_collection
from mrt_studio.cvm.emitter import Emitter, bits_needed
from mrt_studio.cvm.requant import Requantizer, Step, zero_scale
from mrt_studio.cvm.trace import Codes, Mark, Trace, beginning
from mrt_studio.cvm.weight_rounder import WeightRounder
from mrt_studio.errors import OptionError, QuantizationError, StudioError
from mrt_studio.fixedpoint import INT32_BITS, bits_for, narrowest_dtype, quantize_array, scale_for
from mrt_studio.ir.graph import Array, Graph, Node, Ref
from mrt_studio.ops.base import Operator, as_quantized
from mrt_studio.ops.lowering import LoweringOptions, Operand, Parameter, Quantized, RoundedWeight
from mrt_studio.passes.clipped import clipped
from mrt_studio.passes.signs import nonnegative

_SMALLEST, _LARGEST = 2.0**-149, float(np.finfo(np.float32).max)
"""The magnitudes of float32: within them scales and products of scales stay finite."""


@dataclass(frozen=True)
class Lowered:
    """An integer graph, and how its tensors stand for those of the float graph.

    Attributes:
        graph: operators of the machine; each node's origin is in the float graph.
        tensors: float node or parameter name -> its integers.
        outputs: the graph's outputs, in order.
        inputs: input name -> its integers.
        steps: the requantizations that were emitted.
        notes: what a person should look at: zero thresholds, coarse multipliers.
        trace: what lets the next lowering start in the middle; None where this one was read from a file.
    """

    graph: Graph
    tensors: Mapping[str, Quantized]
    outputs: tuple[Quantized, ...]
    inputs: Mapping[str, Quantized]
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    trace: Trace | None = field(default=None, compare=False, repr=False)


@without_collection
def lower(
    graph: Graph,
    thresholds: Mapping[str, float],
    *,
    requantizer: Requantizer,
    input_precision: int = 8,
    output_precision: int | None = None,
    options: LoweringOptions | None = None,
    samples: Array | None = None,
    after: Trace | None = None,
) -> Lowered:
    """Quantize a prepared graph; a pure function of its arguments, whatever `after` is.

    Args:
        graph: what prepare made, with shapes.
        thresholds: node or parameter name -> clipping magnitude, >= 0.
        requantizer: how tensors are brought to fewer bits.
        input_precision: bits of the input.
        output_precision: bits of the outputs, or None to leave them as they come.
        options: what the operators' own rules read; their defaults if None.
        samples: data (n, ...) of the calibration, for options that look at it.
        after: an earlier lowering, from which all is taken over up to the first node that reads another threshold.

    Raises:
        QuantizationError: a threshold is missing, or cannot be realised in INT32.
    """
    options = options or LoweringOptions()
    given, chosen = (graph, samples), (requantizer, input_precision, output_precision, options)
    # The machine that corrects biases has to see all that comes before.
    start = after.start(given, chosen, thresholds) if after and options.correct_bias != "empirical" else 0
    state = after.state.beginning(after, start, thresholds) if after and start else _Lowering(graph, thresholds, requantizer, options, samples)
    for node in state.graph.nodes[start:]:
        state.mark()
        state.add(node, input_precision)
    state.mark()
    outputs = tuple(state.output(ref, output_precision) for ref in graph.outputs)
    integer = state.builder.graph(out.ref for out in outputs)
    inputs = {n.name: state.tensors[n.name] for n in graph.inputs}
    trace = Trace(given, chosen, dict(thresholds), state.settled(), tuple(state.marks), state.reads)
    return Lowered(integer, state.tensors, outputs, inputs, tuple(state.steps), tuple(dict.fromkeys(state.notes)), trace)


class _Lowering(Emitter):
    """The interface `ops.lowering.Lowering`, over a builder of the machine's operators."""

    def __init__(self, graph: Graph, thresholds: Mapping[str, float], requantizer: Requantizer, options: LoweringOptions, samples: Array | None) -> None:
        super().__init__((n.name for n in graph.nodes), graph.nodes[0])
        self.graph = graph.with_own_origin()
        self.options = options
        self.operands: dict[Ref, Operand] = {}
        self.tensors: dict[str, Quantized] = {}
        self.steps: list[Step] = []
        self.notes: list[str] = []
        self.marks: list[Mark] = []
        self.reads: dict[str, int] = {}
        self._nonnegative, self._clipped = nonnegative(graph), clipped(graph)
        self._samples = samples
        self._codes = Codes()
        self._rounder = WeightRounder(self.graph, samples, options, self._codes, self.builder)
        self._thresholds = thresholds
        self._requantizer = requantizer
        self._done: dict[tuple[str, int, float | None], Quantized] = {}
        self._named: dict[str, None] = {}

    def mark(self) -> None:
        """Note how much there is before the next node."""
        parts = (self.builder, self._bits, self.operands, self.tensors, self.steps, self.notes, self._done, self._named, self._codes.used)
        self.marks.append(Mark(*map(len, parts)))

    def beginning(self, trace: Trace, start: int, thresholds: Mapping[str, float]) -> _Lowering:
        """The state in front of node `start`, to go on with other thresholds."""
        other, mark = copy.copy(self), trace.marks[start]
        other.builder = self.builder.beginning(mark.nodes)
        other.operands = beginning(self.operands, mark.operands)
        other.tensors = beginning(self.tensors, mark.tensors)
        other.steps, other.notes = self.steps[: mark.steps], self.notes[: mark.notes]
        other.marks = self.marks[:start]
        other.reads = {name: first for name, first in self.reads.items() if first < start}
        other._bits = beginning(self._bits, mark.bits)
        other._done = beginning(self._done, mark.done)
        other._named = beginning(self._named, mark.named)
        other._codes = Codes(self._codes.used, beginning(self._codes.used, mark.codes))
        other._rounder = WeightRounder(self.graph, self._samples, self.options, other._codes, other.builder)
        for node in self.graph.nodes[:start]:
            if not node.is_variable:
                other._rounder.forget(node)
        other._thresholds = thresholds
        return other

    def settled(self) -> _Lowering:
        """The state without what only a lowering that goes on needs: the float values, and the codes of the one before it."""
        self._codes.known = {}
        self._rounder = WeightRounder(self.graph, self._samples, self.options, self._codes, self.builder)
        return self

    def threshold(self, name: str) -> float:
        """The threshold of a node; noted when it is zero."""
        self.reads.setdefault(name, len(self.marks) - 1)
        value = self._thresholds.get(name)
        if value is None:
            raise QuantizationError(f"There is no threshold for {name!r}.", where=name, remedy="Calibrate the prepared model, or set one for this node.")
        if value != 0 and not _SMALLEST <= value <= _LARGEST:
            raise QuantizationError(
                f"The threshold {value:g} of {name!r} is neither zero nor a positive number of float32.", where=name, remedy="Set a positive threshold."
            )
        if value == 0:
            self.notes.append(f"{name}: threshold 0, so the tensor becomes all zeros.")
        return float(value)

    def add(self, node: Node, input_precision: int) -> None:
        """Take in a node whose inputs are there: a parameter, an input or an operator."""
        if node.name in self.graph.params:
            self.operands[Ref(node.name)] = Parameter(node.name, self.graph.params[node.name], self.threshold(node.name))
        elif node.is_variable:
            self.add_input(node, input_precision)
        else:
            self.add_node(node)

    def add_input(self, node: Node, precision: int) -> None:
        """Declare an input at the full range of its precision.

        Raises:
            QuantizationError: its threshold is zero, so that the model would see nothing.
        """
        threshold = self.threshold(node.name)
        if threshold == 0:
            raise QuantizationError(
                f"The threshold of the input {node.name!r} is 0, so the model would see only zeros.",
                where=node.name,
                remedy="Calibrate on data that is not all zeros, or set a threshold for the input.",
            )
        with self.builder.scope(node.name, (node.name,), "input"):
            ref = self.builder.input(node.name, self.graph.shape(Ref(node.name)), precision)
        self._keep(node, Quantized(ref, scale_for(threshold, precision), precision, threshold))

    def add_node(self, node: Node) -> None:
        """Quantize one operator and limit it to the bits that its threshold needs."""
        if not isinstance(node.op, Operator):
            raise QuantizationError(f"{node.op.name} has no integer form.", where=node.name, remedy="Prepare the model first.")
        self._node = node
        try:
            with self.builder.scope(node.name, (node.name,), node.op.name):
                self._keep(node, node.op.quantize(self, node, tuple(self.operands[r] for r in node.inputs)))
        except StudioError as error:
            error.at(node.op.name, node.name)
            raise

    def output(self, ref: Ref, precision: int | None) -> Quantized:
        """An output of the graph, requantized if a precision is asked for; a parameter has sixteen bits otherwise."""
        x = self.operands[ref]
        x = as_quantized(self, x) if precision is None else self.requant(x, precision)
        if not self.builder.node(x.ref).is_variable:
            return x
        with self.builder.scope(ref.name, (ref.name,), "output"):  # an output is an operator's result: inputs and constants are copied
            return replace(x, ref=self.emit_helper("cvm.cvm_clip", x.ref, hint="output", precision=x.precision))

    def requant(self, x: Operand, precision: int, scale: float | None = None) -> Quantized:
        """Bring `x` to `precision` bits; the same request is answered by the same tensor."""
        source = x.name if isinstance(x, Parameter) else x.ref.name
        key = (source, precision, scale)
        if key not in self._done:
            # Helpers belong to the tensor they change, whoever asks first.
            origin = (source,) if source in self.graph else self.builder.node(Ref(source)).origin
            with self.builder.scope(source, origin, "requantize"):
                if isinstance(x, Parameter):
                    self._done[key] = self._parameter(x, precision, scale)
                else:
                    self._done[key], steps = self._requantizer.apply(self, x, precision, scale)
                    self.steps += steps
                    if x.threshold and not self._done[key].threshold:
                        self.notes.append(f"{source}: its threshold is less than half of its integer step, so it becomes all zeros.")
        return self._done[key]

    def common(self, xs: tuple[Operand, ...], precision: int) -> tuple[Quantized, ...]:
        """One scale for all: the range of `precision` over the largest threshold [MRT]."""
        scale = scale_for(max(x.threshold for x in xs), precision)
        bits = [min(precision, bits_for(x.threshold * scale)) if isinstance(x, Parameter) else precision for x in xs]
        brought = [self.requant(x, p, scale) for x, p in zip(xs, bits, strict=True)]
        for x in brought:
            if abs(x.scale / scale - 1) > 1e-3 and x.threshold:
                self.notes.append(f"{x.ref.name}: its scale misses the common one by {abs(x.scale / scale - 1):.2%}.")
        return tuple(replace(x, scale=scale) for x in brought)

    def result(self, ref: Ref, scale: float, slack: int = 0) -> Quantized:
        """The node's value, limited to the bits of its threshold and `slack` more."""
        threshold = self.threshold(self._node.name)
        tight = bits_for(threshold * scale) + slack
        if self.bits(ref) > tight:
            ref = self.emit_helper("cvm.cvm_clip", ref, hint="clip", precision=tight)
        return Quantized(ref, scale, self.bits(ref), threshold)

    def known(self, ref: Ref, scale: float, largest: float) -> Quantized:
        """The node's value where its range does not depend on data: nothing to limit."""
        return Quantized(ref, scale, self.bits(ref), largest)

    def store(self, x: Parameter, codes: Array, scale: float) -> Ref:
        """Add the integers of a parameter that its consumer made itself."""
        bits = bits_needed(codes)
        with self.builder.scope(x.name, (x.name,), "requantize"):
            return self._stored(x, codes.astype(narrowest_dtype(bits)), scale, bits).ref

    def round_weight(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        """Round a weight as the options say."""
        return self._rounder.round(node, x, scales)

    def clipped(self, name: str) -> float:
        """The magnitude beyond which all readers of a node clip it; infinite where there is none."""
        return self._clipped.get(name, math.inf)

    def nonnegative(self, name: str) -> bool:
        """Whether the graph proves that a node is never negative."""
        return name in self._nonnegative

    def _keep(self, node: Node, value: Quantized) -> None:
        self.operands[Ref(node.name)] = self.tensors[node.name] = value
        self._rounder.done(node, value)

    def _parameter(self, x: Parameter, precision: int, scale: float | None) -> Quantized:
        if x.threshold == 0:
            precision, scale = 1, scale or zero_scale(precision)
        elif precision > INT32_BITS:
            raise QuantizationError(
                f"The parameter {x.name!r} needs {precision} bits at the scale its consumer asks for.",
                where=x.name,
                why=f"Its threshold {x.threshold:.4g} is very large beside the other inputs of {self._node.name!r}.",
                remedy=f"Raise the thresholds of the inputs of {self._node.name!r}, or lower that of {x.name!r}.",
            )
        scale = scale or scale_for(x.threshold, precision)
        codes = self._codes.get((x.name, x.threshold, scale, precision), lambda: quantize_array(x.array, scale, precision))
        return self._stored(x, codes, scale, precision)

    def _stored(self, x: Parameter, codes: Array, scale: float, precision: int) -> Quantized:
        first = x.name not in self._named
        self._named[x.name] = None
        ref = self.builder.param("requantized", codes, name=x.name if first else None, precision=precision)
        value = Quantized(ref, scale, precision, x.threshold)
        self.tensors.setdefault(x.name, value)
        return value


def check_precision(value: int | None, what: str) -> None:
    """Refuse a precision that is not between 2 and 32 bits.

    Raises:
        OptionError: naming the option.
    """
    if value is not None and (type(value) is not int or not 2 <= value <= INT32_BITS):
        raise OptionError(f"{what} must be between 2 and {INT32_BITS} bits, not {value}.")
