"""Make the pictures of the README and the notebooks: ``python -m tests.browser.pictures``."""

from __future__ import annotations

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

PICTURES = Path(__file__).resolve().parent.parent.parent / "notebooks" / "pictures"
NODE = "stage1_block0_project_conv"


def main() -> None:
    """Open the demo, run everything, and photograph the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with serve() as url, sync_playwright() as playwright:
        chromium = os.environ.get("MRT_CHROMIUM", shutil.which("chromium"))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
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
        browser.close()


@contextmanager
def serve() -> Iterator[str]:
    """Run the studio's server on a free port with a project of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, project = f"http://127.0.0.1:{port}/", tempfile.mkdtemp()
    words = ["serve", "--model", "demo:efficientnet_lite0", "--project", project, "--port", str(port), "--no-show"]
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
