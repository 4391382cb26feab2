"""The threshold lab in the studio and in JupyterLab: the line is the session's threshold, and the page's numbers are the session's."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from mrt_studio.session.lab import preview
from mrt_studio.session.session import Session
from tests.browser import test_studio
from tests.browser.test_studio import HOSTILE, SLOW, Studio
from tests.models.tiny import tiny_model, tiny_recipe

pytestmark = pytest.mark.browser

project, studio = test_studio.project, test_studio.studio
quantized, quantized_project = test_studio.quantized, test_studio.quantized_project


def slider(root: Page | Locator) -> Locator:
    return root.get_by_role("slider", name=re.compile("^Threshold of"))


def value(line: Locator) -> float:
    return float(line.get_attribute("aria-valuenow"))


def drag(page: Page, line: Locator, by: float, *, drop: bool = True) -> None:
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=6)
    if drop:
        page.mouse.up()


def open_lab(studio: Studio, tensor: str) -> Locator:
    studio.cell(tensor, "op").click(timeout=SLOW)
    expect(studio.page.get_by_role("heading", name=tensor, exact=True)).to_be_visible()
    studio.tab("Threshold")
    line = slider(studio.page)
    expect(line).to_be_visible(timeout=SLOW)
    return line


@pytest.mark.usefixtures("quantized")
def test_the_line_is_the_threshold_and_the_numbers_are_the_sessions(studio) -> None:
    line, page = open_lab(studio, HOSTILE), studio.page
    session = Session(studio.folder)
    before = session.thresholds[HOSTILE]
    assert value(line) == pytest.approx(before)
    drag(page, line, -120, drop=False)
    dragged = value(line)
    assert dragged < before
    page.keyboard.press("Escape")
    page.mouse.up()
    studio.eventually(lambda: value(line) == pytest.approx(before))
    drag(page, line, -120)
    studio.eventually(lambda: Session(studio.folder).thresholds.edited.get(HOSTILE) == value(line))
    chosen = value(line)
    shown = page.locator(".mrt-lab").evaluate("root => { const { prediction } = root.__mrt.shown(); return prediction; }")
    real = preview(Session(studio.folder), HOSTILE, chosen)
    assert shown["clipped"] == pytest.approx(real["clipped"], rel=1e-9)
    assert shown["sqnr"] == pytest.approx(list(real["sqnr"].values()), rel=1e-6)
    assert (shown["own"]["scale"], shown["own"]["bits"]) == (real["scale"], real["precision"])
    assert shown["ownSqnr"] == pytest.approx(real["own_sqnr"], rel=1e-6)
    assert len(shown["effects"]) == len(real["consumers"])
    for effect, wanted in zip(shown["effects"], real["consumers"], strict=True):
        got = {**effect["got"], "consumer": effect["request"]["consumer"], "precision": effect["got"]["bits"], "clips_at": effect["clipsAt"]}
        got |= {"largest": effect["largest"], "sqnr": effect["sqnr"]}
        assert {name: got[name] for name in ("consumer", "precision", "frac", "shift", "largest")} == {
            name: wanted[name] for name in ("consumer", "precision", "frac", "shift", "largest")
        }
        assert [got[name] for name in ("scale", "clips_at", "sqnr")] == pytest.approx([wanted[name] for name in ("scale", "clips_at", "sqnr")], rel=1e-9)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    studio.eventually(lambda: Session(studio.folder).thresholds[HOSTILE] == pytest.approx(chosen + 0.01 * before))
    page.keyboard.press("Control+z")
    studio.eventually(lambda: value(line) == chosen)
    assert page.locator("img[src=x]").count() == 0


def test_a_re_run_puts_the_measured_error_beside_the_predicted_one(studio) -> None:
    studio.run("Evaluate")
    line, page = open_lab(studio, HOSTILE), studio.page
    rerun = page.get_by_role("button", name="Re-run")
    expect(rerun).to_be_disabled()
    field = page.get_by_label("Threshold", exact=True).and_(page.locator(".mrt-lab input"))
    field.fill("0.75")
    field.press("Enter")
    studio.eventually(lambda: Session(studio.folder).thresholds[HOSTILE] == 0.75)
    assert value(line) == 0.75
    expect(page.get_by_text("1 set by hand and not yet in the integers")).to_be_visible()
    rerun.click()
    expect(page.get_by_text("Up to date.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Measure errors").click()
    expect(page.get_by_text(re.compile("^measured .* dB")).first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Reset", exact=True).click()
    studio.eventually(lambda: not Session(studio.folder).thresholds.edited)


def test_labs_of_a_session_and_python_stay_in_step(page, open_notebook, tmp_path) -> None:
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("calibrate")
    session.save()
    opening = "from mrt_studio import Session", "from mrt_studio.widgets import ThresholdLab", f"session = Session({str(session.store.folder)!r})"
    cells = ["\n".join([*opening, "first = ThresholdLab(session, 'relu0', height_px=300)", "first"])]
    cells += ["second = ThresholdLab(session, 'relu0', height_px=300)\nsecond"]
    cells += ["session.thresholds['relu0'] = 2.5", "print('threshold', session.thresholds['relu0'], first.threshold)"]
    run_cell = open_notebook("lab", cells)
    for cell in (0, 1):
        run_cell(cell)
        expect(page.locator(".mrt-lab")).to_have_count(cell + 1, timeout=SLOW)
    first, second = (slider(page.locator(".mrt-lab").nth(place)) for place in (0, 1))
    run_cell(2)
    for line in (first, second):
        expect(line).to_have_attribute("aria-valuenow", "2.5", timeout=SLOW)
    drag(page, first, -60)
    expect(second).not_to_have_attribute("aria-valuenow", "2.5", timeout=SLOW)
    assert value(second) == value(first) < 2.5
    run_cell(3)
    expect(page.locator(".jp-OutputArea-output", has_text=f"threshold {value(first)} {value(first)}")).to_be_visible(timeout=SLOW)
