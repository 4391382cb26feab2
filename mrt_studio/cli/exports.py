"""`mrt-studio export` and `mrt-studio hints`: what a project is written as, and what to do next in it."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from mrt_studio.cli.shared import add_command, project_of
from mrt_studio.session.exports.base import exporters, save_export
from mrt_studio.session.hints.base import hints
from mrt_studio.session.reports import hint_lines


def add_commands(commands: Any) -> None:
    """Add them to the parser's."""
    export = add_command(commands, "export", _export, "write a project as a report, recipe, script, notebook or table", project="project folder")
    lines = ", ".join(f"{name} ({cls.title})" for name, cls in exporters.items())
    export.add_argument("--format", required=True, choices=tuple(exporters), metavar="NAME", help=f"one of: {lines}")
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="the file to write")
    add_command(commands, "hints", _hints, "say what to do next in a project, and the gain that is expected", project="project folder")


def _export(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write a project in one format."""
    size = save_export(project_of(arguments), arguments.format, arguments.out)
    if not arguments.json:
        print(f"{size} bytes written to {arguments.out}")
    return {"file": str(arguments.out), "bytes": size}


def _hints(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Print what to do next."""
    found = hints(project_of(arguments))
    if not arguments.json:
        print("\n".join(hint_lines(found)))
    return [dataclasses.asdict(hint) for hint in found]
