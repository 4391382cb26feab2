"""Commands of `mrt-studio` that work on a project folder that is there: what it is written as, and what to do next."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mrt_studio.session.exports.base import exporters, save_export
from mrt_studio.session.hints.base import hints
from mrt_studio.session.project import open_project
from mrt_studio.session.reports import hint_lines
from mrt_studio.session.session import Session

ACTOR = "command line"


def add_export_commands(commands: Any) -> None:
    """Add the commands to the parser's."""
    export = commands.add_parser("export", help="write a project as a report, recipe, script, notebook or table")
    lines = ", ".join(f"{name} ({cls.title})" for name, cls in exporters.items())
    export.add_argument("--format", required=True, choices=tuple(exporters), metavar="NAME", help=f"one of: {lines}")
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="the file to write")
    export.set_defaults(action=_export)
    hint = commands.add_parser("hints", help="say what to do next in a project, and the gain that is expected")
    hint.set_defaults(action=_hints)
    for command in (export, hint):
        command.add_argument("project", type=Path, help="project folder")
        command.add_argument("--json", action="store_true", help="print JSON")


def project_of(arguments: argparse.Namespace) -> Session:
    """The session of a project folder that must be there."""
    session = open_project(arguments.project)
    session.history.actor = ACTOR
    return session


def _export(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any]:
    """Write a project in one format."""
    del rest
    size = save_export(project_of(arguments), arguments.format, arguments.out)
    if not arguments.json:
        print(f"{size} bytes written to {arguments.out}")
    return {"file": str(arguments.out), "bytes": size}


def _hints(arguments: argparse.Namespace, rest: Sequence[str]) -> list[dict[str, Any]]:
    """Print what to do next."""
    del rest
    found = hints(project_of(arguments))
    if not arguments.json:
        print("\n".join(hint_lines(found)))
    return [dataclasses.asdict(hint) for hint in found]
