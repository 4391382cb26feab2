"""The diagnosis of made-up extremes."""

import numpy as np
import pytest

from mrt_studio.session.doctor import diagnose
from mrt_studio.session.reports import doctor_lines
from mrt_studio.stats.tensor_stats import TensorStats


def stats(*largest, first=0):
    """Samples with these largest magnitudes."""
    return TensorStats.of(np.array([[0, -x] for x in largest], np.float32), first)


def test_growth_and_the_sample_at_which_it_settles():
    found = diagnose({"a": stats(1, 2, 2, 4)}).tensors[0]
    assert found.growth == (0.25, 0.5, 0.5, 1)
    assert found.settled == 4
    assert diagnose({"a": stats(4, 1, 1, 1)}).tensors[0].settled == 1


def test_an_outlying_sample_is_found_by_its_number_and_its_cost():
    rng = np.random.default_rng(0)
    largest = 10 + rng.random(40)
    largest[7] = 55
    found = diagnose({"a": stats(*largest, first=100), "b": stats(*largest[::-1], first=100), "c": stats(*(10 + rng.random(40)), first=100)})
    assert [t.outliers for t in found.tensors] == [(107,), (132,), ()]
    assert found.outliers == ((107, 1), (132, 1))
    assert found.tensors[0].excess == pytest.approx(55 / np.delete(largest, 7).max(), rel=1e-6)
    assert found.tensors[2].excess == 1


def test_halves_differ_only_where_one_sample_decides():
    found = {t.name: t for t in diagnose({"even": stats(*[3] * 20), "odd": stats(*[3] * 19, 9)}).tensors}
    assert found["even"].spread == 0
    # Half of the halves hold the large sample: 3 or 9 with equal chance has mean 6 and deviation 3.
    assert found["odd"].spread == pytest.approx(0.5, abs=0.05)


def test_zeros_and_a_single_sample_are_healthy():
    for made in (stats(0, 0), stats(3)):
        found = diagnose({"x": made}).tensors[0]
        assert (found.spread, found.outliers, found.excess, found.settled) == (0, (), 1, 1)


def test_the_report_names_the_worst_tensors_and_samples():
    rng = np.random.default_rng(0)
    lines = doctor_lines(diagnose({"odd": stats(*(3 + rng.random(19)), 99), "even": stats(*[3] * 20)}))
    assert lines[0].startswith("20 samples; 1 of 2 tensors")
    assert [line.split()[0] for line in lines[4:6]] == ["odd", "even"]
    assert "  sample 19: 1" in lines
