"""A report that opens in a browser without a server: one HTML file with its style and plots inside, and no script."""

from __future__ import annotations

import html
from typing import Any

from mrt_studio.errors import StudioError
from mrt_studio.metrics.base import metrics
from mrt_studio.session.exports.base import Exporter, exporters
from mrt_studio.session.exports.tables import bits, errors, runs, samples
from mrt_studio.session.report_parts import bars, curve, figures, paragraph, section, table
from mrt_studio.session.session import Session
from mrt_studio.session.views import pipeline, tensor_rows
from mrt_studio.version import __version__

MOST = 200
"""Rows of a table of samples."""
INT32 = 32
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --line: #d5dbe1; --soft: #5b6670; --accent: #1f5f8b; --paper: #ffffff; --text: #1b2026; }
@media (prefers-color-scheme: dark) { :root { --line: #39424c; --soft: #a3adb7; --accent: #6cb6e4; --paper: #171c21; --text: #e7ebef; } }
body { margin: 0 auto; max-width: 1080px; padding: 24px; font: 14px/1.5 system-ui, sans-serif; background: var(--paper); color: var(--text); }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 17px; margin: 32px 0 8px; } p { margin: 4px 0; color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 3px 16px 3px 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; vertical-align: top; }
th { font-weight: 600; color: var(--soft); white-space: nowrap; } td.number { white-space: nowrap; } .wide { overflow-x: auto; }
.figures { display: flex; flex-wrap: wrap; gap: 8px 32px; } .figures b { display: block; font-size: 20px; } .figures span { color: var(--soft); }
figure { margin: 8px 0; } figcaption { color: var(--soft); font-size: 12px; } svg { width: 100%; height: auto; }
svg rect, svg circle { fill: var(--accent); } svg path { fill: none; stroke: var(--accent); stroke-width: 1.5; }
svg line { stroke: var(--line); } svg text { fill: var(--soft); font-size: 11px; }
"""
TENSORS = {
    "name": "Tensor",
    "op": "Operator",
    "shape": "Shape",
    "threshold": "Threshold",
    "observed": "Observed",
    "edited": "By hand",
    "precision": "Bits",
    "scale": "Scale",
    "multiplier": "Multiplier",
    "shift": "Shift",
}
LEDGER = {"name": "Node", "op": "Operator", "input_bits": "Input", "weight_bits": "Weight", "accumulation_bits": "Sum", "bits": "Bits", "head_room": "Left"}
ERRORS = {"name": "Node", "op": "Operator", "alone": "Alone (dB)", "together": "Together (dB)", "effect": "At the output (dB)", "share": "Share"}
SAMPLES = {
    "sample": "Sample",
    "label": "Label",
    "float": "Float: first class, score",
    "integer": "Integer: first class, score",
    "sqnr": "SQNR (dB)",
    "agrees": "Same class",
}
RUNS = {"number": "Run", "parent": "From", "name": "Name", "when": "When", "figures": "Figures", "note": "Note"}


@exporters.register("report")
class Report(Exporter):
    """All figures, tables and plots in one HTML file that opens without a server."""

    title, group, suffix, media = "Report (HTML)", "Report", "html", "text/html"

    def write(self, session: Session) -> str:
        """The page."""
        name = str(session["load"].options()["model"] or "no model")
        parts = (_pipeline(session), _results(session), _precision(session), _errors(session), _tensors(session), _runs(session), _options(session))
        head = f"<meta charset='utf-8'><meta http-equiv='Content-Security-Policy' content=\"{POLICY}\"><title>{html.escape(name)}: MRT Studio</title>"
        body = f"<h1>{html.escape(name)}</h1>{paragraph(f'Quantized with MRT Studio {__version__}.')}{''.join(parts)}"
        look = f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style>"
        return f"<!doctype html>\n<html lang='en'><head>{head}{look}</head><body><main>{body}</main></body></html>\n"


def _pipeline(session: Session) -> str:
    rows = [{"stage": row["title"], "state": "done" if row["done"] else row["problem"] or "has not run", **_summary(row)} for row in pipeline(session)]
    return section("Stages", table(rows, {"stage": "Stage", "state": "State", "seconds": "Seconds", "found": "Found"}))


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    return {"seconds": row.get("seconds"), "found": {k: v for k, v in row.get("summary", {}).items() if v not in (None, [], {}, ())}}


def _results(session: Session) -> str:
    if not session.done("evaluate"):
        return ""
    found = {_titled(name): value for name, value in session.artifact("evaluate").figures.items()}
    rows = [{**row, **{way: row[way][0] for way in ("float", "integer") if row.get(way)}} for row in samples(session)]
    return section("Results", figures(found), table(rows, SAMPLES, MOST))


def _titled(name: str) -> str:
    """A metric's title with its unit."""
    if name not in metrics:
        return name
    title, unit = metrics[name].title, metrics[name].unit
    return f"{title} ({unit})" if unit else title


def _precision(session: Session) -> str:
    if not session.done("quantize"):
        return ""
    try:
        rows = bits(session)
    except StudioError as error:
        return section("Precision", paragraph(error.what))
    shown = [row for row in rows if row["op"] != "parameter"]
    plot = bars([(row["name"], float(row["bits"])) for row in shown], INT32, "Proven bits of every tensor, in order; the line is at 32.")
    return section("Precision", plot, table(shown, LEDGER))


def _errors(session: Session) -> str:
    found = errors(session) if session.done("quantize") else []
    rows = [{**row, "alone": row["isolated"].get("sqnr"), "together": row["cumulative"].get("sqnr")} for row in found]
    plot = curve([(row["name"], row["together"]) for row in rows], "Signal-to-noise ratio of every tensor in dB, in order: integers against float.")
    return section("Errors", plot, table(rows, ERRORS))


def _tensors(session: Session) -> str:
    return section("Tensors", table(tensor_rows(session), TENSORS)) if session.done("calibrate") else ""


def _runs(session: Session) -> str:
    return section("Runs", table(runs(session), RUNS))


def _options(session: Session) -> str:
    rows = [{"stage": stage, "option": name, "value": value} for stage, options in session.recipe().items() for name, value in options.items()]
    return section("Options", table(rows, {"stage": "Stage", "option": "Option", "value": "Value"}))
