"""Rounds the weights of layers as the options say, with a look at the data where they ask for one."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mrt_studio.cvm.observed_inputs import ObservedInputs
from mrt_studio.cvm.patches import patches
from mrt_studio.cvm.rounding import round_to_data
from mrt_studio.cvm.trace import Codes
from mrt_studio.errors import OptionError
from mrt_studio.fixedpoint import Rounding, int_range
from mrt_studio.ir.graph import Array, Graph, Node
from mrt_studio.ops.base import WEIGHT_BITS
from mrt_studio.ops.lowering import LoweringOptions, Parameter

_LIMIT = int_range(WEIGHT_BITS)


class WeightRounder:
    """Follows the lowering through the graph, the float graph beside it."""

    def __init__(self, graph: Graph, samples: Array | None, options: LoweringOptions, codes: Codes) -> None:
        """Take the prepared graph, the samples, and integers that are known already; nothing is run before a layer asks."""
        self._graph, self._samples, self._options, self._codes = graph, samples, options, codes
        self._lowered: list[Node] = []

    @cached_property
    def _inputs(self) -> ObservedInputs:
        if self._samples is None:
            raise OptionError("There are no samples of the calibration to round weights by.", where="quantize.rounding", remedy="Calibrate first.")
        return ObservedInputs(self._graph, self._samples)

    def forget(self, node: Node) -> None:
        """The lowering is done with this node."""
        self._lowered.append(node)

    @property
    def _looks(self) -> bool:
        return self._options.rounding != "nearest" or self._options.correct_bias

    def round(self, node: Node, x: Parameter, scales: Array) -> tuple[Array, NDArray[np.float64]]:
        """Eight-bit integers of a weight (O, ...) at the scale of each filter (O,), and what they add to the mean of the results (O,)."""
        return self._codes.get(("rounded", node.name, x.name, x.threshold, scales.tobytes()), lambda: self._rounded(node, x, scales))

    def _rounded(self, node: Node, x: Parameter, scales: Array) -> tuple[Array, NDArray[np.float64]]:
        cut = np.clip(x.array.astype(np.float64), -x.threshold, x.threshold)
        units = cut.reshape(len(cut), -1) * scales[:, None]
        codes = np.clip(Rounding.HALF_AWAY.apply(units), -_LIMIT, _LIMIT)
        if not self._looks:
            return codes.reshape(cut.shape).astype(np.int64), np.zeros(len(cut))
        for lowered in self._lowered:
            self._inputs.forget(lowered.inputs)
        self._lowered.clear()
        windows = patches(node.op, self._inputs.of(node))
        groups = len(windows)
        if self._options.rounding != "nearest":
            codes = round_to_data(units.reshape(groups, -1, units.shape[1]), windows, _LIMIT).reshape(units.shape)
        means = windows.mean(axis=1, dtype=np.float64).repeat(len(units) // groups, axis=0)
        added = ((codes - units) * means).sum(axis=1) / scales
        return codes.reshape(cut.shape).astype(np.int64), added if self._options.correct_bias else np.zeros(len(cut))
