"""`mrt-studio runs` and `mrt-studio history`: what was done in a project."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from mrt_studio.cli.shared import add_command, project_of
from mrt_studio.session.run_lines import comparison_lines, history_lines, run_lines


def add_commands(commands: Any) -> None:
    """Add them to the parser's."""
    what = "list what was evaluated in a project, compare two runs, reopen one, write them to a file"
    runs = add_command(commands, "runs", _runs, what, project="project folder")
    runs.add_argument("--compare", nargs=2, type=int, metavar=("A", "B"), help="say what differs between two runs")
    runs.add_argument("--reopen", type=int, metavar="N", help="set the project's options to those of a run")
    runs.add_argument("--export", type=Path, metavar="FILE", help="write all runs to a .json or .csv file")
    add_command(commands, "history", _history, "list every change of a project's options: who, when, what, from, to", project="project folder")


def _runs(arguments: argparse.Namespace) -> dict[str, Any] | list[dict[str, Any]]:
    """List runs, or do with them what the flags say."""
    session = project_of(arguments)
    lines = list[str]()
    if arguments.reopen is not None:
        session.runs.reopen(arguments.reopen)
        session.save()
        lines.append(f"The options are those of {session.runs[arguments.reopen].title} now.")
    if arguments.export is not None:
        lines.append(f"{session.runs.export(arguments.export)} runs written to {arguments.export}")
    compared = None
    if arguments.compare is not None:
        compared = session.runs.compare(*arguments.compare)
        lines += comparison_lines(compared, *(session.runs[number].title for number in arguments.compare))
    if not arguments.json:
        print("\n".join(lines or run_lines(session.runs.list())))
    return compared or [dataclasses.asdict(run) for run in session.runs.list()]


def _history(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Print the audit trail."""
    entries = project_of(arguments).history.entries
    if not arguments.json:
        print("\n".join(history_lines(entries)))
    return [dataclasses.asdict(entry) for entry in entries]
