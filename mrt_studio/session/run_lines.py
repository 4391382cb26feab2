"""Runs and the history as lines of text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mrt_studio.session.audit import Entry
from mrt_studio.session.differences import Change
from mrt_studio.session.options import as_text
from mrt_studio.session.runs import Run, tree

_COLUMNS = {"agreement": "agree", "sqnr": "SQNR dB", "gas": "gas", "bits": "bits", "storage": "storage", "seconds": "seconds"}
_SHOWN = 5
"""Changes of one entry that are listed."""


def run_lines(runs: Iterable[Run]) -> list[str]:
    """One line a run, as a tree, with its main figures."""
    head = f"{'run':<24}" + "".join(f"{title:>14}" for title in _COLUMNS.values()) + "  name"
    return [head, *(_run_line(run, depth) for run, depth in tree(runs))]


def _run_line(run: Run, depth: int) -> str:
    figures = "".join(f"{_number(run.figures.get(name)):>14}" for name in _COLUMNS)
    return f"{'  ' * depth + str(run.number):<24}{figures}  {run.name}".rstrip()


def comparison_lines(found: dict[str, Any], a: str, b: str) -> list[str]:
    """The options and thresholds that differ, and the figures of both."""
    rows = [(f"{row['option']} {row['name']}".strip(), _value(row["a"]), _value(row["b"])) for row in found["options"]]
    rows += [(f"threshold {row['name']}", _number(row["a"]), _number(row["b"])) for row in found["thresholds"]]
    rows += [(row["name"], _number(row["a"]), _number(row["b"])) for row in found["figures"] if row["a"] is not None or row["b"] is not None]
    return [f"{name:<44} {one:>24} {other:>24}" for name, one, other in [("", a, b), *rows]]


def history_lines(entries: Iterable[Entry]) -> list[str]:
    """The entries, oldest first, each with its first changes."""
    lines = list[str]()
    for entry in entries:
        lines.append(f"{entry.number:>5}  {entry.when}  {entry.who}: {entry.kind}{f' ({entry.note})' if entry.note else ''}")
        lines += [f"       {_change(change)}" for change in entry.changes[:_SHOWN]]
        lines += [f"       … and {len(entry.changes) - _SHOWN} more"] if len(entry.changes) > _SHOWN else []
    return lines


def _change(change: Change) -> str:
    return f"{change.path}{f' {change.name}' if change.name else ''}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Any) -> str:
    return as_text(value) or "not set"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.5g}"
