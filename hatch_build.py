"""Build the front-end bundles with npm when the package is built or installed from a source tree.

A source distribution carries the bundles: a wheel made from one needs no Node.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NO_NODE = (
    "The front-end bundles {missing} are missing, and npm was not found to build them.\n"
    "Install Node.js 20 or newer (it brings npm) and try again, or install a released wheel."
)
STALE = "The front-end bundles are older than their sources, and npm was not found to build them again: the old ones are used."


class BundleHook(BuildHookInterface[Any]):
    """Runs before a wheel, an editable install or a source distribution is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the bundles up to date, or stop with what to do."""
        root = Path(self.root)
        widgets, static = root / "widgets", root / "mrt_studio" / "ui" / "widgets" / "static"
        bundles = [static / f"{entry.stem}.js" for entry in sorted((widgets / "src").glob("*.ts"))]
        missing = [bundle.name for bundle in bundles if not bundle.is_file()]
        from_sdist = (root / "PKG-INFO").is_file()
        if not missing and (from_sdist or not _is_stale(widgets, bundles)):
            return
        npm = shutil.which("npm")
        if npm:
            self.app.display_info("Building the front-end bundles with npm")
            _run(npm, "install", "--no-package-lock", "--ignore-scripts", cwd=widgets)
            _run(npm, "run", "build", cwd=widgets)
        elif missing:
            self.app.abort(NO_NODE.format(missing=", ".join(missing)))
        else:
            self.app.display_warning(STALE)


def _is_stale(widgets: Path, bundles: list[Path]) -> bool:
    oldest = min((bundle.stat().st_mtime for bundle in bundles), default=0.0)
    return any(source.stat().st_mtime > oldest for source in _sources(widgets))


def _sources(widgets: Path) -> Iterator[Path]:
    yield from (widgets / "src").rglob("*.ts")
    yield from (path for path in (widgets / "package.json", widgets / "build.mjs") if path.is_file())


def _run(npm: str, *arguments: str, cwd: Path) -> None:
    subprocess.run([npm, *arguments], cwd=cwd, check=True)  # noqa: S603  npm's own path, fixed arguments
