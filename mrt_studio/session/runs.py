"""The runs of a project: every recipe that was evaluated, in a tree, with its figures.

run = session.runs.list()[-1]
session.runs.compare(1, run.number)
session.runs.cherry_pick(1, ["conv0"])
session.runs.reopen(1)
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.ops.base import make
from mrt_studio.errors import OptionError, StudioError
from mrt_studio.files import save_bytes
from mrt_studio.ir.graph import Graph, with_input_shapes
from mrt_studio.recipes.base import Recipe
from mrt_studio.session.differences import Change, differences, plain
from mrt_studio.session.history import now
from mrt_studio.session.run_files import NAME_LENGTH, NOTE_LENGTH, Run, RunFiles, checked_text

if TYPE_CHECKING:
    from mrt_studio.session.session import Session

FOLDER = "runs"
STAGES = ("load", "prepare", "calibrate", "quantize", "evaluate")
"""What a run consists of; compiling changes none of its figures."""

Data = dict[str, Any]


class Runs:
    """The runs of a session's project folder."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._files = RunFiles(session.store.folder / FOLDER)

    def list(self) -> list[Run]:
        """All runs by number.

        Raises:
            ArtifactError: a file cannot be read.
        """
        return self._files.read()

    def __getitem__(self, number: int) -> Run:
        """One run; raises OptionError when there is none of that number."""
        runs = self.list()
        found = next((run for run in runs if run.number == number), None)
        if found is None:
            known = ", ".join(str(run.number) for run in runs[-8:]) or "none yet"
            raise OptionError(f"There is no run {number}.", remedy=f"The latest runs: {known}.")
        return found

    def record(self) -> Run:
        """Keep the evaluation that is there for the current options; one that is kept already gets its figures renewed.

        Raises:
            ArtifactError: the session is not evaluated, or the run cannot be written.
        """
        session = self._session
        session.store.own()
        figures = _figures(session)
        keys = {stage: session.key(stage) for stage in STAGES}
        same = next((run for run in self.list() if run.keys.get("evaluate") == keys["evaluate"]), None)
        if same is not None:
            renewed = replace(same, figures=figures)
            self._files.write(renewed)
            return renewed
        recipe, thresholds = plain(session.recipe()), dict(session.artifact("quantize").thresholds)
        return self._files.add(Run(0, self._origin(), "", "", now(), recipe, keys, figures, thresholds))

    def current(self) -> Run | None:
        """The run of the current options, if they were evaluated."""
        return _of(self.list(), plain(self._session.recipe()))

    def name(self, number: int, name: str) -> None:
        """Name a run; raises OptionError when the name is too long."""
        self._session.store.own()
        self._files.write(replace(self[number], name=checked_text(name, NAME_LENGTH)))

    def note(self, number: int, note: str) -> None:
        """Write a note to a run; raises OptionError when it is too long."""
        self._session.store.own()
        self._files.write(replace(self[number], note=checked_text(note, NOTE_LENGTH)))

    def delete(self, number: int) -> None:
        """Forget a run; those made from it count as made from its own origin. Artifacts stay."""
        gone = self[number]
        self._session.store.own()
        for run in self.list():
            if run.parent == number:
                self._files.write(replace(run, parent=gone.parent))
        self._files.remove(number)

    def reopen(self, number: int) -> None:
        """Set all options to those of a run; that is a change, which can be undone.

        Raises:
            OptionError: there is no such run, or its options are not allowed any more.
        """
        run = self[number]
        with self._session.history.change(f"reopened {run.title}"):
            self._session.replace(run.recipe)

    def changes(self, run: Run) -> tuple[Change, ...]:
        """What differs from the run that it was made from; nothing for a first run."""
        parent = next((other for other in self.list() if other.number == run.parent), None)
        return () if parent is None else differences(parent.recipe, run.recipe, STAGES)

    def compare(self, a: int, b: int) -> Data:
        """Two runs side by side.

        Returns:
            {"options", "thresholds", "figures"}: rows with `a` and `b`. Options have `option` and `name` (in a table), and are
            those that differ; thresholds have `name`, and are those in force that differ; figures have `name`, and are all.
        """
        one, other = self[a], self[b]
        changed = [c for c in differences(one.recipe, other.recipe, STAGES) if c.path != "quantize.thresholds"]
        mine, theirs = one.thresholds, other.thresholds
        return {
            "options": [{"option": c.path, "name": c.name, "a": c.before, "b": c.after} for c in changed],
            "thresholds": [{"name": n, "a": mine.get(n), "b": theirs.get(n)} for n in dict.fromkeys((*mine, *theirs)) if mine.get(n) != theirs.get(n)],
            "figures": [{"name": n, "a": one.figures.get(n), "b": other.figures.get(n)} for n in dict.fromkeys((*one.figures, *other.figures))],
        }

    def cherry_pick(self, number: int, tensors: Iterable[str]) -> None:
        """Set the thresholds of these tensors by hand to those of a run.

        Raises:
            OptionError: the run has no threshold for one of them.
        """
        run, names = self[number], list(tensors)
        if unknown := [name for name in names if name not in run.thresholds]:
            raise OptionError(f"{run.title} has no threshold of {unknown[0]!r}.", remedy="Choose tensors that both models have.")
        with self._session.history.change(f"thresholds of {run.title}"):
            thresholds = self._session.thresholds
            thresholds.replace({**thresholds.edited, **{name: run.thresholds[name] for name in names}})

    def export(self, path: Path) -> int:
        """Write all runs to a file, JSON with everything or CSV with the figures, by its suffix; returns how many.

        Raises:
            OptionError: the suffix is another.
            ArtifactError: the file cannot be written.
        """
        runs = self.list()
        if path.suffix.lower() not in (".json", ".csv"):
            raise OptionError(f"Runs cannot be written to {path.name!r}.", remedy="Give a name that ends with .json or .csv.")
        text = as_csv(runs) if path.suffix.lower() == ".csv" else as_json(runs)
        save_bytes(path, text.encode())
        return len(runs)

    def _origin(self) -> int | None:
        """The run that the current options were made from: that of the last state on the way here, or else the newest."""
        runs = self.list()
        for state in reversed(self._session.history.states):
            if (run := _of(runs, state)) is not None:
                return run.number
        return runs[-1].number if runs else None


