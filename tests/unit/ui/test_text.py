"""Text for people, and HTML that only has our own tags."""

from __future__ import annotations

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.ui.text import duration, error_html, escape, facts, figure, roughly, size, table
from mrt_studio.ui.views.histogram import histogram

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


@pytest.mark.parametrize(
    "made",
    [
        escape(HOSTILE),
        facts([(HOSTILE, HOSTILE)]),
        table([HOSTILE], [[HOSTILE]]),
        error_html(OptionError(HOSTILE, where=HOSTILE, why=HOSTILE, remedy=HOSTILE)),
    ],
)
def test_text_stays_text(made: str) -> None:
    assert "<img" not in made
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in made


def test_empty_facts_are_left_out() -> None:
    assert facts([("a", None), ("b", "")]) == ""
    assert "<dd>0</dd>" in facts([("a", 0)])


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (3, "3"), (12345, "12,345"), (0.123456789, "0.12346"), (1e-9, "1e-09"), ("word", "word")])
def test_figures(value: object, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (4_720_000, "4.72 MB"), (5 * 10**12, "5e+03 GB")])
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.01, "< 0.1 s"), (3.14, "3.1 s"), (59.9, "59.9 s"), (61, "1 min 1 s")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_histogram_has_a_bar_for_each_count_and_a_line_for_each_cut() -> None:
    drawing = histogram({"edges": [-1.0, 0.0, 1.0], "width": 1.0, "counts": [3, 0, 5]}, 1.5)
    assert drawing.count("M") == 2
    assert drawing.count('class="threshold"') == 2
    assert histogram({"edges": [0.0, 1.0], "width": 1.0, "counts": [3, 4]}, 1.5).count('class="threshold"') == 1


def test_a_histogram_of_nothing_is_empty() -> None:
    assert histogram({"edges": [], "width": 1.0, "counts": []}, 1.0) == ""


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "1 s"), (12.4, "12 s"), (99.0, "99 s"), (100.0, "2 min"), (4000.0, "67 min")])
def test_guessed_times(seconds: float, text: str) -> None:
    assert roughly(seconds) == text
