"""Every operator with hostile attributes and shapes: it is lowered, or refused with an error of the studio before much memory is taken."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrt_studio.errors import StudioError
from mrt_studio.ops.shared.made import MOST_MADE
from tests.contract.hostile import CLASSES, SIZES, Hostile, hostile, lower_blindly

MOST_BYTES = 40 * MOST_MADE
"""Five arrays of the largest number of float64."""
LARGE = [
    Hostile("_contrib_AdaptiveAvgPooling2D", {"output_size": "(1048576, 1048576)"}, ((1, 1, 5, 7),), (), 1),
    Hostile("_contrib_BilinearResize2D", {"scale_height": "1e6", "scale_width": "1e6"}, ((1, 1, 5, 7),), (), 1),
    Hostile("_contrib_MultiBoxPrior", {}, ((1, 1, 1 << 15, 1 << 15),), (), 1),
    Hostile("_contrib_arange_like", {"axis": "1"}, ((1, 1 << 31),), (), 1),
    Hostile("_contrib_arange_like", {"axis": "1", "repeat": "16777216"}, ((1, 1 << 31),), (), 1),
    Hostile("argmax", {"axis": "1"}, ((1, 1 << 31),), (), 1),
    Hostile("argmin", {"axis": "-1"}, ((1, 1 << 31),), (), 1),
    Hostile("pick", {}, ((2, 1 << 31), (2,)), (), 1),
    Hostile("Pooling", {"kernel": "(2, 2)", "pool_type": "avg"}, ((1, 1 << 29, 2, 2),), (), 1),
    Hostile("Pooling", {"kernel": "(2, 2)", "pool_type": "avg", "pad": "(1, 1)", "count_include_pad": "0"}, ((1, 1, 1 << 15, 1 << 15),), (), 1),
    Hostile("Deconvolution", {"kernel": "(1, 1)", "stride": "(4096, 4096)", "num_filter": "9"}, ((1, 1, 2, 2),), ((1, 9, 1, 1),), 1),
    Hostile("Deconvolution", {"kernel": "(2, 2)", "dilate": "(4096, 4096)", "num_filter": "9"}, ((1, 1, 2, 2),), ((1, 9, 2, 2),), 1),
    Hostile("tile", {"reps": "(4096, 4096, 4096, 4096, 4096, 4096)"}, ((2, 3),), (), 1),
    Hostile("repeat", {"repeats": "4096"}, ((1 << 20, 3),), (), 1),
    Hostile("one_hot", {"depth": "1048576"}, ((1 << 20,),), (), 1),
    Hostile("UpSampling", {"scale": "1000", "sample_type": "nearest"}, ((1, 1, 1 << 10, 1 << 10),), (), 1),
    Hostile("Pad", {"mode": "edge", "pad_width": "(0, 0, 0, 0, 4096, 4096, 4096, 4096)"}, ((1 << 10, 1, 2, 2),), (), 1),
    Hostile("broadcast_to", {"shape": "(16777216, 16777216)"}, ((1, 1),), (), 1),
]


def outcome(case):
    """Whether the operator was lowered ("lowered"), was taken for an unknown one ("unknown"), or the error."""
    try:
        graph = case.graph()
        if graph is None:
            return "unknown"
        lower_blindly(graph)
    except StudioError as error:
        return error
    return "lowered"


def check(case):
    """Anything but an error of the studio ends the test by itself."""
    found = outcome(case)
    assert isinstance(found, str) or found.what.endswith(".")


@pytest.fixture
def measured():
    """Assert that the test never held more memory than a few of the largest arrays that rules may make."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_BYTES


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_hostile_forms_are_lowered_or_refused(name):
    @settings(max_examples=20, deadline=None, database=None, derandomize=True)
    @given(st.integers(0, (1 << 32) - 1))
    def run(seed):
        check(hostile(CLASSES[name], seed))

    run()


@pytest.mark.nightly
@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("name", sorted(CLASSES))
def test_many_hostile_forms_are_lowered_or_refused(name):
    for seed in range(1000):
        check(hostile(CLASSES[name], seed))


def test_the_forms_are_of_all_kinds():
    found = [outcome(hostile(CLASSES[name], seed)) for name in ("Convolution", "Pooling", "Reshape", "slice", "LayerNorm", "one_hot") for seed in range(40)]
    assert found.count("lowered") >= 40
    assert found.count("unknown") >= 40
    assert sum(isinstance(f, StudioError) for f in found) >= 40


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("case", LARGE, ids=lambda case: f"{case.operator}-{' '.join(case.texts.values())}"[:50])
def test_what_would_fill_the_memory_is_refused(case):
    error = outcome(case)
    assert isinstance(error, StudioError)
    assert error.why
    assert error.remedy


@pytest.mark.parametrize("size", [s for s in sorted(set(SIZES)) if s == 0 or s > 1 << 32])
@pytest.mark.parametrize("name", ["relu", "Flatten", "transpose", "sum", "softmax", "Concat", "add_n"])
def test_no_tensor_is_empty_or_beyond_the_limit(name, size):
    texts = {"num_args": "1"} if name in ("Concat", "add_n") else {}
    error = outcome(Hostile(name, texts, ((2, size),), (), 1))
    assert isinstance(error, StudioError)
    assert error.what == f"There is no tensor of the shape (2, {size})."


@pytest.mark.parametrize("shape", [(), (1,) * 9])
def test_no_tensor_is_without_axes_or_has_nine(shape):
    assert isinstance(outcome(Hostile("relu", {}, (shape,), (), 1)), StudioError)
