"""Measure the graph view, Netron 9 and, when it is given, Model Explorer on the same networks in headless Chromium without a GPU."""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.bench.graph_view.model_explorer import open_model_explorer
from tests.bench.graph_view.networks import operators, write_model_explorer, write_mxnet, write_view
from tests.bench.graph_view.serve import served

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
LIMITS = {
    "first picture, ms": (500, 1000, 3000),
    "expand all, ms": (1000, 3000, 15000),
    "frame at fit view, p95 ms": (20, 33, 50),
    "frame while zooming, p95 ms": (20, 33, 50),
    "frame while reading, p95 ms": (20, 33, 50),
    "find to result, ms": (50, 100, 300),
    "selection shown, ms": (100, 100, 100),
    "heap, MB": (60, 120, 400),
}


def main() -> None:
    """Run the bench and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1700, 10_000, 50_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rival-limit", type=int, default=60, help="seconds after which a rival's first picture is given up")
    parser.add_argument("--no-netron", action="store_true")
    parser.add_argument("--model-explorer", help="the program model-explorer of an environment of its own")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with served(folder) as address:
            for size in options.sizes:
                measure(browser, address, folder, size, options)
        browser.close()


def measure(browser: Browser, address: str, folder: Path, size: int, options: argparse.Namespace) -> None:
    """Measure one size and print its rows."""
    network = operators(size)
    write_view(network, folder / f"view{size}.json")
    write_mxnet(network, folder / f"mxnet{size}-symbol.json")
    write_model_explorer(network, folder / f"explorer{size}.json")
    print(f"\n{size:,} nodes, {len(network):,} of them operators; medians of {options.runs} runs")
    rows = medians([on_page(browser, lambda page: ours(page, f"{address}/page.html?graph=view{size}.json")) for _ in range(options.runs)])
    place = (1700, 10_000, 50_000).index(size) if size in {1700, 10_000, 50_000} else None
    for name, value in rows.items():
        limit = "" if place is None or name not in LIMITS else f" (limit {LIMITS[name][place]})"
        print(f"  {name}: {value:.0f}{limit}")
    if not options.no_netron:
        print(
            f"  Netron, first picture of all: {on_page(browser, lambda page: netron(page, f'{address}/netron/?mxnet{size}-symbol.json', options.rival_limit))}"
        )
    if options.model_explorer:
        with open_model_explorer(options.model_explorer, folder / f"explorer{size}.json") as url:
            print(f"  Model Explorer: {on_page(browser, lambda page: model_explorer(page, url, options.rival_limit))}")


def on_page(browser: Browser, run: Callable[[Page], Any]) -> Any:
    """Run with a fresh page of its own."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    try:
        return run(page)
    finally:
        page.close()


def ours(page: Page, url: str) -> dict[str, float]:
    """Everything in the table, on the whole network opened."""
    page.goto(url)
    page.wait_for_function("window.bench !== undefined", timeout=120_000)
    first = page.evaluate("bench.first")
    expand = page.evaluate("bench.expand()")
    page.wait_for_timeout(1000)
    find = page.evaluate("bench.find()")
    page.keyboard.press("Escape")
    select = page.evaluate("bench.select()")
    frames = page.evaluate("bench.pan()")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
    return {
        "first picture, ms": first["page"],
        "of that the component, ms": first["component"],
        "expand all, ms": expand,
        "frame at fit view, p95 ms": frames["fit"],
        "frame while zooming, p95 ms": frames["zoom"],
        "frame while reading, p95 ms": frames["reading"],
        "find to result, ms": find,
        "selection shown, ms": select,
        "heap, MB": heap,
    }


def netron(page: Page, url: str, limit: int) -> str:
    """Netron draws everything at once; its page has the class `default` when the drawing is there."""
    start = time.monotonic()
    page.goto(url, wait_until="commit")
    return waited(page, lambda: page.locator("body.default").wait_for(timeout=1000 * limit), start, limit)


def model_explorer(page: Page, url: str, limit: int) -> str:
    """First picture: the closed blocks. Expanding all is left out: nothing in its page tells when that drawing is done."""
    start = time.monotonic()
    page.goto(url, wait_until="commit")
    first = waited(page, lambda: page.locator("canvas.main").wait_for(timeout=1000 * limit), start, limit)
    return f"first picture {first}; expand all is not measured, because its page does not tell when that is drawn"


def waited(page: Page, wait: Callable[[], None], start: float, limit: int) -> str:
    """How long something took, as text."""
    try:
        wait()
    except Error:
        return f"not within {limit} s"
    return f"{1000 * (time.monotonic() - start):.0f} ms"


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """The median of each row."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


if __name__ == "__main__":
    main()
