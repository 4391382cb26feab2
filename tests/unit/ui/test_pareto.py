"""The plot of runs: which are on the front, and text that stays text."""

from mrt_studio.session.run_files import Run
from mrt_studio.session.run_front import dots
from mrt_studio.ui.plots.pareto import pareto_figure


def run(number, gas, sqnr, name=""):
    return Run(number, None, name, "", "", {}, {}, {"gas": gas, "sqnr": sqnr}, {})


RUNS = [run(1, 100, 20.0), run(2, 90, 10.0), run(3, 110, 15.0), run(4, 100, 20.0, "<b>mine</b>"), run(5, None, 50.0), run(6, 120, 30.0), run(7, 120, 25.0)]


def test_the_front_holds_the_runs_that_no_other_beats():
    found = dots(RUNS, "gas", current=3)
    assert [dot["number"] for dot in found] == [2, 1, 4, 3, 6, 7]
    assert [dot["number"] for dot in found if dot["front"]] == [2, 1, 6]
    assert [dot["number"] for dot in found if dot["current"]] == [3]


def test_a_dot_has_its_runs_number_and_names_are_text():
    figure = pareto_figure(dots(RUNS, "gas"), "gas", "dark")
    line, marks = figure["data"]
    assert line["x"] == [90, 100, 120]
    assert marks["customdata"] == [2, 1, 4, 3, 6, 7]
    assert marks["text"] == ["Run 2", "Run 1, &lt;b&gt;mine&lt;/b&gt;", "", "Run 3", "Run 6", "Run 7"]
