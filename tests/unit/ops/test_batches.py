"""What was prepared and quantized with one batch runs with another: no size of the batch is left in an attribute."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.ops.base import make as make_cvm
from mrt_studio.ir.graph import with_input_shapes
from mrt_studio.ops.base import make
from tests.nets import built, floats, integers, lowered, prepared, rng_of, thresholds_of

FORMS = [
    ("slice", {"begin": (0, 1), "end": (2, 3)}, (2, 4, 5), "whole"),
    ("slice", {"begin": (None, 1), "end": (None, 3)}, (2, 4, 5), ""),
    ("slice_axis", {"axis": 1, "begin": 1, "end": 3}, (2, 4, 5), ""),
    ("slice_axis", {"axis": 0, "begin": 1, "end": None}, (2, 4), ""),
    ("slice_axis", {"axis": 0, "begin": -1, "end": None}, (2, 4), ""),
    ("transpose", {}, (2, 3, 4), ""),
    ("SwapAxis", {"dim1": 0, "dim2": 1}, (2, 3, 4), ""),
    ("Reshape", {"shape": (0, -1)}, (2, 3, 4), ""),
    ("Reshape", {"shape": (4, -1)}, (2, 3, 4), ""),
    ("Reshape", {"shape": (-1, 4)}, (2, 3, 4), ""),
    ("Reshape", {"shape": (0, -4, 2, -1, -3)}, (2, 6, 3, 4), ""),
    ("Reshape", {"shape": (-3, -2)}, (2, 3, 4), ""),
    ("Reshape", {"shape": (-1, 0), "reverse": True}, (2, 5, 4), ""),
    ("expand_dims", {"axis": 0}, (2, 3), ""),
    ("squeeze", {"axis": (1,)}, (2, 1, 3), ""),
    ("squeeze", {}, (2, 1, 3), ""),
    ("tile", {"reps": (2, 1)}, (2, 3), ""),
    ("repeat", {"repeats": 2}, (2, 3), ""),
    ("reverse", {"axis": (0, 1)}, (2, 3), ""),
    ("SliceChannel", {"num_outputs": 2, "axis": 0}, (2, 3), ""),
    ("SliceChannel", {"num_outputs": 3, "axis": 1}, (2, 6), ""),
    ("_split_v2", {"indices": (0, 1), "axis": 0}, (2, 3), ""),
    ("_split_v2", {"indices": (), "sections": 2, "axis": 0}, (2, 3), ""),
    ("depth_to_space", {"block_size": 2}, (2, 8, 2, 3), ""),
    ("space_to_depth", {"block_size": 2}, (2, 2, 4, 6), ""),
    ("Crop", {"num_args": 1, "h_w": (2, 2)}, (2, 2, 4, 4), ""),
    ("Pad", {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 0, 0, 2), "constant_value": 0.5}, (2, 2, 3, 3), ""),
    ("Pad", {"mode": "reflect", "pad_width": (0, 0, 0, 0, 1, 0, 0, 2)}, (2, 2, 3, 3), ""),
    ("one_hot", {"depth": 4}, (2, 3), ""),
]


@pytest.mark.parametrize(("name", "attributes", "shape", "form"), FORMS)
def test_another_batch(name, attributes, shape, form):
    graph = built(lambda b, param: b.op(name, b.input("data", shape), name="node", **attributes))
    ready = prepared(graph)
    small, large = ({"data": rng_of(0).uniform(0, 3, (n, *shape[1:])).astype(np.float32)} for n in (shape[0], 3 * shape[0]))
    if form == "whole":  # the literal size of the batch means all of it
        attributes = attributes | {"begin": (None, *attributes["begin"][1:]), "end": (None, *attributes["end"][1:])}
    original = built(lambda b, param: b.op(name, b.input("data", large["data"].shape), name="node", **attributes))
    float_large = with_input_shapes(ready, make, {"data": large["data"].shape})
    expected = floats(original, large)[0]
    np.testing.assert_allclose(floats(float_large, large)[0], expected, rtol=1e-5, atol=1e-6)

    model = lowered(ready, thresholds_of(ready, small))
    again = lowered(float_large, thresholds_of(ready, small))
    moved = with_input_shapes(model.graph, make_cvm, {"data": large["data"].shape})
    assert moved.shape(moved.outputs[0]) == expected.shape
    assert np.array_equal(run_reference(moved, integers(model, large))[0], run_reference(again.graph, integers(again, large))[0])


@pytest.mark.parametrize(
    ("name", "attributes", "shapes"),
    [
        ("slice_like", {}, ((2, 5, 6), (2, 3, 4))),
        ("reshape_like", {}, ((2, 12), (2, 3, 4))),
        ("take", {"axis": 1}, ((2, 5), (3,))),
        ("pick", {}, ((2, 5), (2,))),
        ("stack", {"num_args": 2, "axis": 1}, ((2, 5), (2, 5))),
        ("Concat", {"num_args": 2, "dim": 1}, ((2, 5), (2, 3))),
    ],
)
def test_another_batch_of_two_inputs(name, attributes, shapes):
    def graph_of(first, second):
        return built(lambda b, param: b.op(name, b.input("data", first), b.input("other", second), name="node", **attributes))

    larger = tuple((6, *s[1:]) if s[0] == 2 else s for s in shapes)
    feeds = {n: np.rint(rng_of(i).uniform(0, 4, s)).astype(np.float32) for i, (n, s) in enumerate(zip(("data", "other"), larger, strict=True))}
    ready = prepared(graph_of(*shapes))
    kept = {n.name for n in ready.inputs}
    large = with_input_shapes(ready, make, dict(zip(("data", "other"), larger, strict=True)))
    assert kept == {"data", "other"}
    assert np.array_equal(floats(large, feeds)[0], floats(graph_of(*larger), feeds)[0])
