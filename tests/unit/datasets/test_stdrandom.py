import numpy as np
import pytest

from mrt_studio.datasets.stdrandom import StdRandom
from mrt_studio.errors import OptionError


def test_it_is_standard_normal():
    data = StdRandom(shape=(1000,), count=50).batch(0, 50).data
    assert abs(data.mean()) < 0.02
    assert abs(data.std() - 1) < 0.02
    assert abs(np.corrcoef(data)[np.triu_indices(50, 1)]).max() < 0.2


def test_a_sample_depends_on_seed_and_position_only():
    small, large = StdRandom(shape=(4,), count=2), StdRandom(shape=(4,), count=200)
    np.testing.assert_array_equal(small.batch(0, 2).data, large.batch(0, 2).data)
    assert (small.batch(0, 2).data != StdRandom(shape=(4,), count=2, seed=1).batch(0, 2).data).all()


def test_the_bits_are_pinned():
    np.testing.assert_array_equal(StdRandom(shape=(3,)).batch(5, 6).data.view(np.uint32), [[0xBF814B84, 0x3F63E536, 0x3FE630F7]])


@pytest.mark.parametrize(
    "options",
    [
        {"shape": ()},
        {"shape": (0, 3)},
        {"shape": (1 << 20, 1 << 20)},
        {"shape": "3"},
        {"shape": (True,)},
        {"shape": 3},
        {"count": 0},
        {"count": 2.5},
        {"seed": -1},
        {"seed": 1 << 64},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(OptionError) as caught:
        StdRandom(**options)
    assert next(iter(options)) in caught.value.what
    assert caught.value.why