def tree(runs: Iterable[Run]) -> list[tuple[Run, int]]:
    """Each run with how deep it is in the tree, a run directly before those that were made from it."""
    runs = list(runs)
    known = {run.number for run in runs}
    children: dict[int | None, list[Run]] = {}
    for run in runs:
        is_root = run.parent is None or run.parent not in known or run.parent >= run.number
        children.setdefault(None if is_root else run.parent, []).append(run)
    found, waiting = list[tuple[Run, int]](), [(run, 0) for run in reversed(children.get(None, []))]
    while waiting:
        run, depth = waiting.pop()
        found.append((run, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(run.number, []))]
    return found


def as_json(runs: Iterable[Run]) -> str:
    """The runs as JSON, with everything that is kept of them."""
    return json.dumps([asdict(run) for run in runs], indent=1) + "\n"


def as_csv(runs: Iterable[Run]) -> str:
    """The runs as CSV, one line each: number, origin, name, time, figures and note."""
    runs = list(runs)
    figures = list(dict.fromkeys(name for run in runs for name in run.figures))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["run", "parent", "name", "when", *figures, "note"])
    writer.writerows([r.number, r.parent, r.name, r.when, *(r.figures.get(name) for name in figures), r.note] for r in runs)
    return text.getvalue()


def _of(runs: Iterable[Run], recipe: Recipe) -> Run | None:
    """The newest run of a recipe."""
    return next((run for run in sorted(runs, key=lambda r: -r.number) if not differences(run.recipe, recipe, STAGES)), None)


def _figures(session: Session) -> dict[str, float | None]:
    graph: Graph = session.artifact("quantize").lowered.graph
    return {
        **session.artifact("evaluate").figures,
        "gas": _gas(graph, session["compile"].options()["batch"]),
        "bits": session.summary("quantize")["summary"]["widest"]["bits"],
        "storage": sum(int(array.nbytes) for array in graph.params.values()),
        "seconds": round(sum(session.summary(stage)["seconds"] for stage in STAGES), 3),
    }


def _gas(graph: Graph, batch: int) -> int | None:
    """What the chain charges; None for a graph that it would refuse."""
    source = graph.inputs[0]
    try:
        return gas(with_input_shapes(graph, make, {source.name: (batch, *source.shapes[0][1:])})).total
    except StudioError:
        return None
