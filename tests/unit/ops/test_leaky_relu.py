"""Activations with a negative side: slopes of any sign, ranges, and what is refused."""

import numpy as np
import pytest

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ops.base import make
from tests.nets import prepared, rng_of
from tests.unit.ops.chains import ran_chain, ran_wide, share
from tests.unit.ops.single import ran, single


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.01, 1.0, 30.0])
def test_slopes_of_any_size_and_sign(slope):
    assert share(ran("LeakyReLU", rng_of(0).uniform(-3, 3, (2, 60)), act_type="leaky", slope=slope)) < 1e-3


def test_a_slope_for_each_channel():
    result = ran("LeakyReLU", np.full((1, 3, 2, 2), -2.0), params=([0.5, -1.0, 0.0],), act_type="prelu")
    np.testing.assert_allclose(result.found[0, :, 0, 0], [-1, 2, 0], atol=1e-3)


@pytest.mark.parametrize("act_type", ["elu", "selu", "gelu"])
@pytest.mark.parametrize("magnitude", [1e-3, 1.0, 10.0, 1e4])
def test_curves_at_any_magnitude(act_type, magnitude):
    assert share(ran_wide("LeakyReLU", rng_of(0).uniform(-1, 1, (2, 200)) * magnitude, act_type=act_type)) < 5e-4


@pytest.mark.parametrize("magnitude", [1e-3, 1.0, 100.0, 1e6])
def test_softrelu_at_any_magnitude(magnitude):
    assert share(ran_wide("Activation", rng_of(0).uniform(-1, 1, (2, 200)) * magnitude, act_type="softrelu")) < 3e-4


def test_another_batch_than_the_prepared_one():
    slope = np.array([0.1, 0.2], np.float32)
    result = ran_chain(
        lambda b, x: b.op("LeakyReLU", x, b.param("gamma", slope), name="node", act_type="prelu"), rng_of(0).uniform(-1, 1, (3, 2, 4)), prepared_batch=1
    )
    assert share(result) < 1e-3


@pytest.mark.parametrize(
    ("act_type", "shapes", "words"),
    [
        ("prelu", ((2, 3),), "takes a slope"),
        ("leaky", ((2, 3), (3,)), "takes no slope"),
        ("prelu", ((2, 3), (4,)), "has 3 channels"),
        ("prelu", ((3,), (3,)), "has no channels"),
    ],
)
def test_slopes_that_do_not_fit_are_refused(act_type, shapes, words):
    with pytest.raises(ShapeError, match=words):
        make("LeakyReLU", act_type=act_type).infer(shapes)


def test_a_computed_slope_is_refused():
    with pytest.raises(UnsupportedError, match="computed slope"):
        prepared(single("LeakyReLU", np.ones((2, 3)), np.ones(3), act_type="prelu"))


@pytest.mark.parametrize("write", ["swish", "hard-swish", "hard-sigmoid"])
def test_activations_as_models_write_them(write):
    def scalar(b, value):
        return b.param("scalar", np.array([value], np.float32))

    def chain(b, x):
        if write == "hard-sigmoid":
            return b.op("hard_sigmoid", x, alpha=0.3, beta=0.4)
        if write == "swish":
            return b.op("broadcast_mul", x, b.op("sigmoid", x))
        gate = b.op("clip", b.op("broadcast_add", x, scalar(b, 3.0)), a_min=0.0, a_max=6.0)
        return b.op("broadcast_mul", x, b.op("broadcast_mul", gate, scalar(b, 1 / 6)))

    assert share(ran_chain(chain, rng_of(0).uniform(-6, 6, (2, 3, 20)))) < 2e-3
