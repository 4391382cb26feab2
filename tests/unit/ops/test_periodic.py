"""Sine and cosine take whole periods off."""

import numpy as np
import pytest

from mrt_studio.errors import QuantizationError
from tests.nets import lowered, prepared
from tests.unit.ops.chains import ran_wide, share
from tests.unit.ops.single import single


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize(("largest", "error"), [(1e-6, 3e-4), (3.0, 1e-3), (3.2, 2e-3), (40.0, 3e-3), (900.0, 0.03)])
def test_the_error_grows_only_with_the_rounding_of_the_angle(name, largest, error):
    assert share(ran_wide(name, np.linspace(-largest, largest, 400).reshape(2, 200))) < error


def test_angles_that_sixteen_bits_cannot_hold_are_refused():
    graph = prepared(single("sin", np.zeros((1, 3))))
    with pytest.raises(QuantizationError, match="The angles reach 2000") as caught:
        lowered(graph, {"data": 2000.0, "node": 1.0})
    assert "node" in caught.value.where
    assert "Lower the threshold" in caught.value.remedy
