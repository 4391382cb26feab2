"""The choice of samples: text to positions and back, kept for one data set, and part of what an analysis depends on."""

import numpy as np
import pytest

from mrt_studio.errors import OptionError
from mrt_studio.session.analysis import analyse, stored_errors, target_key
from mrt_studio.session.samples import MOST, choose, chosen, chosen_batch, open_data, read_positions, write_positions
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


@pytest.mark.parametrize(("text", "found"), [("", ()), ("3", (3,)), ("0-3, 7", (0, 1, 2, 3, 7)), (" 5 - 6 ,2", (5, 6, 2))])
def test_positions_are_read_and_written(text, found):
    assert read_positions(text) == found
    assert read_positions(write_positions(found)) == tuple(sorted(found))


@pytest.mark.parametrize("text", ["x", "-3", "3-1", "0-1000000", "1;2", "1e3"])
def test_other_text_is_refused(text):
    with pytest.raises(OptionError, match="no sample"):
        read_positions(text)


def test_the_first_samples_of_the_evaluation_are_usual(session):
    assert chosen(session) == (16, 17, 18, 19)
    choose(session, [5, 2, 5])
    assert chosen(session) == (2, 5)
    assert chosen(Session(session.store.folder, session.recipe())) == (2, 5)
    choose(session, None)
    assert chosen(session) == (16, 17, 18, 19)


def test_a_choice_is_for_one_data_set(session):
    choose(session, [2])
    session.configure("evaluate", dataset="stdrandom(shape=(3, 8, 8), count=32)")
    assert chosen(session) == (16, 17, 18, 19)


@pytest.mark.parametrize("positions", [[], [64], [-1], list(range(MOST + 1))])
def test_samples_that_cannot_be_measured_are_refused(session, positions):
    with pytest.raises(OptionError):
        choose(session, positions)
    assert chosen(session) == (16, 17, 18, 19)


@pytest.mark.parametrize("text", ["{", "[]", '{"dataset": "x"}', '{"dataset": 3, "samples": [1]}', '{"dataset": "x", "samples": ["1"]}'])
def test_a_damaged_file_counts_as_no_choice(session, text):
    (session.store.folder / "samples.json").write_text(text)
    assert chosen(session) == (16, 17, 18, 19)


def test_the_batch_holds_the_chosen_samples(session):
    choose(session, [9, 4])
    batch, data = chosen_batch(session), open_data(session)
    assert np.array_equal(batch.data, np.concatenate([data.batch(4, 5).data, data.batch(9, 10).data]))
    assert np.array_equal(chosen_batch(session, 2).data, data.batch(16, 18).data)


def test_other_samples_are_another_analysis(session):
    session.run("quantize")
    usual, before = analyse(session), target_key(session, "errors")
    choose(session, [0, 1])
    assert target_key(session, "errors") != before
    assert stored_errors(session) is None
    other = analyse(session)
    assert other != usual
    choose(session, None)
    assert stored_errors(session) == usual
