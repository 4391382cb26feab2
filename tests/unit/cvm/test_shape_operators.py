"""Corners of the operators that change a shape."""

import numpy as np
import pytest

from mrt_studio.cvm.proof import prove
from mrt_studio.errors import ShapeError, UnsupportedError
from tests.unit.cvm.one import graph_of, result

SOURCE = (2, 3, 4)


def numbers(shape):
    return np.arange(np.prod(shape)).reshape(shape) - 5


def shape_of(op, shape, /, **attributes):
    """The shape that is inferred; the values keep their order on every machine."""
    out = result(op, numbers(shape), bits=10, **attributes)
    assert out.ravel().tolist() == numbers(shape).ravel().tolist()
    graph = graph_of(op, shape, bits=10, **attributes)
    assert prove(graph)["node"].bits == 10
    return graph.shape(graph.outputs[0])


@pytest.mark.parametrize(
    ("codes", "shape"),
    [
        ((4, 6), (4, 6)),
        ((24,), (24,)),
        ((4, 0, 2), (4, 3, 2)),
        ((2, 0, 0), SOURCE),
        ((6, 1, -1), (6, 1, 4)),
        ((3, -1, 8), (3, 1, 8)),
        ((-1,), (24,)),
        ((-1, 0, 0), SOURCE),
        ((-2,), SOURCE),
        ((2, -2), SOURCE),
        ((-2, 1, 1), (2, 3, 4, 1, 1)),
        ((-3, 4), (6, 4)),
        ((0, -3), (2, 12)),
        ((-3, -2), (6, 4)),
        ((-3, -1), (6, 4)),
        ((-4, 1, 2, -2), (1, 2, 3, 4)),
        ((2, -4, -1, 3, -2), (2, 1, 3, 4)),
        ((2, 3, -4, 2, -1), (2, 3, 2, 2)),
        ((-1, 3, -4, 2, 2), (2, 3, 2, 2)),
    ],
)
def test_the_codes_of_reshape(codes, shape):
    assert shape_of("reshape", SOURCE, shape=codes) == shape


def test_merging_twice():
    assert shape_of("reshape", (2, 3, 4, 5), shape=(-3, -3)) == (6, 20)


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ((), "() has another number of elements."),
        ((5, 5), "(5, 5) has another number of elements."),
        ((0, 0), "(2, 3) has another number of elements."),
        ((5, -1), "(5, 4) has another number of elements."),
        ((-1, -1), "There may be one -1, and none behind a -4 or a -2 that changes the number of axes."),
        ((-4, 1, 2, -1), "There may be one -1, and none behind a -4 or a -2 that changes the number of axes."),
        ((-2, -1), "There may be one -1, and none behind a -4 or a -2 that changes the number of axes."),
        ((0, 0, 0, 0), "No axis is left for the code 0."),
        ((0, 0, -3), "No axis is left for the code -3."),
        ((-2, -4, 1, 1), "No axis is left for the code -4."),
        ((12, -4, 3), "-4 needs two sizes whose product is 3, one of which may be -1."),
        ((2, -4, -1, -1, 4), "-4 needs two sizes whose product is 3, one of which may be -1."),
        ((-4, 2, 2, -2), "-4 needs two sizes whose product is 2, one of which may be -1."),
        ((-4, -1, 3, -2), "-4 needs two sizes whose product is 2, one of which may be -1."),
        ((-4, 0, -1, -2), "-4 needs two sizes whose product is 2, one of which may be -1."),
        ((2, 3, -4, -2, -2), "-4 needs two sizes whose product is 4, one of which may be -1."),
    ],
)
def test_codes_that_do_not_fit(codes, why):
    with pytest.raises(ShapeError, match=r"\(2, 3, 4\) cannot be reshaped to") as caught:
        graph_of("reshape", SOURCE, shape=codes)
    assert caught.value.why == why


def test_other_codes_are_refused():
    with pytest.raises(UnsupportedError, match="reshape has shape"):
        graph_of("reshape", SOURCE, shape=(-5,))


