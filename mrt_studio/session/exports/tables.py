"""Every table of a session as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar

from mrt_studio.cvm.ledger import ledger
from mrt_studio.session.analysis import stored_errors
from mrt_studio.session.exports.base import Exporter, exporters
from mrt_studio.session.outcome import results
from mrt_studio.session.session import Session
from mrt_studio.session.views import tensor_rows

Row = dict[str, Any]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these would be computed by a spreadsheet."""


def tensors(session: Session) -> list[Row]:
    """Thresholds, scales and precisions of the prepared model's tensors."""
    return tensor_rows(session)


def bits(session: Session) -> list[Row]:
    """The precision ledger: bits of every tensor of the integer graph, and why."""
    return [asdict(entry) for entry in ledger(session.artifact("quantize").lowered.graph).values()]


def errors(session: Session) -> list[Row]:
    """The error of every node, alone and together."""
    return [asdict(row) for row in stored_errors(session) or ()]


def samples(session: Session) -> list[Row]:
    """Float and integer results of every sample of the evaluation."""
    return results(session)["rows"]


def runs(session: Session) -> list[Row]:
    """Every evaluated set of options with its figures."""
    return [asdict(run) for run in session.runs.list()]


TABLES: dict[str, tuple[str, Callable[[Session], list[Row]], str]] = {
    "tensors": ("Tensors", tensors, "calibrate"),
    "ledger": ("Precision ledger", bits, "quantize"),
    "errors": ("Errors", errors, "quantize"),
    "results": ("Results", samples, "evaluate"),
    "runs": ("Runs", runs, ""),
}
"""Name -> title, rows, and the stage that must have run."""


class Table(Exporter):
    """One table in one form."""

    rows: ClassVar[Callable[[Session], list[Row]]]
    form: ClassVar[Callable[[list[Row]], str]]
    group = "Table"

    def write(self, session: Session) -> str:
        """The table."""
        return type(self).form(type(self).rows(session))

    def missing(self, session: Session) -> str:
        """Why there is no table."""
        found = super().missing(session)
        return found or ("" if self.needs != "quantize" or type(self).rows(session) else "Measure the errors first.")


def as_csv(rows: list[Row]) -> str:
    """Rows as CSV: nested tables have a column each, lists are JSON."""
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def as_json(rows: list[Row]) -> str:
    """Rows as a JSON list; numbers that JSON lacks become null."""
    return json.dumps(_finite(rows), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _flat(row: Row) -> Row:
    found: Row = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= {f"{name}.{key}": _cell(inner) for key, inner in value.items()}
        else:
            found[name] = _cell(value)
    return {_cell(name): value for name, value in found.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        return json.dumps(_finite(value), ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _enter(name: str, title: str, rows: Callable[[Session], list[Row]], needs: str) -> None:
    for suffix, media, form in (("csv", "text/csv", as_csv), ("json", "application/json", as_json)):
        parts = {"title": f"{title} ({suffix.upper()})", "suffix": suffix, "media": media, "needs": needs}
        cls = type(f"{name}_{suffix}", (Table,), {**parts, "__doc__": rows.__doc__, "rows": staticmethod(rows), "form": staticmethod(form)})
        exporters.register(f"{name}_{suffix}")(cls)


for _name, (_title, _rows, _needs) in TABLES.items():
    _enter(_name, _title, _rows, _needs)
