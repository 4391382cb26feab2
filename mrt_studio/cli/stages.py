"""The commands that run the pipeline: one for each stage, and `run` for a recipe."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mrt_studio.cli.cluster import add_cluster_flags, cluster_of
from mrt_studio.cli.shared import ACTOR, Action, add_command
from mrt_studio.recipes.base import read_recipe
from mrt_studio.session.recipe_run import plan_recipe
from mrt_studio.session.session import Session
from mrt_studio.session.terminal import TerminalReport, table
from mrt_studio.stages.base import ORDER, stages
from mrt_studio.stages.options import options_of, parse_option


def add_commands(commands: Any) -> None:
    """Add them to the parser's."""
    named = "named like the recipe, ending with .mrt"
    run = _add(commands, "run", _run, "run a recipe from end to end", "Run a recipe: TOML, or MRT's YAML or ini files.", (None, named))
    run.add_argument("recipe", type=Path, help="recipe file; --section.key value after it overrides a line")
    for name in ORDER:
        summary = (stages[name].__doc__ or "").splitlines()[0]
        about = f"{summary} Runs what is missing before it; options are kept in the project folder."
        stage = _add(commands, name, _stage, summary, about, (".", "the current one"))
        for option, declared in options_of(stages[name]).items():
            flag, words = f"--{option.replace('_', '-')}", declared.help.replace("%", "%%")
            stage.add_argument(flag, dest=f"option_{option}", metavar=declared.kind.upper(), default=None, help=words)


def _add(commands: Any, name: str, action: Action, summary: str, about: str, project: tuple[str | None, str]) -> argparse.ArgumentParser:
    command = add_command(commands, name, action, summary, description=about)
    command.add_argument("--project", type=Path, default=project[0], help=f"project folder ({project[1]})")
    command.add_argument("--force", action="store_true", help="run again although the result is there")
    add_cluster_flags(command)
    return command


def _stage(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run up to one stage with the flags on top of the project's options."""
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


def _run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run a recipe."""
    read = read_recipe(arguments.recipe, arguments.rest)
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
