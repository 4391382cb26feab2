"""The graph's tools in the studio: overlays, stages side by side, and split keys."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mrt_studio.session.analysis import stored_errors
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import check_session
from tests.browser.conftest import RunServer
from tests.browser.serving import SERVE
from tests.models.detector import detector
from tests.models.tiny import tiny_model, tiny_recipe, write_model

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SLOW = 60_000


@pytest.fixture
def project(tmp_path) -> Path:
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("compile")
    session.save()
    session.close()
    return tmp_path / "project"


@pytest.fixture
def studio(page, project, free_port, run_server) -> Page:
    opened(page, project, free_port(), run_server)
    eventually(page, lambda: page.locator(".mrt-graph").first.evaluate("root => root.__mrt.at('conv0') !== undefined"))
    return page


@pytest.fixture
def detector_studio(page, tmp_path, free_port, run_server) -> Page:
    """The studio over a checked detector, whose suppression cannot become integers as it stands."""
    session = Session(tmp_path / "project", {"load": {"model": str(write_model(detector(), tmp_path, "detector").symbol)}})
    session.configure("prepare", input_shape=[-1, 3, 16, 16])
    check_session(session)
    session.save()
    session.close()
    opened(page, tmp_path / "project", free_port(), run_server)
    return page


def opened(page: Page, project: Path, port: int, run_server: RunServer) -> None:
    """Serve the project and open the page on its loaded model."""
    url = f"http://127.0.0.1:{port}/mrt_studio"
    run_server([sys.executable, "-c", SERVE, str(project), str(port)], url, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    page.set_viewport_size({"width": 1366, "height": 900})
    page.goto(url)
    expect(page.get_by_role("button", name=re.compile("^Load .*: done"))).to_be_visible(timeout=SLOW)


def eventually(page: Page, holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        page.wait_for_timeout(50)


def find(page: Page, pane: int, name: str) -> None:
    """Select a node by its name, wherever it is."""
    search = page.locator(".mrt-graph").nth(pane).get_by_role("searchbox").first
    search.fill(name)
    search.press("Enter")
    expect(page.locator(".mrt-graph").nth(pane).locator("[aria-live]").first).to_contain_text(name, timeout=SLOW)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label).first.click()
    page.get_by_role("menuitem", name=option, exact=True).click()


def test_overlays_come_from_the_list_with_a_legend(studio) -> None:
    for option, words in (("Gas", "gas"), ("Proven bits", "proven bits"), ("Operator", "operator")):
        choose(studio, "Colour by", option)
        expect(studio.locator(".mrt-graph .legend").first).to_contain_text(words, ignore_case=True, timeout=SLOW)


def test_errors_are_measured_where_an_overlay_needs_them(studio, project) -> None:
    choose(studio, "Colour by", "Attributed error")
    studio.get_by_role("button", name="Measure errors").click()
    expect(studio.locator(".mrt-graph .legend").first).to_contain_text("attributed error", timeout=SLOW)
    expect(studio.get_by_role("button", name="Measure errors")).to_be_hidden()
    assert stored_errors(Session(project))


def test_a_json_file_colours_the_nodes_of_its_graph(studio) -> None:
    choose(studio, "Colour by", "From a JSON file")
    field = studio.locator("input[type=file][accept='.json']")
    name = "<img src=x onerror=alert(1)>"
    field.set_input_files({"name": "own.json", "mimeType": "application/json", "buffer": json.dumps({"label": name, "values": {"conv0": 2}}).encode()})
    expect(studio.locator(".mrt-graph .legend").first).to_contain_text(name, timeout=SLOW)
    expect(studio.get_by_text(f"Shown: {name}")).to_be_visible()
    field.set_input_files({"name": "bad.json", "mimeType": "application/json", "buffer": b'{"label": "x", "values": {"nobody": 1}}'})
    expect(studio.get_by_text("which is no node of the graph")).to_be_visible(timeout=SLOW)
    studio.get_by_role("button", name="Prepared", exact=True).click()
    expect(studio.get_by_text("The file is about the original graph.")).to_be_visible(timeout=SLOW)


def test_the_panel_below_is_resized_and_hidden_and_stays_so(studio) -> None:
    canvas = studio.locator(".mrt-graph canvas.graph").first
    before = canvas.bounding_box()["height"]
    bar = studio.get_by_role("separator", name="Height of the panel below")
    bar.focus()
    studio.keyboard.press("ArrowUp")
    eventually(studio, lambda: canvas.bounding_box()["height"] < before - 10)
    studio.keyboard.press("Enter")
    eventually(studio, lambda: canvas.bounding_box()["height"] > before + 100)
    hidden = canvas.bounding_box()["height"]
    studio.reload()
    expect(canvas).to_be_visible(timeout=SLOW)
    eventually(studio, lambda: abs(canvas.bounding_box()["height"] - hidden) < 2)
    studio.get_by_role("tab", name="Log").click()
    eventually(studio, lambda: canvas.bounding_box()["height"] < before)


def test_the_selection_follows_the_lineage_both_ways(studio) -> None:
    studio.get_by_role("button", name="Compare with another stage").click()
    panes = studio.locator(".mrt-graph")
    expect(panes).to_have_count(2, timeout=SLOW)
    eventually(studio, lambda: panes.nth(1).evaluate("root => root.__mrt.at('conv0') !== undefined"))
    find(studio, 0, "bn0")
    expect(panes.nth(1).locator("[aria-live]").first).to_contain_text("conv0", timeout=SLOW)
    find(studio, 1, "pool0")
    expect(panes.nth(0).locator("[aria-live]").first).to_contain_text("pool0", timeout=SLOW)


def test_rewrites_are_shown_one_by_one_with_their_reason(studio) -> None:
    studio.get_by_role("button", name="Compare with another stage").click()
    expect(studio.get_by_text("2 rewrites")).to_be_visible(timeout=SLOW)
    studio.get_by_role("slider").focus()
    studio.keyboard.press("ArrowRight")
    expect(studio.get_by_text("1 of 2: fold_batch_norm")).to_be_visible(timeout=SLOW)
    expect(studio.get_by_text("Fold batch normalisation into the convolution")).to_be_visible()
    studio.get_by_role("tab", name="Changes").click()
    expect(studio.get_by_text("0 added, 1 removed, 2 changed")).to_be_visible(timeout=SLOW)


def test_split_keys_are_judged_and_become_the_sessions_option(studio, project) -> None:
    studio.get_by_role("button", name="Split keys").click()
    use = studio.get_by_role("button", name="Use these split keys")
    expect(use).to_be_disabled()
    find(studio, 0, "conv1")
    expect(studio.get_by_role("heading", name="conv1")).to_be_visible(timeout=SLOW)
    studio.get_by_role("button", name="Add the selected node").click()
    expect(studio.get_by_text("A path from the input 'data' avoids the keys: it passes 'add0'.").first).to_be_visible(timeout=SLOW)
    expect(use).to_be_disabled()
    studio.get_by_role("button", name="Remove the key").click()
    find(studio, 0, "relu0")
    expect(studio.get_by_role("heading", name="relu0")).to_be_visible(timeout=SLOW)
    studio.get_by_role("button", name="Add the selected node").click()
    expect(studio.get_by_text("5 nodes").first).to_be_visible(timeout=SLOW)
    expect(use).to_be_enabled(timeout=SLOW)
    use.click()
    eventually(studio, lambda: "relu0" in (project / "recipe.toml").read_text())
    assert Session(project)["prepare"].options()["split_keys"] == ["relu0"]
    expect(use).to_be_disabled(timeout=SLOW)


def test_the_address_is_a_link_to_what_is_seen(studio) -> None:
    studio.get_by_role("button", name="Prepared", exact=True).click()
    choose(studio, "Colour by", "Threshold")
    find(studio, 0, "pool0")
    studio.wait_for_function("location.hash.startsWith('#stage=prepare&colour=threshold&node=pool0')", timeout=SLOW)
    studio.get_by_role("button", name="Compare with another stage").click()
    graph = studio.locator(".mrt-graph").first
    expect(studio.locator(".mrt-graph:visible")).to_have_count(2, timeout=SLOW)
    graph.get_by_role("button", name="Zoom out").click()
    studio.wait_for_function("/&beside=[a-z]+&node=pool0&view=[-\\d.]+,[-\\d.]+,0.8/.test(location.hash)", timeout=SLOW)
    link, view = studio.url, graph.evaluate("root => root.__mrt.view()")
    studio.goto("about:blank")
    studio.goto(link)
    expect(graph.locator(".foot .what")).to_contain_text("pool0", timeout=SLOW)
    expect(studio.locator(".mrt-graph:visible")).to_have_count(2, timeout=SLOW)
    eventually(studio, lambda: graph.evaluate("root => root.__mrt.view()") == pytest.approx(view, rel=1e-4))
    assert studio.url == link
    expect(studio.get_by_role("button", name="Prepared", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(graph.locator(".legend")).to_contain_text("threshold", timeout=SLOW)
    studio.get_by_role("button", name="Compare with another stage").click()
    find(studio, 0, "conv1")
    studio.wait_for_function("location.hash.includes('node=conv1')", timeout=SLOW)
    studio.go_back()
    expect(studio.get_by_role("heading", name="pool0", exact=True)).to_be_visible(timeout=SLOW)


def test_one_click_takes_the_keys_that_go_round_what_is_not_supported(detector_studio, tmp_path) -> None:
    page = detector_studio
    expect(page.get_by_role("button", name="Split there")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Split keys").click()
    expect(page.get_by_text("'rows' goes round what cannot become integers.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Split there")).to_be_hidden()
    page.get_by_role("button", name="Take these keys").click()
    expect(page.locator(".mrt-graph .split").first).to_contain_text("1 split key", timeout=SLOW)
    page.get_by_role("button", name="Use these split keys").click(timeout=SLOW)
    eventually(page, lambda: Session(tmp_path / "project")["prepare"].options()["split_keys"] == ["rows"])
    expect(page.get_by_role("button", name="Take these keys")).to_be_hidden()
