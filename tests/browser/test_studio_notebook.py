"""The whole studio in a notebook cell: run all, drag a threshold, and every part follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe

pytestmark = pytest.mark.browser

Studio = tuple[Locator, Callable[[], None]]
SLOW = 90_000
PYTHON = "print('python', session.thresholds.edited, studio.lab.tensor, sorted(set(studio.bar.states.values())))"


@pytest.fixture
def studio(page, open_notebook, tmp_path) -> Iterator[Studio]:
    """The studio of a session that has not run and a function that runs the cell with PYTHON; the console stays free of errors."""
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.save()
    session.close()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opening = "from mrt_studio import Session", "from mrt_studio.widgets import Studio", f"session = Session({str(session.store.folder)!r})"
    run_cell = open_notebook("studio", ["\n".join([*opening, "studio = Studio(session)", "studio"]), PYTHON])
    said.clear()  # JupyterLab's own start
    run_cell(0)
    root = page.locator(".jp-OutputArea-output").filter(has=page.get_by_role("button", name="Run all"))
    expect(root).to_be_visible(timeout=SLOW)
    yield root, lambda: run_cell(1)
    assert [line for line in said if "favicon" not in line] == []


def drag(page: Page, line: Locator, by: float) -> None:
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=5)
    page.mouse.up()


def test_run_all_then_drag_and_everything_follows(page, studio) -> None:
    root, run_python = studio
    root.get_by_role("button", name="Run all").click()
    expect(root.get_by_text("Everything is up to date.")).to_be_visible(timeout=SLOW)
    root.get_by_role("button", name="Quantized", exact=True).click()
    root.get_by_label("Tensor").select_option("relu0")
    line = root.get_by_role("slider", name=re.compile("^Threshold of"))
    expect(line).to_be_visible(timeout=SLOW)
    drag(page, line, -60)
    expect(root.get_by_text("To run: quantize, evaluate, compile.")).to_be_visible(timeout=SLOW)
    dropped = line.get_attribute("aria-valuenow")
    root.get_by_role("tab", name="Precision").click()
    expect(root.get_by_text("Out of date: quantize again to see the bits.")).to_be_visible(timeout=SLOW)
    root.get_by_role("button", name=re.compile("Quantize$")).click()  # the icon is a letter before it
    expect(root.get_by_text("To run: evaluate, compile.")).to_be_visible(timeout=SLOW)
    expect(root.get_by_text("Click a bar to see why it has its bits.")).to_be_visible(timeout=SLOW)
    root.get_by_role("tab", name="Errors").click()
    root.get_by_role("button", name="Measure").click()
    expect(root.get_by_text(re.compile("of the error enters at"))).to_be_visible(timeout=SLOW)
    run_python()
    printed = page.locator(".jp-OutputArea-output", has_text="python {'relu0'")
    expect(printed).to_be_visible(timeout=SLOW)
    words = printed.inner_text()
    assert float(words.split(": ")[1].split("}")[0]) == pytest.approx(float(dropped))
    assert "relu0 ['done', 'wait']" in words
