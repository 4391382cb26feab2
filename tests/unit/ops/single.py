"""One operator alone, from floats to integers and back."""

from typing import Any, NamedTuple

import numpy as np

from mrt_studio.cvm.lower import Lowered
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array, Builder, Graph
from mrt_studio.ops.base import make
from tests.nets import check_exact, floats, integers, lowered, prepared, thresholds_of


class Ran(NamedTuple):
    """What came out.

    Attributes:
        found: the real numbers that the integers stand for.
        meant: what MXNet gives for the numbers that the integers of the inputs stand for.
        model: the integer graph.
    """

    found: Array
    meant: Array
    model: Lowered


def single(name: str, *data: Any, params: tuple[Any, ...] = (), **attributes: Any) -> Graph:
    """Return the graph of one operator on inputs of the shapes of `data`, and on parameters."""
    b = Builder(make)
    refs = [b.input("data" if i == 0 else f"data{i}", np.shape(x)) for i, x in enumerate(data)]
    refs += [b.param("", np.asarray(x, np.float32), name=f"param{i}") for i, x in enumerate(params)]
    return b.graph([b.op(name, *refs, name="node", **attributes)])


def ran(name: str, *data: Any, params: tuple[Any, ...] = (), thresholds: dict[str, float] | None = None, **attributes: Any) -> Ran:
    """Run one operator in floats and in integers, in every way there is; thresholds are those of the data where none are given."""
    graph = prepared(single(name, *data, params=params, **attributes))
    feeds = {node.name: np.asarray(x, np.float32) for node, x in zip(graph.inputs, data, strict=True)}
    model = lowered(graph, thresholds_of(graph, feeds) | (thresholds or {}))
    codes = {n: quantize_array(x, model.inputs[n].scale, model.inputs[n].precision) for n, x in feeds.items()}
    meant = floats(graph, {n: (x / model.inputs[n].scale).astype(np.float32) for n, x in codes.items()})[0]
    found = check_exact(model.graph, integers(model, feeds))[0]
    return Ran(found / model.outputs[0].scale, meant, model)
