"""Rounds the weights of layers as the options say, with a look at the data where they ask for one.

Both corrections of the bias take back what the mean of a layer's results has too much. The analytic one counts what rounding the
layer's own weights adds. The empirical one compares the float model with the machine on the same samples: its layer sees what the
layers before it, with their own biases corrected, really give [Nagel et al. 2019, "Data-free quantization", appendix D].
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mrt_studio.cvm.machine_inputs import MachineInputs
from mrt_studio.cvm.observed_inputs import ObservedInputs
from mrt_studio.cvm.patches import patches
from mrt_studio.cvm.rounding import SHORT, round_at_best_scale, round_to_data
from mrt_studio.cvm.trace import Codes
from mrt_studio.errors import OptionError
from mrt_studio.fixedpoint import Rounding, int_range
from mrt_studio.ir.graph import Array, Builder, Graph, Node
from mrt_studio.ops.base import WEIGHT_BITS
from mrt_studio.ops.lowering import LoweringOptions, Parameter, Quantized, RoundedWeight

_LIMIT = int_range(WEIGHT_BITS)
Windows = NDArray[np.float32]
"""(groups, n, K) what the filters of a layer see."""


class WeightRounder:
    """Follows the lowering through the graph, with the float graph and, where it is asked for, the machine beside it."""

    def __init__(self, graph: Graph, samples: Array | None, options: LoweringOptions, codes: Codes, builder: Builder) -> None:
        """Take the prepared graph, samples, integers that are known already, and what is lowered into; nothing is run before a layer asks."""
        self._graph, self._samples, self._options, self._codes, self._builder = graph, samples, options, codes, builder
        self._lowered: list[Node] = []
        self._looks = options.rounding != "nearest" or options.correct_bias != "off"

    @cached_property
    def _floats(self) -> ObservedInputs:
        return ObservedInputs(self._graph, self._given())

    @cached_property
    def _machine(self) -> MachineInputs | None:
        return MachineInputs(self._graph, self._given(), self._builder) if self._options.correct_bias == "empirical" else None

    def _given(self) -> Array:
        if self._samples is None:
            raise OptionError("There are no samples of the calibration to round weights by.", where="quantize.rounding", remedy="Calibrate first.")
        return self._samples

    def done(self, node: Node, value: Quantized) -> None:
        """The lowering is done with this input or operator, which became `value`."""
        self.forget(node)
        if self._looks and self._machine:
            self._machine.done(node, value)

    def forget(self, node: Node) -> None:
        """Nobody asks for the float inputs of this input or operator any more."""
        if not node.is_variable:
            self._lowered.append(node)

    def round(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        """Round a weight (O, ...), at the first of the scales (n, O) of its filters or at the best."""
        return self._codes.get(("rounded", node.name, x.name, x.threshold, scales.tobytes()), lambda: self._rounded(node, x, scales))

    def _rounded(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        cut = np.clip(x.array.astype(np.float64), -x.threshold, x.threshold)
        flat, none = cut.reshape(len(cut), -1), np.zeros(len(cut))
        if not self._looks:
            return RoundedWeight(_nearest(flat * scales[0][:, None]).reshape(cut.shape), none.astype(np.int64), none)
        for lowered in self._lowered:
            self._floats.forget(lowered.inputs)
        self._lowered.clear()
        real = patches(node.op, self._floats.of(node))
        codes, chosen = self._by_data(flat, real, scales)
        rounded = codes / np.take_along_axis(scales, chosen[None], axis=0)[0][:, None]
        seen = patches(node.op, self._machine.of(node)) if self._machine else real
        added = none if self._options.correct_bias == "off" else _means(rounded, seen) - _means(flat, real)
        return RoundedWeight(codes.reshape(cut.shape).astype(np.int64), chosen, added)

    def _by_data(self, flat: Array, windows: Windows, scales: Array) -> tuple[Array, NDArray[np.int64]]:
        """Codes (O, K), and which scale each filter has (O,)."""
        first = np.zeros(len(flat), np.int64)
        if self._options.rounding == "nearest":
            return _nearest(flat * scales[0][:, None]), first
        grouped: NDArray[np.float64] = flat.reshape(len(windows), -1, flat.shape[1])
        offered = scales.reshape(len(scales), *grouped.shape[:2])
        if flat.shape[1] > SHORT or len(scales) == 1:
            return round_to_data(np.asarray(grouped * offered[0][..., None], np.float64), windows, _LIMIT).reshape(flat.shape), first
        codes, best = round_at_best_scale(grouped, windows, offered, _LIMIT)
        return codes.reshape(flat.shape), best.reshape(-1)


def _means(weight: Array, windows: Windows) -> Array:
    """The mean result of each filter (O,) of a weight (O, K)."""
    means = windows.mean(axis=1, dtype=np.float64).repeat(len(weight) // len(windows), axis=0)
    return np.asarray((weight * means).sum(axis=1))


def _nearest(units: Array) -> NDArray[np.int64]:
    return np.clip(Rounding.HALF_AWAY.apply(units), -_LIMIT, _LIMIT).astype(np.int64)
