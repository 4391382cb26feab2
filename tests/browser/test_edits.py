"""Many tensors at once, the list of pending edits, runs and the history, in Chromium."""

import re

import pytest
from playwright.sync_api import expect

from mrt_studio.session.session import Session

# The fixtures of the studio over a tiny model.
from tests.browser.test_studio import HOSTILE, SLOW, project, quantized, quantized_project, studio  # noqa: F401

pytestmark = pytest.mark.browser


def press(found, name) -> None:
    found.page.get_by_role("button", name=re.compile(name)).click()


def done(found, title) -> None:
    expect(found.stage(title)).to_have_attribute("aria-label", re.compile(f"^{title} .*: done"), timeout=SLOW)


@pytest.mark.usefixtures("quantized")
def test_tensors_are_edited_by_a_rule_reviewed_undone_and_applied(studio) -> None:  # noqa: F811
    page, recipe = studio.page, studio.folder / "recipe.toml"
    before = recipe.read_bytes()
    press(studio, "^Select by rule")
    page.get_by_label("Part of the name, or with * and ?").fill("C")
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.get_by_text("3 tensors selected")).to_be_visible()
    expect(studio.row("conv")).to_have_class(re.compile("tabulator-selected"))
    expect(studio.row("fc")).to_have_class(re.compile("tabulator-selected"))
    press(studio, "^Back to the table")
    press(studio, "^Edit 3 tensors")
    press(studio, "^Float")
    expect(page.get_by_text("A tensor cannot go back to float")).to_be_visible()
    page.get_by_placeholder("2.5 or x0.9").fill("x0.5")
    press(studio, "^Set thresholds")
    expect(studio.cell("conv", "set_by")).to_have_text("hand")
    press(studio, "^3 pending edits")
    expect(studio.cell("fc", "path")).to_have_text("quantize.thresholds")
    press(studio, "^Reset all")
    expect(page.get_by_role("button", name="No pending edits")).to_be_visible()
    studio.eventually(lambda: recipe.read_bytes() == before)
    press(studio, "^Undo")
    press(studio, "^3 pending edits")
    press(studio, "^Apply")
    done(studio, "Evaluate")
    assert set(Session(studio.folder).thresholds.edited) == {"conv", HOSTILE, "fc"}
    expect(page.get_by_role("button", name="No pending edits")).to_be_visible()


@pytest.fixture
def two_runs(project) -> None:  # noqa: F811
    """Two evaluated states, the second with a threshold set by hand."""
    session = Session(project)
    session.run("evaluate")
    session.thresholds["conv"] = 1.5
    session.run("evaluate")
    session.save()
    session.close()


@pytest.mark.usefixtures("two_runs")
def test_runs_are_compared_picked_from_plotted_and_reopened(studio) -> None:  # noqa: F811
    page, recipe = studio.page, studio.folder / "recipe.toml"
    second = recipe.read_bytes()
    studio.tab("Runs")
    expect(page.locator('[tabulator-field="run"]').filter(has_text="2 · open")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("cell", name="gas")).to_be_visible()
    expect(studio.cell("conv", "b")).to_have_text("1.5")
    studio.row("conv").get_by_role("checkbox").check()
    press(studio, "^Take from A")
    studio.eventually(lambda: Session(studio.folder).thresholds.edited["conv"] == Session(studio.folder).runs[1].thresholds["conv"])
    page.get_by_role("button", name="Pareto").click()
    points = page.locator(".js-plotly-plot .points path")
    expect(points).to_have_count(2, timeout=SLOW)
    points.first.click(force=True)
    studio.eventually(lambda: "thresholds = {}" in recipe.read_text() or recipe.read_bytes() == second)
    studio.tab("History")
    expect(page.get_by_text("reopened Run").first).to_be_visible(timeout=SLOW)
    press(studio, "^Undo")
    studio.eventually(lambda: Session(studio.folder).thresholds.edited["conv"] == Session(studio.folder).runs[1].thresholds["conv"])
    press(studio, "^Undo")
    studio.eventually(lambda: recipe.read_bytes() == second)
