"""Fixtures for tests in Debian's Chromium: nothing may ask another host, nothing may fail in a page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import panel as pn
import pytest

LOCAL = ("http://127.0.0.1", "http://localhost", "ws://127.0.0.1", "ws://localhost", "data:", "blob:", "about:")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
START_SECONDS = 60
ROOT = Path(__file__).parents[2]
KERNEL_IS_IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
RUN_CELL = """async index => {
    jupyterapp.shell.currentWidget.content.activeCellIndex = index;
    await jupyterapp.commands.execute('notebook:run-cell');
}"""

RunServer = Callable[..., None]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium, offline; Playwright's own browsers are not installed."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("Chromium is not installed: apt-get install chromium, or leave these tests out with -m 'not browser'.")
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(FLAGS)}


@pytest.fixture(autouse=True)
def _clean_page(request):
    """Fail a test whose page asked another host for anything or raised an error."""
    if "page" not in request.fixturenames:
        yield
        return
    page = request.getfixturevalue("page")
    outside: list[str] = []
    errors: list[str] = []
    page.on("request", lambda sent: None if sent.url.startswith(LOCAL) else outside.append(sent.url))
    page.on("websocket", lambda opened: None if opened.url.startswith(LOCAL) else outside.append(opened.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield
    assert outside == []
    assert errors == []


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A function that finds a port nobody listens on."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return find


@pytest.fixture(scope="session")
def run_server(tmp_path_factory) -> Iterator[RunServer]:
    """Start `command` and wait until `url` answers; every server is stopped after the last test."""
    started: list[subprocess.Popen[bytes]] = []

    def run(command: list[str], url: str, *, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
        log = tmp_path_factory.mktemp("server") / "log.txt"
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT)
        started.append(process)
        _wait(url, process, log)

    yield run
    for process in started:
        process.terminate()
    for process in started:
        process.wait(20)


@pytest.fixture
def serve_panel(page, free_port) -> Iterator[Callable[[object], None]]:
    """Serve a Panel object from this process and open it, so that the test sees both sides."""
    port, drawn = free_port(), threading.Event()

    def serve(content: object) -> None:
        def app() -> object:
            pn.state.onload(drawn.set)  # Panel drops what changes before it knows that the page is drawn
            return content

        pn.serve(app, port=port, address="127.0.0.1", websocket_origin=f"127.0.0.1:{port}", threaded=True, show=False, verbose=False)
        _wait(f"http://127.0.0.1:{port}")
        page.goto(f"http://127.0.0.1:{port}")
        assert drawn.wait(START_SECONDS)

    yield serve
    page.goto("about:blank")
    pn.state.kill_all_servers()


@pytest.fixture(scope="session")
def lab(run_server, free_port, tmp_path_factory) -> tuple[str, Path]:
    """JupyterLab's address and the folder it serves; settings and kernels' profiles are its own."""
    folder = tmp_path_factory.mktemp("lab")
    port = free_port()
    settings = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=null", "--LabApp.expose_app_in_browser=True"]
    run_server(command, f"http://127.0.0.1:{port}/api/status", env={**os.environ, **settings, "PYTHONPATH": str(ROOT)})
    return f"http://127.0.0.1:{port}", folder


@pytest.fixture
def open_notebook(page, lab) -> Callable[[str, list[str]], Callable[[int], None]]:
    """Open a new notebook of code cells in JupyterLab; the answer runs a cell by its number."""
    base, folder = lab

    def open_cells(name: str, cells: list[str]) -> Callable[[int], None]:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{name}.ipynb")
        page.goto(f"{base}/lab/tree/{name}.ipynb?reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=1000 * START_SECONDS)
        return lambda cell: page.evaluate(RUN_CELL, cell)

    return open_cells


def _wait(url: str, process: subprocess.Popen[bytes] | None = None, log: Path | None = None) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=START_SECONDS):  # asking again before it answers makes it slower still
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    said = log.read_text(errors="replace") if log else ""
    pytest.fail(f"{url} does not answer\n{said[-4000:]}")
