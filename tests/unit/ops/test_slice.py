"""Slices against numpy, in MXNet and on the machine, and what is refused."""

import itertools

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.errors import ShapeError
from mrt_studio.ops.base import make
from tests.nets import built, floats, lowered, prepared

POSITIONS = (None, 0, 2, 4, -1, -5, 9, -9)


@pytest.mark.parametrize("step", [None, 1, 2, -1, -3])
def test_every_position_means_what_it_means_to_python(step):
    x = np.arange(10).reshape(2, 5)
    for begin, end in itertools.product(POSITIONS, POSITIONS):
        expected = x[:, begin:end:step]
        op = make("slice", begin=(None, begin), end=(None, end), step=(None, step))
        if not expected.size or (begin is not None and not -5 <= begin < 5):
            with pytest.raises(ShapeError):
                op.infer((x.shape,))
            continue
        graph = built(lambda b, param, op=op: b.apply(op, (b.input("data", x.shape),), name="node"))
        ready = prepared(graph)
        assert np.array_equal(floats(graph, {"data": x})[0], expected)
        model = lowered(ready, {"data": 127.0, "node": 127.0})
        assert np.array_equal(run_reference(model.graph, {"data": x})[0], expected)


def test_a_slice_of_everything_disappears():
    graph = built(lambda b, param: b.op("slice", b.input("data", (2, 3)), name="node", begin=(0, -3), end=(2, 7)))
    assert prepared(graph).operators == ()


@pytest.mark.parametrize(
    ("name", "attributes", "text"),
    [
        ("slice", {"begin": (), "end": ()}, "does not slice"),
        ("slice", {"begin": (0, 0, 0), "end": (1, 1, 1)}, "does not slice"),
        ("slice", {"begin": (0,), "end": (1, 1)}, "does not slice"),
        ("slice", {"begin": (0, 0), "end": (1, 1), "step": (1,)}, "does not slice"),
        ("slice", {"begin": (0,), "end": (1,), "step": (0,)}, "does not slice"),
        ("slice", {"begin": (2,), "end": (9,)}, "begins at 2"),
        ("slice", {"begin": (1,), "end": (1,)}, "leaves nothing"),
        ("slice_axis", {"axis": 2, "begin": 0, "end": 1}, "axis 2 does not exist"),
        ("slice_axis", {"axis": 1, "begin": 0, "end": 4}, "does not fit"),
        ("slice_axis", {"axis": 1, "begin": -4, "end": None}, "does not fit"),
        ("slice_axis", {"axis": 1, "begin": 2, "end": 2}, "does not fit"),
        ("transpose", {"axes": (0,)}, "no order"),
        ("transpose", {"axes": (0, 0)}, "no order"),
        ("SwapAxis", {"dim1": 0, "dim2": 2}, "axis 2 does not exist"),
        ("expand_dims", {"axis": 3}, "no place"),
        ("squeeze", {"axis": (1,)}, "cannot be squeezed"),
        ("squeeze", {"axis": (0, 5)}, "do not exist"),
        ("repeat", {"repeats": 2, "axis": 2}, "axis 2 does not exist"),
        ("reverse", {"axis": (2,)}, "axis 2 does not exist"),
        ("SliceChannel", {"num_outputs": 2}, "2 equal pieces"),
        ("SliceChannel", {"num_outputs": 1, "squeeze_axis": True}, "cannot be squeezed"),
        ("_split_v2", {"indices": (1, 2)}, "begin at"),
        ("_split_v2", {"indices": (0, 2, 1)}, "cannot be cut"),
        ("_split_v2", {"indices": (0, 5)}, "cannot be cut"),
        ("_split_v2", {"indices": (), "sections": 4}, "cannot be cut"),
        ("_split_v2", {"indices": ()}, "begin at"),
        ("depth_to_space", {"block_size": 2}, "no blocks"),
        ("space_to_depth", {"block_size": 2}, "no blocks"),
        ("Pad", {"mode": "edge", "pad_width": (0,) * 8}, "cannot be padded"),
        ("Crop", {"num_args": 1, "h_w": (1, 1)}, "takes num_args"),
        ("_contrib_MultiBoxPrior", {}, "Anchor boxes"),
        ("stack", {"num_args": 2}, "1 inputs are given"),
    ],
)
def test_what_does_not_fit_is_refused(name, attributes, text):
    with pytest.raises(ShapeError, match=text):
        make(name, **attributes).infer(((2, 3),))


@pytest.mark.parametrize("like", [(3, 3), (2,), (2, 4), (2, 3, 1)])
def test_slice_like_of_something_larger_or_of_another_rank_is_refused(like):
    with pytest.raises(ShapeError, match="cannot be cut to the size"):
        make("slice_like").infer(((2, 3), like))


@pytest.mark.parametrize("parts", [{"lhs_begin": 3}, {"lhs_begin": 1, "lhs_end": 1}, {"rhs_end": 4}, {"rhs_begin": -4}, {"lhs_begin": 1}])
def test_reshape_like_of_axes_that_do_not_fit_is_refused(parts):
    with pytest.raises(ShapeError):
        make("reshape_like", **parts).infer(((2, 12), (2, 3, 4)))
