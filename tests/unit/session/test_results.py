"""Results: the worst first, margins, changes, whose class is right, and the interval of the agreement."""

from types import SimpleNamespace

import numpy as np
import pytest

from mrt_studio.metrics.bootstrap import bootstrap
from mrt_studio.session.outcome import results
from mrt_studio.session.session import Session
from mrt_studio.stages.evaluate import Evaluation


def row(name, label, first, second, sqnr):
    """A row whose models choose `first` and `second`, with margins of 2 and 1."""
    return {"sample": name, "label": label, "sqnr": sqnr, "float": [[first, 5.0], [9, 3.0]], "integer": [[second, 4.0], [9, 3.0]]}


ROWS = (
    row("good", 1, 1, 1, 40.0),
    row("noisy", 1, 2, 2, 10.0),
    row("flipped", 1, 1, 2, 30.0),
    {**row("far", 2, 1, 2, 35.0), "float": [[1, 9.0], [9, 1.0]]},
    row("again", 3, 1, 2, 30.0),
)


@pytest.fixture
def found(monkeypatch, tmp_path):
    session = Session(tmp_path)
    session.configure("evaluate", start=10)
    monkeypatch.setattr(Session, "artifact", lambda self, stage: Evaluation({"agreement": 40.0, "sqnr": 20.0}, ROWS, 1))
    return results(session)


def test_the_worst_come_first(found):
    assert [r["sample"] for r in found["rows"]] == ["far", "flipped", "again", "noisy", "good"]
    assert [r["position"] for r in found["rows"]] == [13, 12, 14, 11, 10]
    assert [(r["float_margin"], r["integer_margin"]) for r in found["rows"]] == [(8.0, 1.0)] + [(2.0, 1.0)] * 4


def test_changes_and_truth_are_counted(found):
    assert found["changes"] == [{"from": 1, "to": 2, "count": 3}]
    assert found["truth"] == {"both": 1, "float": 1, "integer": 1, "neither": 2}
    interval = bootstrap(np.array([1, 1, 0, 0, 0]))
    assert found["agreement"] == {"mean": 40.0, "low": 100 * interval.low, "high": 100 * interval.high}


def test_a_model_that_is_no_classifier_has_figures_only(monkeypatch, tmp_path):
    rows = tuple({"sample": str(i), "label": None, "sqnr": sqnr} for i, sqnr in enumerate((20.0, None, 10.0)))
    monkeypatch.setattr(Session, "artifact", lambda self, stage: SimpleNamespace(figures={"sqnr": 15.0}, rows=rows, verified=0))
    found = results(Session(tmp_path))
    assert [r["sample"] for r in found["rows"]] == ["2", "0", "1"]
    assert (found["agreement"], found["changes"], found["truth"]) == ({}, [], {})


def test_many_samples_give_the_interval_of_few_that_are_as_many(measured):
    """The numbers are drawn in pieces when they are many; the interval is that of a share all the same."""
    hits = np.tile([1.0, 1.0, 1.0, 0.0], 12_000)
    low, high = bootstrap(hits)[1:]
    spread = 1.96 * np.sqrt(0.75 * 0.25 / len(hits))
    assert low == pytest.approx(0.75 - spread, abs=0.1 * spread)
    assert high == pytest.approx(0.75 + spread, abs=0.1 * spread)
