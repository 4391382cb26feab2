"""Netron from the studio: a tab of its own that draws the graph and asks no other host (conftest.py watches)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from mrt_studio.session.session import Session
from tests.browser.serving import SERVE
from tests.models.tiny import tiny_model, tiny_recipe

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SLOW = 60_000
STAGES = {"Original": "Convolution", "Prepared": "Convolution", "Quantized": "conv2d", "Compiled": "conv2d"}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("netron")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("compile")
    session.save()
    session.close()
    return folder / "project"


@pytest.fixture
def url(project, free_port, run_server) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}/mrt_studio"
    run_server([sys.executable, "-c", SERVE, str(project), str(port)], address, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return address


def test_every_stage_is_drawn_in_a_tab_and_nobody_else_is_asked(page, url) -> None:
    outside: list[str] = []
    page.context.on("request", lambda sent: None if sent.url.startswith((url, url.rpartition("/")[0], "data:", "blob:")) else outside.append(sent.url))
    page.goto(url)
    button = page.get_by_role("link", name="Open in Netron").or_(page.get_by_role("button", name="Open in Netron"))
    for title, op in STAGES.items():
        page.get_by_role("button", name=title, exact=True).click()
        expect(page.get_by_text(re.compile(r"^[\d,]+ nodes")).first).to_be_visible(timeout=SLOW)
        expect(page.get_by_role("button", name=title, exact=True)).to_have_attribute("aria-pressed", "true", timeout=SLOW)
        page.wait_for_timeout(500)
        with page.expect_popup(timeout=SLOW) as opened:
            button.click()
        tab = opened.value
        expect(tab.locator("#canvas").get_by_text(op, exact=True).first).to_be_visible(timeout=SLOW)
        expect(tab.get_by_text("Accept")).to_be_hidden()
        assert "/netron/" in tab.url
        tab.close()
    assert outside == []
