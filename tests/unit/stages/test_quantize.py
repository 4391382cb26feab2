"""Which observer chooses which threshold."""

import numpy as np
import pytest

from mrt_studio.errors import OptionError
from mrt_studio.observers.base import observers
from mrt_studio.stages.quantize import Quantize
from mrt_studio.stats.tensor_stats import TensorStats

X = np.random.default_rng(0).laplace(size=(4, 3, 500)).astype(np.float32)
STATS = {"conv": TensorStats.of(X), "relu": TensorStats.of(abs(X)), "weight": TensorStats.of_parameter(X[0])}


def thresholds(**options):
    return Quantize(**options).observe(STATS, {"weight"})


def by(text, name):
    return observers.create(text).threshold(STATS[name])


def test_one_observer_for_all():
    assert thresholds(observer="clip_std") == {name: by("clip_std", name) for name in STATS}


def test_parameters_may_have_their_own():
    found = thresholds(observer="clip_std", weight_observer="absmax")
    assert found == {"conv": by("clip_std", "conv"), "relu": by("clip_std", "relu"), "weight": by("absmax", "weight")}


def test_a_single_tensor_may_have_its_own():
    found = thresholds(observers={"relu": "mse(bits=4)", "weight": "lsq(bits=2)"}, weight_observer="clip_std")
    assert found == {"conv": by("absmax", "conv"), "relu": by("mse(bits=4)", "relu"), "weight": by("lsq(bits=2)", "weight")}
    assert len(set(found.values())) == 3


@pytest.mark.parametrize("options", [{"observers": {"nowhere": "mse"}}, {"observers": {"conv": "nothing"}}, {"weight_observer": "nothing"}])
def test_unknown_names_are_refused(options):
    with pytest.raises(OptionError):
        thresholds(**options)
