"""Layers of the softmax family: what is refused, and temperatures."""

import numpy as np
import pytest

from mrt_studio.errors import FormatError, ShapeError, UnsupportedError
from mrt_studio.ops.base import make, parse
from tests.nets import prepared
from tests.unit.ops.single import ran, single


def test_softmax_output_of_several_axes_must_say_which():
    with pytest.raises(UnsupportedError, match="without multi_output or preserve_shape") as caught:
        prepared(single("SoftmaxOutput", np.ones((2, 3, 4)), np.ones((2, 3))))
    assert "node" in caught.value.where
    assert caught.value.remedy


def test_softmax_output_in_a_file_needs_its_label():
    with pytest.raises(FormatError, match="takes 2 inputs"):
        parse("SoftmaxOutput", {}, 1)


@pytest.mark.parametrize(
    ("name", "attributes", "shape"),
    [
        ("softmax", {"axis": 2}, (2, 3)),
        ("log_softmax", {"axis": -3}, (2, 3)),
        ("SoftmaxActivation", {"mode": "channel"}, (2, 3)),
        ("SoftmaxActivation", {}, (3,)),
        ("SoftmaxOutput", {}, (3,)),
    ],
)
def test_axes_that_do_not_exist_are_refused(name, attributes, shape):
    with pytest.raises(ShapeError):
        make(name, **attributes).infer((shape, shape))


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
def test_lengths_are_refused(name):
    assert "use_length='True'" in parse(name, {"use_length": "True"}, 1).why


def test_a_temperature_of_none_is_none():
    op = parse("softmax", {"temperature": "None", "dtype": "None"}, 1)
    assert op == make("softmax")
    assert op.attributes()["temperature"] == "None"


@pytest.mark.parametrize(("name", "sign"), [("softmax", 1), ("softmin", -1)])
def test_the_temperature_divides(name, sign):
    found = ran(name, [[0.0, 4.0]], temperature=2.0).found
    np.testing.assert_allclose(found[0, 1], 1 / (1 + np.exp(-2.0 * sign)), atol=2e-3)


@pytest.mark.parametrize("name", ["tan", "arctanh", "erfinv", "gamma", "gammaln"])
def test_functions_without_bound_are_refused(name):
    with pytest.raises(UnsupportedError) as caught:
        prepared(single(name, np.ones((2, 3))))
    assert "without bound" in caught.value.why
