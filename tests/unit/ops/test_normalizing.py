"""Normalisations: blocks of any variance, none at all, eps of any size, batches, and what is refused."""

import numpy as np
import pytest

from mrt_studio.errors import QuantizationError, ShapeError, UnsupportedError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make, operators
from tests.nets import built, check_exact, floats, integers, lowered, prepared, rng_of, thresholds_of
from tests.unit.ops.batches import check_batches
from tests.unit.ops.single import ran, single

ONES, ZEROS = np.ones(4), np.zeros(4)
FORMS = {
    "LayerNorm": {"axis": 1},
    "InstanceNorm": {},
    "GroupNorm": {"num_groups": 4},
    "L2Normalization": {"mode": "spatial"},
}


def params_of(name):
    """Return gamma and beta where the operator takes them."""
    return () if name == "L2Normalization" else (rng_of(5).uniform(0.5, 2, 4), rng_of(6).uniform(-1, 1, 4))


@pytest.mark.parametrize("name", FORMS)
def test_lowered_at_batch_one_it_runs_at_batch_three(name):
    data = rng_of(0).uniform(-3, 3, (3, 4, 1, 5)).astype(np.float32)
    graph = prepared(single(name, data[:1], params=params_of(name), **FORMS[name]))
    full = prepared(single(name, data, params=params_of(name), **FORMS[name]))
    check_batches(lowered(graph, thresholds_of(full, {"data": data})), {"data": data})


@pytest.mark.parametrize("eps", [0.0, 1e-12, 1e-5, 1e-2])
@pytest.mark.parametrize("positions", [(2, 2), (9, 8), (112, 112)], ids=str)
def test_channels_of_very_different_variance_are_all_right(positions, eps):
    spread = np.array([100.0, 1.0, 0.05, 20.0]).reshape(1, 4, 1, 1)
    data = {"data": (rng_of(1).standard_normal((2, 4, *positions)) * spread + 3 * spread).astype(np.float32)}
    graph = prepared(single("InstanceNorm", data["data"], params=(ONES, ZEROS), eps=eps))
    model = lowered(graph, thresholds_of(graph, data), input_precision=16)
    codes = integers(model, data)
    exact = codes["data"].astype(np.float64) / model.inputs["data"].scale
    centred = exact - exact.mean((2, 3), keepdims=True)
    meant = centred / np.sqrt((centred**2).mean((2, 3), keepdims=True) + eps)
    found = check_exact(model.graph, codes)[0] / model.outputs[0].scale
    assert (abs(found - meant).max((0, 2, 3)) <= 1e-3 * abs(meant).max((0, 2, 3))).all()


@pytest.mark.parametrize("value", [0.0, 1.0, -7.3, 55.5])
@pytest.mark.parametrize("name", ["LayerNorm", "InstanceNorm", "GroupNorm"])
def test_a_constant_block_gives_beta_exactly(name, value):
    data = rng_of(2).uniform(-60, 60, (2, 4, 5))
    data[0] = value
    gamma, beta = params_of(name)
    found = ran(name, data, params=(gamma, beta), **FORMS[name]).found[0]
    np.testing.assert_allclose(found, np.broadcast_to(beta.reshape(4, 1), (4, 5)), atol=2e-4)


def test_a_vector_of_zeros_stays_zero():
    data = np.array([[0.0, 0.0, 0.0], [1.0, -2.0, 2.0]])
    out = ran("L2Normalization", data)
    assert (out.found[0] == 0).all()
    np.testing.assert_allclose(out.found[1], out.meant[1], atol=5e-4)


@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0, 1e4, 1e12])
@pytest.mark.parametrize("name", FORMS)
def test_eps_counts_as_much_as_in_floats_at_any_range(name, size):
    data = size * rng_of(3).uniform(-1, 1, (2, 4, 6))
    params = () if name == "L2Normalization" else (ONES, ZEROS)
    out = ran(name, data, params=params, eps=1e-3, **FORMS[name])
    scale = out.model.inputs["data"].scale
    exact = np.rint(data * scale) / scale
    axis = 1 if name == "LayerNorm" else 2
    if name != "L2Normalization":
        exact = exact - exact.mean(axis, keepdims=True)
    power = (exact**2).sum(axis, keepdims=True) if name == "L2Normalization" else (exact**2).mean(axis, keepdims=True)
    meant = exact / np.sqrt(power + 1e-3)
    assert abs(out.found - meant).max() <= 5e-4 * abs(meant).max()


