"""Rounds the weights of layers as the options say, with a look at the data where they ask for one."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mrt_studio.cvm.observed_inputs import ObservedInputs
from mrt_studio.cvm.patches import patches
from mrt_studio.cvm.rounding import SHORT, round_at_best_scale, round_to_data
from mrt_studio.cvm.trace import Codes
from mrt_studio.errors import OptionError
from mrt_studio.fixedpoint import Rounding, int_range
from mrt_studio.ir.graph import Array, Graph, Node
from mrt_studio.ops.base import WEIGHT_BITS
from mrt_studio.ops.lowering import LoweringOptions, Parameter, RoundedWeight

_LIMIT = int_range(WEIGHT_BITS)
Windows = NDArray[np.float32]
"""(groups, n, K) what the filters of a layer see."""


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

    def round(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        """Round a weight (O, ...), at the first of the scales (n, O) of its filters or at the best."""
        return self._codes.get(("rounded", node.name, x.name, x.threshold, scales.tobytes()), lambda: self._rounded(node, x, scales))

    def _rounded(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        cut = np.clip(x.array.astype(np.float64), -x.threshold, x.threshold)
        flat, none = cut.reshape(len(cut), -1), np.zeros(len(cut), np.int64)
        if not self._looks:
            return RoundedWeight(_nearest(flat * scales[0][:, None]).reshape(cut.shape), none, none.astype(np.float64))
        for lowered in self._lowered:
            self._inputs.forget(lowered.inputs)
        self._lowered.clear()
        windows = patches(node.op, self._inputs.of(node))
        codes, chosen = self._by_data(flat, windows, scales)
        added = none.astype(np.float64)
        if self._options.correct_bias:
            means = windows.mean(axis=1, dtype=np.float64).repeat(len(flat) // len(windows), axis=0)
            added = ((codes / np.take_along_axis(scales, chosen[None], axis=0)[0][:, None] - flat) * means).sum(axis=1)
        return RoundedWeight(codes.reshape(cut.shape).astype(np.int64), chosen, added)

    def _by_data(self, flat: Array, windows: Windows, scales: Array) -> tuple[Array, NDArray[np.int64]]:
        """Codes (O, K), and which scale each filter has (O,)."""
        if self._options.rounding == "nearest":
            return _nearest(flat * scales[0][:, None]), np.zeros(len(flat), np.int64)
        grouped: NDArray[np.float64] = flat.reshape(len(windows), -1, flat.shape[1])
        if flat.shape[1] > SHORT or len(scales) == 1:
            own = scales[0].reshape(*grouped.shape[:2], 1)
            return round_to_data(np.asarray(grouped * own, np.float64), windows, _LIMIT).reshape(flat.shape), np.zeros(len(flat), np.int64)
        codes, best = round_at_best_scale(grouped, windows, scales.reshape(len(scales), *grouped.shape[:2]), _LIMIT)
        return codes.reshape(flat.shape), best.reshape(-1)


def _nearest(units: Array) -> NDArray[np.int64]:
    return np.clip(Rounding.HALF_AWAY.apply(units), -_LIMIT, _LIMIT).astype(np.int64)
