"""All codes of Reshape against MXNet, refusals, and the form that prepare leaves."""

import numpy as np
import pytest

from mrt_studio.errors import QuantizationError, ShapeError, UnsupportedError
from mrt_studio.ops.base import make, operators, parse
from tests.nets import built, floats, lowered, prepared

FITTING = [
    ((2, 3, 4), (4, 0, 2), False),
    ((2, 3, 4), (6, 1, -1), False),
    ((2, 3, 4), (3, -1, 8), False),
    ((2, 3, 4), (-2,), False),
    ((2, 3, 4), (2, -2), False),
    ((2, 3, 4), (-2, 1, 1), False),
    ((2, 3, 4), (-3, 4), False),
    ((2, 3, 4, 5), (-3, -3), False),
    ((2, 3, 4), (0, -3), False),
    ((2, 3, 4), (-4, 1, 2, -2), False),
    ((2, 3, 4), (2, -4, -1, 3, -2), False),
    ((2, 3, 4), (-1, -3), False),
    ((8, 3), (0, -1, 3), False),
    ((10, 5, 4), (-1, 0), True),
    ((10, 5, 4), (-1, 0), False),
    ((10, 5, 4), (0, -3), True),
    ((10, 5, 4), (-2, 0), True),
    ((10, 5, 4), (5, -1), True),
]


@pytest.mark.parametrize(("shape", "codes", "reverse"), FITTING)
def test_codes_mean_what_they_mean_to_mxnet(shape, codes, reverse):
    graph = built(lambda b, param: b.op("Reshape", b.input("data", shape), name="node", shape=codes, reverse=reverse))
    data = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    (expected,) = floats(graph, {"data": data})
    assert graph.shape(graph.outputs[0]) == expected.shape
    ready = prepared(graph)
    assert np.array_equal(floats(ready, {"data": data})[0], expected)
    assert ready["node"].op.shape.count(-1) <= 1
    assert min(n for n in ready["node"].op.shape if n != -1) > 0


@pytest.mark.parametrize(
    ("shape", "codes", "reverse", "why"),
    [
        ((2, 3, 4), (5, -1), False, "another"),
        ((2, 3, 4), (7,), False, "another"),
        ((2, 3, 4), (-1, -1), False, "one -1"),
        ((2, 3, 4), (-2, -1), False, "one -1"),
        ((2, 3, 4), (-4, 1, -1, -1, -2), False, "one -1"),
        ((2, 3, 4), (0, 0, 0, 0), False, "No axis is left"),
        ((2, 3, 4), (0, 0, -3), False, "No axis is left"),
        ((2, 3, 4), (-4, 2, 2, -2), False, "-4 needs"),
        ((2, 3, 4), (-4, 0, 2, -2), False, "-4 needs"),
        ((2, 3, 4), (-4, -1, -1, -2), False, "-4 needs"),
        ((2, 3, 4), (-4, 2), False, "-4 needs"),
        ((2, 3, 4), (-2, 2, 2), True, "another"),
    ],
)
def test_codes_that_do_not_fit_are_refused(shape, codes, reverse, why):
    with pytest.raises(ShapeError) as caught:
        make("Reshape", shape=codes, reverse=reverse).infer((shape,))
    assert why in caught.value.why


def test_no_shape_at_all_is_not_supported():
    with pytest.raises(UnsupportedError, match=r"shape=\(\)"):
        operators["Reshape"].parse({"target_shape": "(0, 12)"})
    assert parse("Reshape", {"target_shape": "(0, 12)"}, 1).infer(((2, 3, 4),)) == ()


@pytest.mark.parametrize(
    ("shape", "codes", "form"),
    [
        ((2, 3, 4), (2, 12), (-1, 12)),
        ((2, 3, 4), (2, -1), (-1, 12)),
        ((1, 3, 4), (1, -1, 2), (-1, 6, 2)),
        ((2, 3, 4), (4, 6), (-1, 6)),
        ((2, 3, 4), (3, 8), (3, 8)),
        ((2, 3, 4), (3, -1), (3, -1)),
        ((2, 3, 4), (-4, 1, 2, -2), (1, 2, 3, 4)),
        ((2, 3, 4), (-4, 1, -1, -2), (1, -1, 3, 4)),
        ((1, 3, 4), (-4, 1, -1, -2), (1, -1, 3, 4)),
        ((2, 3, 4), (-4, 2, -1, -2), (2, -1, 3, 4)),
    ],
)
def test_the_size_of_the_batch_is_left_open(shape, codes, form):
    graph = prepared(built(lambda b, param: b.op("Reshape", b.input("data", shape), name="node", shape=codes)))
    assert graph["node"].op.shape == form
    assert prepared(graph)["node"].op.shape == form


@pytest.mark.parametrize(("name", "attributes"), [("Reshape", {"shape": (1, 1, 1, 1, 1, -1, 2)}), ("expand_dims", {"axis": 0})])
def test_more_than_six_axes_are_refused_when_quantizing(name, attributes):
    graph = prepared(built(lambda b, param: b.op(name, b.input("data", (1, 2, 1, 2, 1, 2)), name="node", **attributes)))
    with pytest.raises(QuantizationError, match="The result has the shape") as caught:
        lowered(graph, {"data": 1.0, "node": 1.0})
    assert "at most 6 axes" in caught.value.why
    assert caught.value.where == f"{name} 'node'"