@pytest.mark.parametrize("size", [1e-3, 1e-4, 1e-6, 1e-30])
@pytest.mark.parametrize("name", FORMS)
def test_an_input_that_is_nothing_beside_eps_is_divided_by_its_root(name, size):
    data = size * rng_of(3).uniform(-1, 1, (2, 4, 6))
    graph = prepared(single(name, data, params=() if name == "L2Normalization" else (ONES, ZEROS), eps=4.0, **FORMS[name]))
    axis = 1 if name in ("LayerNorm", "L2Normalization") else 2
    meant = (data if name == "L2Normalization" else data - data.mean(axis, keepdims=True)) / 2
    model = lowered(graph, {n.name: size for n in graph.nodes} | {"param0": 1.0, "param1": 0.0}, input_precision=16)
    found = check_exact(model.graph, integers(model, {"data": data.astype(np.float32)}))[0] / model.outputs[0].scale
    np.testing.assert_allclose(found, meant, atol=1e-3 * size)


def test_a_tensor_with_the_threshold_zero_gives_zero():
    def write(b, param):
        zeros = b.op("broadcast_mul", b.input("data", (2, 4, 3)), param("by", 1, 4, 1, value=0.0), name="zeros")
        return b.op("LayerNorm", zeros, param("gamma", 3, value=1.0), param("beta", 3, value=0.0), name="node")

    graph, feeds = prepared(built(write)), {"data": rng_of(0).uniform(-1, 1, (2, 4, 3)).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds))
    assert (check_exact(model.graph, integers(model, feeds))[0] == 0).all()


def test_a_block_that_is_too_large_is_refused():
    b = Builder(make)
    graph = prepared(b.graph([b.op("L2Normalization", b.input("data", (1, 1 << 20)), name="node")]))
    with pytest.raises(QuantizationError, match="Blocks of 1,048,576 numbers"):
        lowered(graph, {"data": 1.0, "node": 1.0})


def test_computed_gamma_is_refused():
    with pytest.raises(UnsupportedError, match="computed gamma or beta"):
        prepared(single("LayerNorm", np.ones((1, 4)), ONES, ZEROS))


def test_a_model_that_was_not_prepared_is_refused():
    graph = single("LayerNorm", np.ones((1, 4)), params=(2 * ONES, ZEROS))
    with pytest.raises(QuantizationError, match="still has gamma"):
        lowered(graph, {"data": 1.0, "node": 1.0, "param0": 2.0, "param1": 0.0})


def test_the_batch_is_not_normalised_over():
    with pytest.raises(UnsupportedError, match="over the first axis"):
        prepared(single("LayerNorm", np.ones((4, 2)), params=(ONES, ZEROS), axis=0))
    with pytest.raises(UnsupportedError, match="more axes than the batch"):
        prepared(single("L2Normalization", np.ones(4)))


@pytest.mark.parametrize(
    ("name", "attributes", "shapes"),
    [
        ("LayerNorm", {}, ((2, 4), (3,), (3,))),
        ("LayerNorm", {"axis": 2}, ((2, 4), (4,), (4,))),
        ("InstanceNorm", {}, ((2, 4), (4,), (4,))),
        ("InstanceNorm", {}, ((2, 4, 3), (4,), (3,))),
        ("GroupNorm", {"num_groups": 3}, ((2, 4, 3), (3,), (3,))),
        ("GroupNorm", {"num_groups": 2}, ((2, 4, 3), (4,), (4,))),
        ("L2Normalization", {"mode": "channel"}, ((2, 4),)),
    ],
)
def test_shapes_that_do_not_fit_are_refused(name, attributes, shapes):
    with pytest.raises(ShapeError, match=r"needs|need|no channels|does not exist"):
        operators[name](**attributes).infer(shapes)


def test_a_normalisation_as_models_write_it():
    def write(b, param):
        x = b.input("data", (2, 6, 8))
        centred = b.op("broadcast_sub", x, b.op("mean", x, name="mean", axis=(-1,), keepdims=True), name="centred")
        variance = b.op("mean", b.op("square", centred, name="square"), name="variance", axis=(-1,), keepdims=True)
        deviation = b.op("sqrt", b.op("_plus_scalar", variance, name="moved", scalar=1e-5), name="deviation")
        return b.op("broadcast_div", centred, deviation, name="node")

    graph, feeds = prepared(built(write)), {"data": rng_of(0).standard_normal((2, 6, 8)).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds), input_precision=16)
    found = check_exact(model.graph, integers(model, feeds))[0] / model.outputs[0].scale
    assert abs(found - floats(graph, feeds)[0]).max() < 2e-3
