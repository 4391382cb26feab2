"""The studio in Chromium on a tiny model: every stage, links both ways, editing, cancelling, a killed worker, a reload."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from mrt_studio.demos.symbol_writer import SymbolWriter
from mrt_studio.ir.params import write_params
from mrt_studio.session.session import Session
from tests.browser.serving import SERVE

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
DATA = "stdrandom(shape=(3, 8, 8), count={count})"
HOSTILE = "relu<img src=x onerror=alert(1)>"
UP_TO_DATE = "Everything is up to date."
SLOW = 60_000


def tiny_model(folder: Path) -> Path:
    """A convolution, a ReLU with a name that is HTML, and a dense layer."""
    writer = SymbolWriter()
    x = writer.relu(HOSTILE, writer.convolution("conv", writer.variable("data"), 4, 3, pad=1))
    symbol = writer.to_json(writer.dense("fc", writer.flatten("flat", writer.global_average("pool", x)), 5))
    random = np.random.default_rng(0)
    shapes = {"conv_weight": (4, 3, 3, 3), "fc_weight": (5, 4), "fc_bias": (5,)}
    params = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    (folder / "tiny-symbol.json").write_bytes(symbol)
    (folder / "tiny-0000.params").write_bytes(write_params(params))
    return folder / "tiny-symbol.json"


@dataclass
class Studio:
    """A server over a project folder, and a page that shows it."""

    page: Page
    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def stage(self, title: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{title}( · .*)?:"))

    def tab(self, title: str) -> None:
        self.page.get_by_role("tab", name=title).click()

    def run(self, title: str) -> None:
        self.stage(title).click()
        expect(self.stage(title)).to_have_attribute("aria-label", re.compile(f"^{title} .*: done"), timeout=SLOW)

    def row(self, name: str) -> Locator:
        return self.page.locator(".tabulator-row").filter(has=self.page.locator(".tabulator-cell", has_text=re.compile(f"^{re.escape(name)}$")).first)

    def cell(self, name: str, field: str) -> Locator:
        return self.row(name).locator(f'[tabulator-field="{field}"]')

    def click_node(self, name: str) -> None:
        graph = self.page.locator(".mrt-graph:visible")
        self.eventually(lambda: graph.evaluate("(root, id) => root.__mrt.at(id) !== undefined", name))
        self.page.mouse.click(*graph.evaluate("(root, id) => root.__mrt.at(id)", name))

    def selected_nodes(self) -> str:
        return self.page.locator(".mrt-graph:visible [aria-live]").inner_text()

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes()]

    def eventually(self, holds: Callable[[], object], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it did not happen in time"
            self.page.wait_for_timeout(50)


def tiny_project(folder: Path) -> Session:
    """A project whose model is chosen and whose data is small."""
    session = Session(folder / "project")
    session.configure("load", model=str(tiny_model(folder)))
    session.configure("prepare", input_shape=[1, 3, 8, 8])
    session.configure("calibrate", dataset=DATA.format(count=8), batch=4, count=2)
    session.configure("evaluate", batch=4, count=2)
    session.save()
    return session


@pytest.fixture
def project(tmp_path) -> Path:
    """The folder of a project of which nothing has run."""
    session = tiny_project(tmp_path)
    session.close()
    return session.store.folder


@pytest.fixture(scope="session")
def quantized_project(tmp_path_factory) -> Path:
    """The folder of a project that was quantized, to be copied."""
    session = tiny_project(tmp_path_factory.mktemp("quantized"))
    session.run("quantize")
    session.close()
    return session.store.folder


@pytest.fixture
def quantized(project, quantized_project) -> None:
    """Take the quantized project: what runs in a test's own worker takes seconds."""
    shutil.rmtree(project)
    shutil.copytree(quantized_project, project)


