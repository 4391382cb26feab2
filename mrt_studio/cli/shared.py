"""What the commands share: exit codes, who they act as, and the words that most of them take."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mrt_studio.session.project import open_project
from mrt_studio.session.session import Session

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130
ACTOR = "command line"

Action = Callable[[argparse.Namespace], Any]
"""What a command does; what it returns is printed as JSON with ``--json``."""


def add_command(commands: Any, name: str, action: Action, summary: str, *, project: str = "", **more: Any) -> argparse.ArgumentParser:
    """Add a command with `--json`, and with a project folder where `project` says which."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, **more)
    if project:
        command.add_argument("project", type=Path, help=project)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(action=action)
    return command


def project_of(arguments: argparse.Namespace) -> Session:
    """The session of a project folder that must be there."""
    session = open_project(arguments.project)
    session.history.actor = ACTOR
    return session
