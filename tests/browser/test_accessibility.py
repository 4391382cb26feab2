"""axe-core over the studio with each tab open, light and dark; the project is that of test_studio_insight.py, all run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mrt_studio.session.analysis import ANALYSES, measure
from mrt_studio.session.session import Session

# The fixtures of a project that has run and of its server.
from tests.browser.test_studio_insight import SLOW, address, finished  # noqa: F401

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "widgets" / "node_modules" / "axe-core" / "axe.min.js"
TABS = {
    "Tensors": ".tabulator-row",
    "Threshold": "[role=slider]",
    "Precision": ".js-plotly-plot .point",
    "Errors": ".js-plotly-plot .scatterlayer .trace",
    "Results": ".tabulator-row img",
    "Hints": "text=dB",
    "Changes": "text=beside the graph",
    "Runs": ".tabulator-row",
    "History": ".tabulator-row",
    "Artifact": "text=SHA-256",
    "Export": "text=Recipe (TOML)",
    "Operators": ".tabulator-row",
    "Log": "text=Nothing has run",
}
"""What each tab shows when it is there."""
CHECK = """async ([selector, rules]) => {
  const find = root => root.querySelector(selector) ?? [...root.querySelectorAll('*')].map(each => each.shadowRoot && find(each.shadowRoot)).find(Boolean);
  const found = await axe.run(selector ? find(document) : document, {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})});
  return found.violations.flatMap(({id, impact, nodes}) => nodes.map(({html}) => ({id, impact, html})));
}"""
DRAWER = ".MuiTabsPanel"
TABULATORS_OWN = 'class="pnx-tabulator tabulator" role="grid"'
"""The table's library gives its scrolling part a place in the tab order and no role of its own inside the grid."""


def problems(page: Page, selector: str = "", rules: list[str] | None = None) -> list[dict[str, str]]:
    """The serious and critical violations in the first element that fits, or in the whole page."""
    found = page.evaluate(CHECK, [selector, rules])
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    return [each for each in bad if not (each["id"] == "aria-required-children" and TABULATORS_OWN in each["html"])]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_tab_has_a_serious_problem(browser, address, finished, theme) -> None:  # noqa: F811
    session = Session(finished)
    for name in ANALYSES:
        measure(session, name)
    session.close()
    page = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=theme).new_page()
    page.goto(address, timeout=SLOW)
    page.locator('.tabulator-cell[tabulator-field="name"]').get_by_text("conv", exact=True).click(timeout=SLOW)
    expect(page.get_by_role("button", name="Shape and attributes", exact=True)).to_be_visible(timeout=SLOW)
    page.evaluate(AXE.read_text())
    found = {"": problems(page)}
    rules = None if theme == "light" else ["color-contrast"]  # all else is the same
    for title, content in TABS.items():
        page.get_by_role("tab", name=re.compile(f"^{title}")).click()
        expect(page.locator(content).locator("visible=true").first).to_be_visible(timeout=SLOW)
        found[title] = problems(page, DRAWER, rules)
    page.context.close()
    assert {title: bad for title, bad in found.items() if bad} == {}
