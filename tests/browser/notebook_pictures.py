"""The pictures of the notebooks, taken in JupyterLab; `pictures.py` calls it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Page

from tests.browser.conftest import KERNEL_IS_IDLE, ROOT, RUN_CELL

SLOW = 240_000
CELLS = {
    "notebook": """
from pathlib import Path
from mrt_studio import Session
from mrt_studio.widgets import ErrorProfile, GraphView, PrecisionLedger, Studio, ThresholdLab
session = Session("squeezenet")
session.open("demo:squeezenet1_1")
session.configure("calibrate", batch=4, count=1)
session.configure("evaluate", batch=4, count=1)
studio = Studio(session)
studio.run("evaluate", "errors", "channels", "compile")
studio.graph.stage = "prepare"
studio.graph.view.selected = ["conv1_relu"]
studio""",
    "lab": "ThresholdLab(session, 'conv1_relu')",
    "ledger": """
ledger = PrecisionLedger(session)
ledger.select("conv1")
ledger""",
    "errors": """
profile = ErrorProfile(session)
profile.which.value = "waterfall"
profile""",
    "split": """
from tests.models.detector import detector
from tests.models.tiny import write_model
found = Session("detector", {"load": {"model": str(write_model(detector(), Path("."), "detector").symbol)}})
found.run("load")
view = GraphView(found, stage="load", height_px=460)
view.split_keys = ["ids", "scores", "boxes"]
view.opened = [block["id"] for block in view.graph["blocks"]]
view.selected = ["rows"]
view""",
}


def photograph_notebooks(page: Page, folder: Path, wait: Callable[[str], None]) -> None:
    """Run the cells one by one, and photograph what each shows."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS.values()])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with _lab(notebook, wait) as url:
        page.set_viewport_size({"width": 1090, "height": 1300})
        page.goto(f"{url}/lab/tree/pictures.ipynb?reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=SLOW)
        page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
        page.add_style_tag(content=".Toastify { display: none }")
        for number, name in enumerate(CELLS):
            page.evaluate(RUN_CELL, number)
            shown = page.locator(".jp-Cell").nth(number).locator(".jp-OutputArea-output").last
            shown.wait_for(timeout=SLOW)
            shown.scroll_into_view_if_needed()
            page.wait_for_timeout(5000)
            shown.screenshot(path=folder / f"{name}.png")


@contextmanager
def _lab(notebook: nbformat.NotebookNode, wait: Callable[[str], None]) -> Iterator[str]:
    """JupyterLab on a free port over a folder with the notebook; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp())
    nbformat.write(notebook, folder / "pictures.ipynb")
    settings = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=null", "--LabApp.expose_app_in_browser=True"]
    server = subprocess.Popen(command, env={**os.environ, **settings, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)
    try:
        wait(f"http://127.0.0.1:{port}/api/status")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)
