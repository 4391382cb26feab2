"""Several operators from floats to integers and back, with any input precision and another batch than the prepared one."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mrt_studio.fixedpoint import quantize_array, scale_for
from mrt_studio.ir.graph import Array, Builder, Ref, with_input_shapes
from mrt_studio.ops.base import make
from tests.nets import check_exact, floats, integers, lowered, prepared, thresholds_of
from tests.unit.ops.single import Ran


def ran_chain(write: Callable[[Builder, Ref], Ref], data: Array, *, bits: int = 16, prepared_batch: int | None = None) -> Ran:
    """Run what ``write(builder, input)`` makes on an input of `bits` bits; data are rounded to it first, and thresholds are theirs."""
    b = Builder(make)
    shape = (prepared_batch or len(data), *data.shape[1:])
    graph = prepared(b.graph([write(b, b.input("data", shape))]))
    graph = with_input_shapes(graph, make, {"data": data.shape})
    scale = scale_for(float(abs(data).max()), bits)
    feeds = {"data": (quantize_array(data, scale, bits) / scale).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds), input_precision=bits)
    found = check_exact(model.graph, integers(model, feeds))[0]
    return Ran(found / model.outputs[0].scale, floats(graph, feeds)[0], model)


def ran_wide(name: str, data: Array, **attributes: Any) -> Ran:
    """Run one operator behind a product, so that what it takes has thirty-two bits."""
    one = np.ones((1,), np.float32)
    return ran_chain(lambda b, x: b.op(name, b.op("broadcast_mul", x, b.param("one", one)), name="node", **attributes), data)


def share(result: Ran) -> float:
    """Return the largest error as a share of the largest result."""
    return float(abs(result.found - result.meant).max() / abs(result.meant).max())


def decibels(result: Ran) -> float:
    """Return the signal to noise ratio; 200 where there is no noise to speak of."""
    noise = float(np.square(result.found - result.meant, dtype=np.float64).sum())
    return min(10 * np.log10(float(np.square(result.meant, dtype=np.float64).sum()) / max(noise, 1e-300)), 200.0)
