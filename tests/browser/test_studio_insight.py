"""Precision, errors, results and the inspector in the studio, with photos as data and a node whose name is HTML."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from mrt_studio.session.outcome import results
from mrt_studio.session.precision import precision, why
from mrt_studio.session.profile import errors
from mrt_studio.session.samples import chosen
from mrt_studio.session.session import Session
from mrt_studio.ui.text import figure, size
from tests.browser.test_graph_tools import ROOT, SERVE, eventually
from tests.browser.test_studio import HOSTILE, tiny_model

pytestmark = pytest.mark.browser

SLOW = 60_000
PHOTOS = 8


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """Give the folder of a project that has run, on photos of two classes in two folders."""
    folder = tmp_path_factory.mktemp("insight")
    noise = np.random.default_rng(0)
    for i in range(PHOTOS):
        path = folder / "photos" / str(i % 2) / f"photo {i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 256, (16, 16, 3), np.uint8)).save(path)
    session = Session(folder / "project")
    session.configure("load", model=str(tiny_model(folder)))
    session.configure("prepare", input_shape=[1, 3, 16, 16])
    session.configure("calibrate", dataset=f"images(path={str(folder / 'photos')!r}, size=16, resize=16, labels='folder')", batch=4, count=2)
    session.run("compile")
    session.run("evaluate")
    session.save()
    session.close()
    return folder / "project"


@pytest.fixture(scope="session")
def address(finished, free_port, run_server) -> str:
    """Serve the project once for all tests here."""
    host = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-c", SERVE, str(finished), str(port)]
    run_server(command, f"{host}/static/js/bokeh.min.js", cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return f"{host}/mrt_studio"


@pytest.fixture
def studio(page, address) -> Page:
    page.set_viewport_size({"width": 1366, "height": 900})
    page.goto(address, timeout=SLOW)
    expect(page.get_by_role("button", name=re.compile("^Load .*: done"))).to_be_visible(timeout=SLOW)
    return page


def tab(page: Page, title: str, first: str) -> None:
    """Open a tab, which is there when a button of it is."""
    page.get_by_role("tab", name=title, exact=True).click()
    expect(page.get_by_role("button", name=first, exact=True)).to_be_visible(timeout=SLOW)


def test_the_bits_of_a_node_and_why(studio, finished) -> None:
    page, session = studio, Session(finished)
    found = precision(session)
    tab(page, "Precision", "Bits")
    for value in (f"{found['totals']['widest']} bits", figure(found["totals"]["gas"]), size(found["totals"]["storage_bytes"])):
        expect(page.get_by_text(value, exact=True)).to_be_visible(timeout=SLOW)
    plot = page.locator(".js-plotly-plot:visible")
    expect(plot.locator(".barlayer .trace").first.locator(".point")).to_have_count(len(found["nodes"]), timeout=SLOW)
    place = next(i for i, row in enumerate(found["nodes"]) if row["name"] == HOSTILE)
    bar = plot.locator(".barlayer .trace").first.locator(".point").nth(place)
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    expect(plot.locator(".hoverlayer")).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    page.mouse.down()
    page.mouse.up()
    chain = why(session, HOSTILE)
    expect(page.get_by_text(f"Why {chain[0]['bits']} bits here")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(chain[0]["words"], exact=True).first).to_be_visible()
    page.get_by_role("button", name="Show the path on the graph").click()
    selected = page.locator(".mrt-graph:visible [aria-live]")
    eventually(page, lambda: f"{len(chain)} " in selected.inner_text() or all(step["name"] in selected.inner_text() for step in chain))
    page.get_by_role("button", name="Histogram", exact=True).click()
    expect(plot.locator(".barlayer .trace").first.locator(".point")).to_have_count(len(found["histogram"]), timeout=SLOW)


def test_errors_are_measured_on_chosen_samples(studio, finished) -> None:
    page = studio
    tab(page, "Errors", "Depth")
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_text(re.compile(r"^\d+ % of the error enters at"))).to_be_visible(timeout=SLOW)
    usual = errors(Session(finished))
    expect(page.get_by_text(usual["sentence"], exact=True)).to_be_visible()
    plot = page.locator(".js-plotly-plot:visible")
    for button, drawn in (("Depth", ".scatterlayer"), ("Origin", ".waterfalllayer"), ("Channels", ".heatmaplayer"), ("Samples", ".scatterlayer")):
        page.get_by_role("button", name=button, exact=True).click()
        expect(plot.locator(f"{drawn} .trace, {drawn} .hm").first).to_be_attached(timeout=SLOW)
    page.get_by_label("Samples, such as 0-3, 7").fill("5, 7")
    page.get_by_role("button", name="Measure these").click()
    eventually(page, lambda: chosen(Session(finished)) == (5, 7) and errors(Session(finished)) != {})
    other = errors(Session(finished))
    assert other["samples"] != usual["samples"]
    expect(page.get_by_text(other["sentence"], exact=True)).to_be_visible(timeout=SLOW)
    page.get_by_label("Samples, such as 0-3, 7").fill("99")
    page.get_by_role("button", name="Measure these").click()
    expect(page.get_by_text("The data set has no sample 99.")).to_be_visible(timeout=SLOW)


def test_results_are_shown_per_picture_worst_first(studio, finished) -> None:
    page, found = studio, results(Session(finished))
    page.get_by_role("tab", name="Results", exact=True).click()
    expect(page.locator(".tabulator-row img")).to_have_count(PHOTOS, timeout=SLOW)
    names = page.locator('.tabulator-row .tabulator-cell[tabulator-field="sample"]')
    assert names.all_inner_texts() == [row["sample"] for row in found["rows"]]
    low, high = (figure(found["agreement"][end], 3) for end in ("low", "high"))
    expect(page.get_by_text(f"With 95 % confidence {low} to {high} %")).to_be_visible()
    names.first.click()
    expect(page.get_by_text(f"label {found['rows'][0]['label']} ·")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("img", name=found["rows"][0]["sample"]).last).to_be_visible()
    expect(page.get_by_text("Whose first class is right")).to_be_attached()


def test_the_inspectors_sections_open_by_keyboard(studio, finished) -> None:
    page, session = studio, Session(finished)
    page.locator('.tabulator-cell[tabulator-field="name"]').get_by_text("conv", exact=True).click()
    expect(page.get_by_text("Chosen by the observer absmax.")).to_be_visible(timeout=SLOW)
    for title, words in (("Bits up to INT32", "bits are left to INT32."), ("Ranges of channels", "Ranges of 4 channels"), ("Weights", "conv_weight")):
        fold = page.get_by_role("button", name=title, exact=True)
        expect(fold).to_have_attribute("aria-expanded", "false", timeout=SLOW)
        fold.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(words).first).to_be_visible(timeout=SLOW)
    stats = session.artifact("calibrate").stats["conv_weight"]
    expect(page.get_by_text(f"{figure(stats.minimum, 4)} to {figure(stats.maximum, 4)}")).to_be_visible()