@pytest.mark.parametrize(
    ("axis", "count", "shape"),
    [(0, 1, (1, 2, 3)), (1, 2, (2, 1, 1, 3)), (2, 1, (2, 3, 1)), (-1, 1, (2, 3, 1)), (-2, 3, (2, 1, 1, 1, 3)), (-3, 1, (1, 2, 3))],
)
def test_new_axes(axis, count, shape):
    assert shape_of("expand_dims", (2, 3), axis=axis, num_newaxis=count) == shape


@pytest.mark.parametrize("axis", [3, -4])
def test_new_axes_elsewhere(axis):
    with pytest.raises(ShapeError, match=f"no place for an axis at {axis}"):
        graph_of("expand_dims", (2, 3), axis=axis)


@pytest.mark.parametrize(
    ("shape", "axis", "found"),
    [
        ((1, 2, 1, 3), (), (2, 3)),
        ((1, 2, 1, 3), (2,), (1, 2, 3)),
        ((1, 2, 1, 3), (-4, 2), (2, 3)),
        ((1, 1), (), (1,)),
        ((1, 1), (1, 0), (1,)),
        ((2,), (), (2,)),
    ],
)
def test_squeezing(shape, axis, found):
    assert shape_of("squeeze", shape, axis=axis) == found


@pytest.mark.parametrize(("axis", "what"), [((1,), "axis 1 of"), ((4,), "do not exist"), ((0, 0), "name one axis twice"), ((0, -4), "name one axis twice")])
def test_axes_that_cannot_be_squeezed(axis, what):
    with pytest.raises(ShapeError, match=what):
        graph_of("squeeze", (1, 2, 1, 3), axis=axis)


def test_transposing():
    x = numbers(SOURCE)
    for axes in ((), (2, 1, 0), (-1, 0, -2), (0, 1, 2), (1, 2, 0), (-2, -1, -3)):
        assert np.array_equal(result("transpose", x, axes=axes), x.transpose([a % 3 for a in axes] or None))


@pytest.mark.parametrize("axes", [(0, 1), (0, 1, 1), (0, 1, 3), (0, 1, -3), (0, 1, 2, 3)])
def test_orders_that_are_none(axes):
    with pytest.raises(ShapeError, match="are no order of those of"):
        graph_of("transpose", SOURCE, axes=axes)


def test_repeating_and_tiling():
    assert result("repeat", [[1, 2], [3, 4]], repeats=2).tolist() == [[1, 2], [1, 2], [3, 4], [3, 4]]
    assert result("repeat", [[1, 2], [3, 4]], repeats=3, axis=-1).tolist() == [[1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]]
    assert result("tile", [[1, 2], [3, 4]], reps=(2,)).tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
    assert result("tile", [[1, 2]], reps=(2, 2, 1)).tolist() == [[[1, 2], [1, 2]]] * 2


def test_tiling_along_many_axes_at_once():
    # MXNet alone gives other numbers for the first shape, and fails for the second.
    assert np.array_equal(result("tile", [[5], [6], [7]], reps=(2, 3, 3, 1, 3)), np.tile([[5], [6], [7]], (2, 3, 3, 1, 3)))
    x = numbers((4, 1, 2, 3))
    assert np.array_equal(result("tile", x, bits=10, reps=(2, 3, 3, 2)), np.tile(x, (2, 3, 3, 2)))


def test_repeats_and_tiles_must_be_positive_and_on_an_axis():
    with pytest.raises(UnsupportedError, match="repeats=0"):
        graph_of("repeat", SOURCE, repeats=0)
    with pytest.raises(UnsupportedError, match="reps"):
        graph_of("tile", SOURCE, reps=(2, 0))
    with pytest.raises(UnsupportedError, match="reps"):
        graph_of("tile", SOURCE, reps=())
    for axis in (3, -4):
        with pytest.raises(ShapeError, match=f"no axis {axis}"):
            graph_of("repeat", SOURCE, repeats=2, axis=axis)
