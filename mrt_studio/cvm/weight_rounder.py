"""Rounds the weights of layers as the options say, with a look at the data where they ask for one.

With rounding ``sequential`` a second model runs beside the float one, whose layers so far have the rounded weights and the
corrected biases (its activations are not rounded). The next layer sees that model's data and is to give the float model's
results, so that it makes up for a part of the error before it, and for all of the mean error [as empirical bias correction does].
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mrt_studio.cvm.observed_inputs import ObservedInputs
from mrt_studio.cvm.patches import patches
from mrt_studio.cvm.rounding import SHORT, made_up, round_at_best_scale, round_to_data
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

    def __init__(self, graph: Graph, samples: Array | None, options: LoweringOptions) -> None:
        """Take the prepared graph and the samples; nothing is run before a layer asks."""
        self._graph, self._samples, self._options = graph, samples, options
        self._sequential = options.rounding == "sequential"

    @cached_property
    def _models(self) -> list[ObservedInputs]:
        """The float model, and the rounded one where there is one."""
        if self._samples is None:
            raise OptionError("There are no samples of the calibration to round weights by.", where="quantize.rounding", remedy="Calibrate first.")
        return [ObservedInputs(self._graph, self._samples) for _ in range(2 if self._sequential else 1)]

    @property
    def _looks(self) -> bool:
        return self._options.rounding != "nearest" or self._options.correct_bias

    def done(self, node: Node) -> None:
        """The lowering is done with this node."""
        for model in self._models if self._looks else ():
            model.done(node)

    def round(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        """Round a weight (O, ...), at the first of the scales (n, O) of its filters or at the best."""
        cut = np.clip(x.array.astype(np.float64), -x.threshold, x.threshold)
        flat, none = cut.reshape(len(cut), -1), np.zeros(len(cut), np.int64)
        if not self._looks:
            return RoundedWeight(_nearest(flat * scales[0][:, None]).reshape(cut.shape), none, none.astype(np.float64))
        real = patches(node.op, self._models[0].of(node))
        seen = patches(node.op, self._models[1].of(node)) if self._sequential else real
        codes, chosen = self._by_data(flat, seen, real, scales)
        rounded = codes / np.take_along_axis(scales, chosen[None], axis=0)[0][:, None]
        added = _means(rounded, seen) - _means(flat, real) if self._options.correct_bias else none.astype(np.float64)
        if self._sequential:
            self._models[1].replace(node, rounded.reshape(cut.shape), added)
        return RoundedWeight(codes.reshape(cut.shape).astype(np.int64), chosen, added)

    def _by_data(self, flat: Array, seen: Windows, real: Windows, scales: Array) -> tuple[Array, NDArray[np.int64]]:
        """Codes (O, K), and which scale each filter has (O,)."""
        if self._options.rounding == "nearest":
            return _nearest(flat * scales[0][:, None]), np.zeros(len(flat), np.int64)
        grouped: NDArray[np.float64] = flat.reshape(len(seen), -1, flat.shape[1])
        weight = made_up(grouped, seen, real) if self._sequential else grouped
        if flat.shape[1] > SHORT or len(scales) == 1:
            chosen = _first_that_holds(weight.reshape(flat.shape), scales)
            own = np.take_along_axis(scales, chosen[None], axis=0).reshape(*grouped.shape[:2], 1)
            return round_to_data(np.asarray(weight * own, np.float64), seen, _LIMIT).reshape(flat.shape), chosen
        codes, best = round_at_best_scale(weight, seen, scales.reshape(len(scales), *grouped.shape[:2]), _LIMIT)
        return codes.reshape(flat.shape), best.reshape(-1)


def _means(weight: Array, windows: Windows) -> Array:
    """The mean result of each filter (O,) of a weight (O, K)."""
    means = windows.mean(axis=1, dtype=np.float64).repeat(len(weight) // len(windows), axis=0)
    return np.asarray((weight * means).sum(axis=1))


def _first_that_holds(weight: Array, scales: Array) -> NDArray[np.int64]:
    """The first, that is largest, of the scales (n, O) that keeps each filter (O, K) in the codes; the last where none does."""
    fits = abs(weight).max(axis=1) * scales < _LIMIT + 0.5
    fits[-1] = True
    return fits.argmax(axis=0)


def _nearest(units: Array) -> NDArray[np.int64]:
    return np.clip(Rounding.HALF_AWAY.apply(units), -_LIMIT, _LIMIT).astype(np.int64)
