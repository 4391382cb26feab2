"""Hints and exports in Chromium: a hint is applied and taken back, and what is downloaded is what the session writes."""

from __future__ import annotations

import tomllib

import pytest
from playwright.sync_api import expect

from mrt_studio.recipes.base import read_recipe
from mrt_studio.session.exports.base import export
from mrt_studio.session.session import Session
from tests.browser.test_studio import SLOW, project, quantized, quantized_project, studio  # noqa: F401  (fixtures)

pytestmark = pytest.mark.browser


def weights(studio) -> str:  # noqa: F811
    return read_recipe(studio.folder / "recipe.toml").recipe["quantize"]["activations"]


@pytest.mark.usefixtures("quantized")
def test_a_hint_is_applied_and_undone_and_exports_are_downloaded(studio, tmp_path) -> None:  # noqa: F811
    page = studio.page
    expect(page.get_by_role("tab", name="Hints (")).to_be_visible(timeout=SLOW)
    studio.tab("Hints")
    page.get_by_role("button", name="Use the sign for one more bit").click()
    studio.eventually(lambda: weights(studio) == "unsigned")
    expect(page.get_by_role("button", name="Use the sign for one more bit")).to_have_count(0)
    page.get_by_role("button", name="Undo (Ctrl+Z)").click()
    studio.eventually(lambda: weights(studio) == "signed")
    expect(page.get_by_role("button", name="Use the sign for one more bit")).to_be_visible()
    studio.tab("Export")
    expect(page.get_by_text("Run Evaluate first.")).to_be_visible()
    expect(page.get_by_role("link", name="Results (CSV)")).to_have_attribute("aria-disabled", "true")
    session = Session(studio.folder)
    for title, name in (("Recipe (TOML)", "recipe"), ("Report (HTML)", "report"), ("Tensors (CSV)", "tensors_csv")):
        with page.expect_download() as started:
            page.get_by_role("link", name=title).click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        assert path.read_bytes() == export(session, name)
    assert tomllib.loads((tmp_path / "mrt-recipe.toml").read_text()) == session.recipe()
    page.set_content((tmp_path / "mrt-report.html").read_text())
    expect(page.get_by_role("heading", name="Precision")).to_be_visible()