@pytest.fixture
def studio(page, project, free_port, tmp_path) -> Iterator[Studio]:
    """The studio over the project; the server is a process of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/mrt_studio"
    log = tmp_path / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", SERVE, str(project), str(port)], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    page.set_viewport_size({"width": 1366, "height": 900})
    found = Studio(page, url, process, project)
    try:
        found.eventually(lambda: b"MRT Studio is at" in log.read_bytes() or process.poll() is not None)
        page.goto(url)
        expect(found.stage("Load")).to_be_visible(timeout=SLOW)
        yield found
    finally:
        process.terminate()
        process.wait(20)
    assert f'File "{ROOT}/mrt_studio' not in log.read_text(), log.read_text()


def test_a_whole_run_without_mxnet_in_the_server(studio, tmp_path) -> None:
    page = studio.page
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text(UP_TO_DATE)).to_be_visible(timeout=SLOW)
    assert "mxnet" not in Path(f"/proc/{studio.process.pid}/maps").read_text()
    expect(studio.cell("conv", "precision")).not_to_be_empty()
    studio.tab("Results")
    expect(page.get_by_text("Same first class (%)")).to_be_visible()
    expect(page.locator(".tabulator-row")).to_have_count(8)
    studio.tab("Log")
    expect(page.get_by_text("calibrate").first).to_be_visible()
    studio.tab("Artifact")
    with page.expect_download() as started:
        page.get_by_text("Download as ZIP").click()
    path = tmp_path / "model.zip"
    started.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("model/manifest.json"))
        found = {name: hashlib.sha256(archive.read(f"model/{name}")).hexdigest() for name in manifest["files"]}
    assert found == manifest["files"]
    assert {"symbol", "params", "ext"} <= found.keys()


@pytest.mark.usefixtures("quantized")
def test_graph_table_and_inspector_follow_each_other(studio) -> None:
    studio.page.get_by_role("button", name="Prepared").click()
    studio.click_node("conv")
    expect(studio.row("conv")).to_have_class(re.compile("tabulator-selected"))
    expect(studio.page.get_by_role("heading", name="conv", exact=True)).to_be_visible()
    studio.cell("fc", "op").click()
    expect(studio.page.get_by_role("heading", name="fc", exact=True)).to_be_visible()
    studio.eventually(lambda: " fc," in studio.selected_nodes())
    studio.page.get_by_role("button", name="Quantized").click()
    expect(studio.page.get_by_text("x (M, K) times w (N, K) transposed")).to_be_visible()
    expect(studio.row("fc")).to_have_class(re.compile("tabulator-selected"))
    studio.page.get_by_role("button", name=re.compile("^flat")).first.click()  # its producer is the requantized flat
    expect(studio.row("flat")).to_have_class(re.compile("tabulator-selected"))


@pytest.mark.usefixtures("quantized")
def test_a_hostile_name_is_text(studio) -> None:
    studio.cell(HOSTILE, "op").click()
    expect(studio.page.get_by_role("heading", name=HOSTILE, exact=True)).to_be_visible()
    assert studio.page.locator("img[src=x]").count() == 0


@pytest.mark.usefixtures("quantized")
def test_a_threshold_edited_in_the_table_takes_effect_and_can_be_undone(studio) -> None:
    before = studio.cell("conv", "scale").inner_text()
    studio.cell("conv", "threshold").dblclick()
    studio.page.keyboard.press("Control+A")
    studio.page.keyboard.type("1.5")
    studio.page.keyboard.press("Enter")
    expect(studio.cell("conv", "set_by")).to_have_text("hand")
    studio.run("Quantize")
    expect(studio.cell("conv", "threshold")).to_have_text("1.5")
    assert Session(studio.folder).artifact("quantize").thresholds["conv"] == 1.5
    studio.page.get_by_role("button", name="Undo (Ctrl+Z)").click()
    expect(studio.cell("conv", "set_by")).to_have_text("observer")
    expect(studio.cell("conv", "scale")).to_have_text(before)
    studio.click_node("conv")
    studio.page.keyboard.press("Control+Shift+Z")
    expect(studio.cell("conv", "set_by")).to_have_text("hand")


def test_an_invalid_option_says_why_and_changes_nothing(studio) -> None:
    page = studio.page
    page.get_by_role("button", name="Calibrate", exact=True).click()
    batch = page.get_by_label("Batch", exact=True).first
    batch.fill("0")
    batch.press("Enter")
    expect(page.get_by_text("It must be an integer of at least 1 and at most 4096")).to_be_visible()
    assert Session(studio.folder)["calibrate"].options()["batch"] == 4
    batch.fill("2")
    batch.press("Enter")
    expect(page.get_by_text("It must be an integer")).to_have_count(0)
    studio.eventually(lambda: Session(studio.folder)["calibrate"].options()["batch"] == 2)


def test_a_recipe_sets_the_options_until_one_is_edited(studio) -> None:
    page = studio.page
    recipe = page.get_by_role("combobox", name="Recipe")
    gas = page.locator(".tiles div").filter(has_text="Gas").last.locator("b")
    expect(recipe).to_have_text("own options")
    studio.run("Compile")
    expect(studio.cell("data", "precision")).to_have_text("8")
    studio.tab("Artifact")
    plain = gas.inner_text()
    recipe.click()
    page.get_by_role("menuitem", name="cvm_accurate").click()
    expect(page.get_by_text("Out of date: run Compile.")).to_be_visible()
    recipe.click()
    page.get_by_role("menuitem", name="own options").click()
    expect(recipe).to_have_text("cvm_accurate")
    studio.run("Compile")
    expect(gas).not_to_have_text(plain)
    studio.tab("Tensors")
    expect(studio.cell("data", "precision")).to_have_text("15")
    page.get_by_role("button", name="Quantize", exact=True).click()
    bits = page.get_by_label("Input precision (bit)", exact=True).first
    expect(bits).to_have_value("15")
    bits.fill("14")
    bits.press("Enter")
    expect(recipe).to_have_text("own options")
    page.get_by_role("button", name="Undo (Ctrl+Z)").click()
    expect(recipe).to_have_text("cvm_accurate")


@pytest.fixture
def long_project(project) -> None:
    """A calibration that takes minutes."""
    session = Session(project)
    session.configure("calibrate", dataset=DATA.format(count=1 << 20), batch=1, count=1 << 20)
    session.save()
    session.close()


@pytest.mark.usefixtures("long_project")
def test_a_long_calibration_can_be_cancelled(studio) -> None:
    studio.stage("Calibrate").click()
    expect(studio.page.get_by_text(re.compile(r"^Calibrate · batch \d+"))).to_be_visible(timeout=SLOW)
    studio.page.get_by_role("button", name="Cancel").click()
    expect(studio.page.get_by_text("To run: calibrate")).to_be_visible(timeout=SLOW)
    expect(studio.stage("Prepare")).to_have_attribute("aria-label", re.compile("^Prepare .*: done"))


@pytest.mark.usefixtures("long_project")
def test_a_killed_worker_is_a_message_and_a_reload_finds_the_job(studio) -> None:
    studio.stage("Calibrate").click()
    expect(studio.page.get_by_text(re.compile(r"^Calibrate · batch \d+"))).to_be_visible(timeout=SLOW)
    studio.page.reload()
    expect(studio.page.get_by_text(re.compile(r"^Calibrate · batch \d+"))).to_be_visible(timeout=SLOW)
    (worker,) = studio.workers()
    os.kill(worker, signal.SIGKILL)
    expect(studio.page.get_by_text("The worker process died.")).to_be_visible(timeout=SLOW)
    expect(studio.page.get_by_text(re.compile("SIGKILL"))).to_be_visible()
    studio.page.get_by_role("button", name="Calibrate", exact=True).click()
    count = studio.page.get_by_label("Count", exact=True).first
    count.fill("3")
    count.press("Enter")
    studio.eventually(lambda: Session(studio.folder)["calibrate"].options()["count"] == 3)
    studio.run("Quantize")
    expect(studio.page.get_by_text("The worker process died.")).to_be_hidden()


def test_a_plain_panel_serve_opens_the_demo(page, run_server, free_port) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/mrt_studio"
    run_server([sys.executable, "-m", "panel", "serve", "mrt_studio", "--port", str(port), "--address", "127.0.0.1"], url, cwd=ROOT)
    answer = page.goto(url)
    assert "script-src-attr 'none'" in answer.headers["content-security-policy"]
    expect(page.get_by_text("150 nodes")).to_be_visible(timeout=SLOW)
    address = page.url
    assert re.search(r"\?project=[\w-]{32}", address)
    page.get_by_role("button", name=re.compile("^Prepare: runs")).click()
    expect(page.get_by_role("button", name=re.compile("^Prepare .*: done"))).to_be_visible(timeout=SLOW)
    page.reload()
    expect(page.get_by_role("button", name=re.compile("^Prepare .*: done"))).to_be_visible(timeout=SLOW)
    assert page.url.partition("#")[0] == address.partition("#")[0]


def test_uploaded_files_become_the_model(studio, tmp_path) -> None:
    symbol = tmp_path / "mine-symbol.json"
    symbol.write_bytes((tmp_path / "tiny-symbol.json").read_bytes().replace(b'"conv"', b'"my_conv"'))
    params = tmp_path / "mine-0000.params"
    params.write_bytes((tmp_path / "tiny-0000.params").read_bytes())
    studio.page.get_by_role("button", name="Upload").click()
    expect(studio.page.get_by_role("button", name="Open", exact=True)).to_be_disabled()
    studio.page.get_by_label("Files to upload").set_input_files([symbol, params])
    studio.page.get_by_role("button", name="Open", exact=True).click(timeout=SLOW)
    studio.run("Prepare")
    studio.page.get_by_role("button", name="Prepared").click()
    expect(studio.row("my_conv")).to_be_visible()
    assert sorted(path.name for path in (studio.folder / "uploads").iterdir()) == ["mine-0000.params", "mine-symbol.json"]


def test_a_file_of_another_kind_is_refused_with_the_reason(studio, tmp_path) -> None:
    page = tmp_path / "page-symbol.json"
    page.write_text("<!DOCTYPE html><title>Not found</title>")
    (tmp_path / "page-0000.params").write_bytes((tmp_path / "tiny-0000.params").read_bytes())
    studio.page.get_by_role("button", name="Upload").click()
    expect(studio.page.get_by_role("button", name="Open", exact=True)).to_be_disabled()
    studio.page.get_by_label("Files to upload").set_input_files([page, tmp_path / "page-0000.params"])
    studio.page.get_by_role("button", name="Open", exact=True).click(timeout=SLOW)
    expect(studio.page.get_by_text("HTML").first).to_be_visible(timeout=SLOW)
