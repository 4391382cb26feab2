"""Every operator on data of hostile magnitudes: the integers agree on all ways, or the lowering is refused with a remedy."""

import numpy as np
import pytest

from mrt_studio.errors import QuantizationError
from mrt_studio.ops.base import FloatOnly, operators
from mrt_studio.ops.samples import sample_graph
from tests.nets import check_exact_on, extremes, integers, lowered, prepared, rng_of, thresholds_of

CLASSES = {name: cls for name, cls in sorted(operators.items()) if name == cls.name and not issubclass(cls, FloatOnly)}


def outlier(x):
    """The data with one huge number."""
    return np.where(np.arange(x.size).reshape(x.shape) == 0, np.float32(1e30), x)


RANGES = {
    "zero": np.zeros_like,
    "constant": lambda x: np.full_like(x, 0.37),
    "denormal": lambda x: np.copysign(np.float32(1e-40), x),
    "tiny": lambda x: x * np.float32(1e-20),
    "huge": lambda x: x * np.float32(1e30),
    "outlier": outlier,
}
REFUSED = {
    "Convolution": ("denormal", "tiny"),  # the bias is far too large beside such data
    "Deconvolution": ("denormal", "tiny"),
    "FullyConnected": ("denormal", "tiny"),
    "Embedding": ("huge", "outlier"),  # no indices
    "gather_nd": ("huge", "outlier"),
    "one_hot": ("huge", "outlier"),
    "pick": ("huge", "outlier"),
    "take": ("huge", "outlier"),
    "clip": ("huge", "outlier"),  # both bounds are one integer
    "hard_sigmoid": ("huge", "outlier"),
    "smooth_l1": ("huge", "outlier"),
    "cos": ("huge", "outlier"),  # no digits are left below a turn
    "sin": ("huge", "outlier"),
}
"""Operators some of whose samples are refused where all thresholds are numbers of float32, and the ranges."""


def outcome(cls, index, kind):
    """The refusal, if there is one, and whether all that was calibrated is a number; asserts all else."""
    sample = cls.samples[index]
    graph = prepared(sample_graph(cls, sample, fed=max(1, len(sample.data)), seed=index))
    feeds = {n.name: rng_of(i).uniform(sample.low, sample.high, n.shapes[0]).astype(np.float32) for i, n in enumerate(graph.inputs)}
    feeds = {name: RANGES[kind](np.rint(x) if sample.whole else x) for name, x in feeds.items()}
    with np.errstate(all="ignore"):
        thresholds = thresholds_of(graph, feeds)
    thresholds |= {n.name: thresholds[n.name] or 1.0 for n in graph.inputs}  # what a person sets where nothing was seen
    finite = bool(np.isfinite(list(thresholds.values())).all())
    try:
        model = lowered(graph, thresholds)
    except QuantizationError as error:
        return error, finite
    assert all(np.isfinite(q.scale) and q.scale > 0 and np.isfinite(q.threshold) for q in model.tensors.values())
    check_exact_on(model.graph, [integers(model, feeds), extremes(model.graph, seed=3)])
    return None, finite


def check(name, index, kind):
    error, finite = outcome(CLASSES[name], index, kind)
    assert error is None or (error.what and error.where and error.remedy)
    if finite and kind not in REFUSED.get(name, ()):
        assert error is None
    if not finite:
        assert error is not None


@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize("name", CLASSES)
def test_a_hostile_range(name, kind):
    check(name, 0, kind)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize(("name", "index"), [(name, i) for name, cls in CLASSES.items() for i in range(1, len(cls.samples))])
def test_a_hostile_range_of_the_other_samples(name, index, kind):
    check(name, index, kind)


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in REFUSED.items() for kind in kinds])
def test_what_is_named_as_refused_is(name, kind):
    assert any(outcome(CLASSES[name], i, kind)[0] for i in range(len(CLASSES[name].samples)))
