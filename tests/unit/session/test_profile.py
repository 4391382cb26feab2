"""The error profile: the sentence, the waterfall, the bands, and what is there before anything was measured."""

import pytest

from mrt_studio.session.analysis import stored_errors
from mrt_studio.session.bands import band_of, limits_text, verdict_of
from mrt_studio.session.profile import errors, main_nodes, node_error, sample_rows, sentence, waterfall
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


def rows(*shares):
    return [{"name": f"n{i}", "op": "relu", "share": share} for i, share in enumerate(shares)]


def test_the_profile_holds_what_the_analyses_found(measured):
    found, stored = errors(measured), stored_errors(measured)
    assert [row["name"] for row in found["rows"][:-1]] == [error.name for error in stored[:-1]]
    assert [row["cumulative"] for row in found["rows"]] == [error.cumulative.get("sqnr") for error in stored]
    assert (found["rows"][-1]["name"], found["rows"][-1]["op"]) == ("", "outputs")
    assert found["sentence"].endswith(f"of {len(found['rows']) - 1}.")
    assert node_error(measured, "conv1").name == "conv1"
    assert node_error(measured, "nothing") is None


def test_nothing_is_there_before_it_is_measured(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    assert errors(session) == {}
    assert sample_rows(session)["rows"] == []


@pytest.mark.parametrize(
    ("shares", "named", "words"),
    [
        ((0.1, 0.5, 0.28, 0.12), ["n1", "n2"], "78 % of the error enters at these 2 nodes, of 3."),
        ((0.9, 0.1), ["n0"], "90 % of the error enters at this node, of 1."),
        ((0.1,) * 10, ["n0", "n1", "n2", "n3", "n4"], "50 % of the error enters at these 5 nodes, of 9."),
        ((0.0, 0.0), [], "There is no error at the output."),
        ((1.2, -0.2), ["n0"], "120 % of the error enters at this node, of 1."),
    ],
)
def test_the_sentence_names_the_fewest_nodes(shares, named, words):
    main = main_nodes(rows(*shares))
    assert [row["name"] for row in main] == named
    assert sentence(rows(*shares), main) == words


def test_the_waterfall_adds_up_and_keeps_the_order():
    steps = waterfall(rows(0.1, 0.4, -0.2, 0.3, 0.05, 0.35), most=3)
    assert [step["name"] for step in steps] == ["n1", "n3", "n5", ""]
    assert [step["start"] for step in steps] == pytest.approx([0, 0.4, 0.7, 1.05])
    assert steps[-1]["share"] == pytest.approx(-0.05)
    assert steps[-1]["op"] == "3 others"
    assert [step["name"] for step in waterfall(rows(0.5, 0.5))] == ["n0", "n1"]


def test_samples_are_those_of_the_evaluation(measured):
    found = sample_rows(measured)
    assert [row["position"] for row in found["rows"]] == list(range(16, 24))
    assert [row["sqnr"] for row in found["rows"]] == [row["sqnr"] for row in measured.artifact("evaluate").rows]
    assert found["chosen"] == [16, 17, 18, 19]


@pytest.mark.parametrize(("value", "band"), [(30, "good"), (29.9, "fair"), (20, "fair"), (19.9, "poor"), (None, None)])
def test_bands_begin_at_their_limits(value, band):
    assert band_of("sqnr", value) == band
    assert band_of("mse", value) is None


def test_limits_and_verdicts_are_words():
    assert limits_text("sqnr") == "good from 30 dB, fair from 20 dB"
    assert verdict_of(40, 35, 0) == "This tensor is close to the float model. Hardly any of the output's error enters here."
    assert verdict_of(40, 25, 0.1) == "This tensor is somewhat off. Most of it comes from the nodes before. 10 % of the output's error enters here."
    assert verdict_of(18, 17, 0.5) == "This tensor is far off. Much of it is made here. 50 % of the output's error enters here."
    assert verdict_of(None, None, 0).startswith("No error is left in this tensor.")
