"""dot, batch_dot and linalg_gemm2: long sums, one-element axes, refusals."""

import numpy as np
import pytest

from mrt_studio.errors import OverflowError32, ShapeError, UnsupportedError
from mrt_studio.ops.base import make
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of


def product(name, *shapes, **attributes):
    return built(lambda b, param: b.op(name, *(b.input(f"x{i}", s) for i, s in enumerate(shapes)), name="node", **attributes))


def quantized(graph):
    feeds = {n.name: rng_of(i).standard_normal(n.shapes[0]).astype(np.float32) for i, n in enumerate(graph.inputs)}
    ready = prepared(graph)
    expected = floats(graph, feeds)[0]
    np.testing.assert_allclose(floats(ready, feeds)[0], expected, rtol=1e-4, atol=1e-5 * abs(expected).max())
    model = lowered(ready, thresholds_of(ready, feeds))
    out = check_exact(model.graph, integers(model, feeds))[0]
    assert abs(out / model.outputs[0].scale - expected).max() < 0.05 * abs(expected).max()
    check_exact(model.graph, extremes(model.graph, seed=2))


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (3, 1, 4, 1), (3, 1, 1, 4), (1, 2, 1, 1), (2, 3, 5, 1)], ids=str)
def test_pairs_of_matrices_may_have_axes_of_one(sizes):
    batch, rows, inner, columns = sizes
    quantized(product("batch_dot", (batch, rows, inner), (batch, inner, columns)))
    quantized(product("batch_dot", (batch, 1, rows, inner), (batch, 1, inner, columns)))


def test_a_long_sum_of_pairs_is_exact_up_to_what_32_bits_hold():
    quantized(product("batch_dot", (1, 2, 65_535), (1, 65_535, 1)))
    with pytest.raises(OverflowError32, match="33 bits"):
        quantized(product("batch_dot", (1, 1, 65_536), (1, 65_536, 1)))


def test_a_long_dot_is_split():
    quantized(product("dot", (2, 66_000), (2, 66_000), transpose_b=True))


def test_vectors_are_refused():
    with pytest.raises(UnsupportedError, match=r"dot of \(4,\) and \(4, 3\)") as caught:
        prepared(product("dot", (4,), (4, 3)))
    assert caught.value.where == "dot 'node'"
    assert caught.value.remedy == "Reshape vectors to matrices."
    assert make("dot").infer(((4,), (4,))) == ((1,),)


@pytest.mark.parametrize(
    ("name", "shapes", "attributes"),
    [
        ("dot", ((2, 3), (2, 3)), {}),
        ("dot", ((), (2, 3)), {}),
        ("dot", ((2,) * 5, (2,) * 5), {}),
        ("batch_dot", ((2, 3), (3, 2)), {}),
        ("batch_dot", ((2, 3, 4), (1, 4, 5)), {}),
        ("batch_dot", ((2, 3, 4), (2, 4, 5)), {"transpose_b": True}),
        ("batch_dot", ((1,) * 6, (1,) * 6), {}),
        ("linalg_gemm2", ((3,), (3,)), {}),
        ("linalg_gemm2", ((3, 4), (4, 5)), {"transpose_a": True}),
        ("linalg_gemm2", ((2, 3, 4), (4, 5)), {}),
    ],
)
def test_inputs_that_do_not_fit_are_refused(name, shapes, attributes):
    with pytest.raises(ShapeError):
        make(name, **attributes).infer(shapes)
