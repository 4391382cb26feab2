"""`mrt-studio project` and `mrt-studio certify`: look after a project folder, and certify a compiled one."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from mrt_studio.cli.shared import EXIT_FAILED, add_command
from mrt_studio.session.certificate import certify, check_certificate, read_certificate, write_certificate
from mrt_studio.session.project import clear_project, open_project, verify_project
from mrt_studio.session.project_archive import export_project, import_project
from mrt_studio.session.terminal import TerminalReport


def add_commands(commands: Any) -> None:
    """Add `project` with its tasks, and `certify`, to the parser's."""
    project = commands.add_parser("project", help="look after a project folder: verify, gc, export, import")
    actions = project.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, action, summary, words in (
        ("verify", _verify, "read every result and say which are damaged", ("project",)),
        ("gc", _gc, "remove the results that the present options do not lead to", ("project",)),
        ("export", _export, "write a project into one zip file", ("project", "file")),
        ("import", _import, "unpack and check such a file", ("file", "project")),
    ):
        task = add_command(actions, name, action, summary, description=summary)
        for word in words:
            task.add_argument(word, type=Path, help="project folder" if word == "project" else "zip file")
    missing = "project folder; what is missing up to compile is run"
    proof = add_command(commands, "certify", _certify, "write a certificate of a compiled project, or check one", project=missing)
    proof.add_argument("--out", type=Path, default=None, help="file to write (certificate.json in the project folder)")
    proof.add_argument("--check", type=Path, default=None, help="certificate to check: everything is made again, and the first difference is named")


def _verify(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Say which results are damaged; ends with code 1 when there are any."""
    found = verify_project(arguments.project)
    rows, bad = [dataclasses.asdict(f) for f in found], [f for f in found if f.problem]
    print(json.dumps(rows, indent=2) if arguments.json and bad else "\n".join(f"{f.artifact}: {f.problem}" for f in bad), end="\n" if bad else "")
    if bad:
        raise SystemExit(EXIT_FAILED)
    if not arguments.json:
        print(f"All {len(found)} results are whole.")
    return rows


def _gc(arguments: argparse.Namespace) -> dict[str, Any]:
    """Free space."""
    found = clear_project(arguments.project)
    if not arguments.json:
        print(f"{len(found.artifacts)} results removed, {found.bytes:,} bytes freed")
    return dataclasses.asdict(found)


def _export(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write an archive."""
    return _told(arguments, export_project(arguments.project, arguments.file), arguments.file)


def _import(arguments: argparse.Namespace) -> dict[str, Any]:
    """Read an archive."""
    return _told(arguments, import_project(arguments.file, arguments.project), arguments.project)


def _told(arguments: argparse.Namespace, count: int, path: Path) -> dict[str, Any]:
    if not arguments.json:
        print(f"{count} files written to {path}")
    return {"files": count, "path": str(path)}


def _certify(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write a certificate, or check one; ends with code 1 when something differs."""
    session, report = open_project(arguments.project), TerminalReport(sys.stderr)
    given = read_certificate(arguments.check) if arguments.check else None
    try:
        difference = check_certificate(session, given, report) if given else None
        made = {} if given else certify(session, report)
    finally:
        report.close()
    if difference is not None:
        found = dataclasses.asdict(difference)
        print(json.dumps(found, indent=2) if arguments.json else "\n".join(f"{name + ':':<10} {value}" for name, value in found.items()))
        raise SystemExit(EXIT_FAILED)
    out = arguments.check or arguments.out or arguments.project / "certificate.json"
    if made:
        write_certificate(out, made)
    if not arguments.json:
        print(f"Everything is as {out} certifies." if given else f"Certificate written to {out}")
    return {"certificate": str(out), "checked": bool(given)}
