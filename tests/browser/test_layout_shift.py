"""Nothing jumps: the layout shifts that Chromium reports while the studio loads, is clicked through, and runs a job."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

# The fixtures of the studio over a tiny model.
from tests.browser.test_studio import SLOW, project, quantized, quantized_project, studio  # noqa: F401

pytestmark = pytest.mark.browser

MOST = 0.05
WATCH = """window.shifts = [];
new PerformanceObserver(list => window.shifts.push(...list.getEntries().filter(each => !each.hadRecentInput).map(({value, sources}) =>
  [value, sources.map(({node, previousRect: a, currentRect: b}) => `${node?.className}: ${JSON.stringify(a)} to ${JSON.stringify(b)}`)])))
  .observe({type: 'layout-shift', buffered: true});"""
TABS = ("Threshold", "Precision", "Results", "Hints", "Runs", "History", "Artifact", "Export", "Operators", "Log", "Tensors")


@pytest.fixture
def watched(page) -> None:
    """Gather the shifts of the page, before it is opened."""
    page.add_init_script(WATCH)


def check(page: Page, what: str) -> None:
    """Compare the sum of the shifts since the last call with the limit."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shifts = page.evaluate("() => window.shifts.splice(0)")
    assert sum(value for value, _ in shifts) < MOST, f"{what}: {shifts}"


@pytest.mark.usefixtures("quantized", "watched")
def test_nothing_jumps(studio) -> None:  # noqa: F811
    page = studio.page
    expect(studio.row("conv")).to_be_visible(timeout=SLOW)
    studio.eventually(lambda: page.locator(".mrt-graph:visible").evaluate("root => root.__mrt.at('conv') !== undefined"))
    check(page, "load")
    studio.cell("conv", "op").click()
    expect(page.get_by_role("button", name="Shape and attributes", exact=True)).to_be_visible(timeout=SLOW)
    check(page, "selecting a tensor")
    for title in TABS:
        page.get_by_role("tab", name=re.compile(f"^{title}")).click()
        expect(page.get_by_role("tab", name=re.compile(f"^{title}"))).to_have_attribute("aria-selected", "true")
    expect(studio.row("conv")).to_be_visible(timeout=SLOW)
    check(page, "opening every tab")
    studio.run("Evaluate")
    check(page, "a job")
