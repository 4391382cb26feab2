"""The verdict on a loaded model with its way round, and the table of operators, in Chromium."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from mrt_studio.session.session import Session
from mrt_studio.session.support import support_table
from tests.browser.serving import SERVE
from tests.models.tiny import tiny_model, write_model
from tests.nets import built

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
HOSTILE = "steep<img src=x onerror=alert(1)>"
SLOW = 60_000


@dataclass
class Studio:
    """A page, its project folder and its server's process."""

    page: Page
    folder: Path
    process: subprocess.Popen[bytes]

    def stage(self, title: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{title}( · .*)?:"))

    def run(self, title: str) -> None:
        self.stage(title).click()
        expect(self.stage(title)).to_have_attribute("aria-label", re.compile(f"^{title} .*: done"), timeout=SLOW)

    def split_keys(self) -> list[str]:
        return Session(self.folder)["prepare"].options()["split_keys"]


@pytest.fixture
def steep(tmp_path) -> Path:
    """Write a model in which two operators have no integer form; one has a name that is HTML."""

    def write(b, param):
        x = b.op("relu", b.input("data", None), name="below")
        high = b.op("relu", b.op("tan", x, name=HOSTILE), name="after")
        return [high, b.op("argmax", b.op("Flatten", x, name="flat"), name="best")]

    return write_model(built(write), tmp_path, "steep").symbol


@pytest.fixture
def studio(page, steep, tmp_path, free_port) -> Iterator[Studio]:
    """The studio over a project whose model is chosen; the server is a process of its own."""
    session = Session(tmp_path / "project")
    session.configure("load", model=str(steep))
    session.configure("prepare", input_shape=[1, 3, 8, 8])
    session.save()
    session.close()
    port, log = free_port(), tmp_path / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path / "project"), str(port)], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    page.set_viewport_size({"width": 1366, "height": 900})
    found = Studio(page, tmp_path / "project", process)
    try:
        while b"MRT Studio is at" not in log.read_bytes() and process.poll() is None:
            page.wait_for_timeout(50)
        page.goto(f"http://127.0.0.1:{port}/mrt_studio")
        expect(found.stage("Load")).to_be_visible(timeout=SLOW)
        yield found
    finally:
        process.terminate()
        process.wait(20)
    assert f'File "{ROOT}/mrt_studio' not in log.read_text(), log.read_text()


def test_the_verdict_names_the_nodes_and_its_split_can_be_prepared_and_undone(studio) -> None:
    page = studio.page
    studio.run("Load")
    expect(page.get_by_text("2 of 5 operators cannot become integers:")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name=HOSTILE, exact=True).click()
    expect(page.get_by_role("heading", name=HOSTILE, exact=True)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    split, undo = page.get_by_role("button", name="Split there"), page.get_by_role("button", name="Undo (Ctrl+Z)")
    split.click()
    expect(page.get_by_text("2 of 5 operators stay in float, above the split at below, flat.")).to_be_visible()
    expect(split).to_be_hidden()
    assert studio.split_keys() == ["below", "flat"]
    undo.click()
    expect(split).to_be_visible()
    assert studio.split_keys() == []
    split.click()
    studio.run("Prepare")
    expect(page.get_by_text("2 of 5 operators")).to_be_hidden()


def test_a_supported_model_is_said_to_be_one_and_another_shape_is_checked_again(studio, tmp_path) -> None:
    page = studio.page
    tiny_model(tmp_path)
    page.get_by_label("Symbol file").fill(str(tmp_path / "tiny-symbol.json"))
    page.get_by_label("Symbol file").press("Enter")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("All 8 operators can become integers.").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Prepare", exact=True).click()
    shape = page.get_by_label("Input shape", exact=True)
    shape.fill("1, 4, 8, 8")
    shape.press("Enter")
    expect(page.get_by_text("The operators have not been checked for this input shape.")).to_be_visible()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text(re.compile("Convolution 'conv0'")).first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Split there")).to_be_hidden()


def test_the_table_of_operators_can_be_searched_and_takes_no_mxnet(studio) -> None:
    page = studio.page
    page.get_by_role("tab", name="Operators").click()
    expect(page.get_by_text("operators become integers,")).to_be_visible(timeout=SLOW)
    page.locator('.tabulator-col[tabulator-field="operator"] input').click()
    page.keyboard.type("softmin")
    expect(page.locator(".tabulator-row")).to_have_count(1)
    row = next(row for row in support_table() if row.operator == "softmin")
    expect(page.locator('.tabulator-row [tabulator-field="machine"]')).to_have_text(", ".join(row.lowering))
    assert "mxnet" not in Path(f"/proc/{studio.process.pid}/maps").read_text()
