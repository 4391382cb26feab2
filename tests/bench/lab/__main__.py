"""Measure the time from a move of the pointer to the redrawn lab, in headless Chromium without a GPU."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from mrt_studio.session.lab import lab_of
from mrt_studio.session.session import Session
from mrt_studio.ui.widgets.base import bundle
from tests.models.tiny import tiny_model, tiny_recipe

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
LIMIT_MS = 50
CHANNELS, CONSUMERS = 1280, 8


def main() -> None:
    """Print the median and the 95th percentile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    asked = {"code": bundle("threshold_lab").read_text(encoding="utf-8"), "lab": large_lab(), "moves": options.moves}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 500})
        times = page.evaluate((Path(__file__).parent / "page.js").read_text(encoding="utf-8"), asked)
        browser.close()
    print(f"drag to redraw, ms: median {times[len(times) // 2]:.1f}, p95 {times[int(0.95 * len(times))]:.1f} (limit {LIMIT_MS}), {len(times)} moves")


def large_lab() -> dict[str, Any]:
    """A tensor with full bins, as many channels as MobileNetV2's widest, and many consumers."""
    with tempfile.TemporaryDirectory() as name:
        session = Session(Path(name) / "project", tiny_recipe(tiny_model(Path(name))))
        session.run("calibrate")
        lab = lab_of(session, "relu0")
    full = [1 + (i * 7919) % 1000 for i in range(1024)]
    bins = {"width": lab["absmax"] / 1024, "top": lab["absmax"], "counts": full}
    channels = {"low": [0.0] * CHANNELS, "high": [lab["absmax"] * (i + 1) / CHANNELS for i in range(CHANNELS)], "count": CHANNELS}
    return lab | {"magnitudes": bins, "channels": channels, "requests": lab["requests"] * (CONSUMERS // len(lab["requests"]))}


if __name__ == "__main__":
    main()
