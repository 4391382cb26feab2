"""MACE's files of ranges, read and written."""

import numpy as np
import pytest

from mrt_studio.errors import FormatError
from mrt_studio.recipes.mace_ranges import read_log, read_overall_range, write_log, write_overall_range
from mrt_studio.stats.tensor_stats import TensorStats

LOG = """\
I net.cc:1 Tensor range @@conv:0@@-1.5,2.25
some other line
I net.cc:1 Tensor range @@relu@@0,2.25
I net.cc:1 Tensor range @@conv:0@@-3,1
I net.cc:1 Tensor range @@relu@@0,1@@4,5,6
"""


def test_a_log_gives_the_widest_ranges_in_the_order_in_which_tensors_came():
    found = read_log(LOG)
    assert found == {"conv:0": (-3, 2.25), "relu": (0, 2.25)}
    assert list(found) == ["conv:0", "relu"]


def test_percentile_and_enhancement_of_a_log():
    assert read_log(LOG, percentile=50)["conv:0"] == (-2.25, 1.625)
    log = "".join(f"Tensor range @@x@@-1,{x}\n" for x in [1] * 19 + [100])
    assert read_log(log, enhance=True)["x"] == (-1, 1)
    assert read_log(log, enhance=True, ratio=20)["x"] == (-1, 100)


def test_overall_range_is_read_back_as_written():
    ranges = {"a b": (-0.1, 1e-9), "c": (np.float32(-3.3).item(), np.float32(7.7).item())}
    again = read_overall_range(write_overall_range(ranges))
    assert list(again) == list(ranges)
    assert {n: tuple(np.float32(r)) for n, r in again.items()} == {n: tuple(np.float32(r)) for n, r in ranges.items()}


def test_the_files_that_mace_writes_are_read():
    assert read_overall_range("conv@@-1.000000,2.500000\n\nrelu@@0.000000,2.500000\n") == {"conv": (-1, 2.5), "relu": (0, 2.5)}


def test_a_log_that_was_written_gives_the_ranges_of_the_statistics():
    x = np.random.default_rng(0).standard_normal((5, 3, 7)).astype(np.float32)
    stats = {"conv": TensorStats.of(x), "relu": TensorStats.of(np.maximum(x, 0))}
    assert len(write_log(stats).splitlines()) == 10
    found = read_log(write_log(stats))
    assert {n: tuple(np.float32(r)) for n, r in found.items()} == {n: (np.float32(s.minimum), np.float32(s.maximum)) for n, s in stats.items()}


@pytest.mark.parametrize("text", ["nonsense", "a@@1", "a@@1,2,3", "a@@2,1", "a@@nan,1", "a@@0,inf", "@@0,1", "a@@0,1\na@@0,1"])
def test_a_damaged_overall_range_is_refused(text):
    with pytest.raises(FormatError, match="Line"):
        read_overall_range(text)


@pytest.mark.parametrize("text", ["", "no ranges here", "Tensor range @@a@@1", "Tensor range @@a@@x,y"])
def test_a_damaged_log_is_refused(text):
    with pytest.raises(FormatError):
        read_log(text)
