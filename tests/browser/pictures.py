"""Make the pictures of the README and the notebooks: ``python -m tests.browser.pictures``.

With ``--notebooks`` it makes those of the notebooks only. With ``--networks FOLDER`` it draws known networks into a folder instead, closed and
open, light and dark, to be looked at.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from mrt_studio.engine import mxnet
from mrt_studio.session.graph_payload import payload_of
from mrt_studio.session.session import Session
from mrt_studio.ui.widgets.base import bundle
from tests.browser.notebook_pictures import photograph_notebooks
from tests.models.cache import ModelFiles
from tests.models.detector import detector
from tests.models.tiny import write_model

PICTURES = Path(__file__).resolve().parent.parent.parent / "notebooks" / "pictures"
NODE = "stage1_block0_project_conv"
NETWORKS = ("resnet50_v1", "densenet121", "inceptionv3", "mobilenetv2_1.0")
SHOW = """async ([code, graph, theme, opened]) => {
    const { default: widget } = await import("data:text/javascript;base64," + code);
    const values = { graph, theme, opened, selected: [], overlay: {}, marks: {}, viewport: {}, split_keys: [], split: {}, query: "", direction: "down" };
    const model = { get: name => values[name], set: (name, value) => { values[name] = value; }, save_changes() {}, on() {}, off() {} };
    document.body.innerHTML = '<div style="position: fixed; inset: 0"></div>';
    widget.render({ model, el: document.body.firstChild, view: {} });
}"""


def main() -> None:
    """Make the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=Path, metavar="FOLDER")
    parser.add_argument("--notebooks", action="store_true")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        chromium = os.environ.get("MRT_CHROMIUM", shutil.which("chromium"))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        if arguments.networks is not None:
            photograph_networks(page, arguments.networks)
        else:
            if not arguments.notebooks:
                photograph_studio(page)
            photograph_notebooks(page, PICTURES, wait)
        browser.close()


def photograph_networks(page: Page, folder: Path) -> None:
    """Draw each network as it opens, and with its second block and the first one in that open."""
    folder.mkdir(parents=True, exist_ok=True)
    code = base64.b64encode(bundle("graph_view").read_bytes()).decode()
    with tempfile.TemporaryDirectory() as name:
        models = {"ssd": write_model(detector(), Path(name), "ssd"), **{network: exported(network, Path(name)) for network in NETWORKS}}
        for network, files in models.items():
            session = Session(Path(name) / network, {"load": {"model": str(files.symbol)}})
            session.run("load")
            graph = payload_of(session, "load")
            outer = [block["id"] for block in graph["blocks"] if not block["parent"]][1:2]
            inner = [*outer, *[block["id"] for block in graph["blocks"] if block["parent"] in outer][:1]]
            for theme in ("light", "dark"):
                for state, opened in (("closed", []), ("open", inner)):
                    page.goto("about:blank")
                    page.evaluate(SHOW, [code, graph, theme, opened])
                    page.wait_for_function("document.querySelector('.mrt-graph')?.__mrt.layoutMs !== undefined")
                    page.wait_for_timeout(700)
                    page.screenshot(path=folder / f"{network}-{state}-{theme}.png")


def exported(network: str, folder: Path) -> ModelFiles:
    """A network of Gluon's zoo with random weights."""
    mx = mxnet()
    net = mx.gluon.model_zoo.vision.get_model(network)
    net.initialize()
    net.hybridize()
    side = 299 if network == "inceptionv3" else 224
    net(mx.nd.zeros((1, 3, side, side)))
    net.export(str(folder / network))
    return ModelFiles(folder / f"{network}-symbol.json", folder / f"{network}-0000.params")


def photograph_studio(page: Page) -> None:
    """Open the demo, run everything, and photograph the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with serve() as url:
        page.goto(url)
        page.get_by_role("button", name="Run all").click()
        page.get_by_text("Everything is up to date.").wait_for(timeout=120_000)
        page.get_by_role("button", name="Prepared", exact=True).click()
        page.get_by_text(NODE, exact=True).first.click()
        page.wait_for_timeout(2500)
        shoot(page, "studio-light.png")
        page.locator(".mrt-graph").first.screenshot(path=PICTURES / "graph.png")
        page.get_by_label("Colour by").first.click()
        page.get_by_role("menuitem", name="Threshold", exact=True).click()
        page.get_by_role("button", name="Fit the graph").first.click()
        page.get_by_role("tab", name="Results").click()
        page.get_by_role("button", name="theme").click()
        page.wait_for_timeout(2500)
        shoot(page, "studio-dark.png")


@contextmanager
def serve() -> Iterator[str]:
    """Run the studio's server on a free port with a project of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, project = f"http://127.0.0.1:{port}/", tempfile.mkdtemp()
    words = ["serve", "--model", "demo:efficientnet_lite0", "--project", project, "--port", str(port), "--no-show", "--no-token"]
    server = subprocess.Popen([sys.executable, "-m", "mrt_studio.cli", *words])
    try:
        wait(url)
        yield url
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(project)


def wait(url: str) -> None:
    """Wait up to a minute for the server to answer."""
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    sys.exit("The server does not answer.")


def shoot(page: Page, name: str) -> None:
    """One picture of the whole window."""
    page.screenshot(path=PICTURES / name)


if __name__ == "__main__":
    main()
