"""The ledger and the profile of errors in JupyterLab: they draw the session's numbers, and select with a graph view."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from mrt_studio.session.analysis import measure
from mrt_studio.session.precision import why
from mrt_studio.session.profile import errors
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe

pytestmark = pytest.mark.browser

SLOW = 60_000


@pytest.fixture
def session(tmp_path) -> Session:
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("quantize")
    for name in ("errors", "channels"):
        measure(session, name)
    session.save()
    session.close()
    return session


def test_ledger_and_profile_in_a_notebook(page, open_notebook, session) -> None:
    opening = "from mrt_studio import Session", "from mrt_studio.widgets import ErrorProfile, PrecisionLedger"
    cells = [
        "\n".join([*opening, f"session = Session({str(session.store.folder)!r})", "ledger = PrecisionLedger(session)", "ledger"]),
        "profile = ErrorProfile(session)\nprofile",
        "ledger.select('conv1')\nprint('selected', profile.selected)",
    ]
    run_cell = open_notebook("plots", cells)
    run_cell(0)
    plots = page.locator(".js-plotly-plot")
    expect(plots.first.locator(".barlayer .trace")).to_have_count(4, timeout=SLOW)
    run_cell(1)
    expect(page.get_by_text(errors(session)["sentence"], exact=True)).to_be_visible(timeout=SLOW)
    expect(page.locator(".scatterlayer .trace").last).to_be_attached(timeout=SLOW)
    run_cell(2)
    expect(page.get_by_text(why(session, "conv1")[0]["words"])).to_be_attached(timeout=SLOW)
    expect(page.locator(".jp-OutputArea-output", has_text="selected conv1")).to_be_attached(timeout=SLOW)
