"""What came out, as plain data: float against integer results, and the compiled artifact's files."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from mrt_studio.metrics.bootstrap import bootstrap
from mrt_studio.session.session import Session
from mrt_studio.stages.compile import FOLDER, artifact_files

Data = dict[str, Any]


def results(session: Session) -> Data:
    """Figures over all samples, and one row a sample; the worst come first.

    Samples whose first class changed are the worst, first of all those of which the float model was most certain; the others
    follow by the SQNR of their outputs.

    Returns:
        figures, verified: as in `Evaluation`. rows: sample, position in the data set, label, sqnr, agrees (None if the outputs
        are no classes), float and integer (up to five [class, score], best first), and margins of both, the difference of the
        two best scores. agreement: mean, low and high in percent with 95 % confidence. changes: from, to, count of changed
        first classes, most first. truth: how many first classes are right in both, float, integer or neither; empty without
        labels.

    Raises:
        ArtifactError: the evaluation has not run.
    """
    found = session.artifact("evaluate")
    start = session["evaluate"].options()["start"]
    rows = [_row(row, start + i) for i, row in enumerate(found.rows)]
    classed = [row for row in rows if row["agrees"] is not None]
    return {
        "figures": dict(found.figures),
        "verified": found.verified,
        "rows": sorted(rows, key=_badness),
        "agreement": _interval([row["agrees"] for row in classed]),
        "changes": _changes(classed),
        "truth": _truth([row for row in classed if row["label"] is not None]),
    }


def artifact(session: Session) -> Data:
    """The folder of the compiled model, its files with sizes and SHA-256, and its summary.

    Raises:
        ArtifactError: the model is not compiled.
    """
    folder = session.folder("compile") / FOLDER
    return {"folder": str(folder), "files": artifact_files(folder), **session.summary("compile")}


def write_zip(session: Session, target: Path) -> None:
    """Pack the compiled model's files into a ZIP file, the same bytes for the same files.

    Raises:
        ArtifactError: the model is not compiled.
    """
    session.summary("compile")
    folder = session.folder("compile") / FOLDER
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for entry in artifact_files(folder):
            info = zipfile.ZipInfo(f"{FOLDER}/{entry['name']}")
            archive.writestr(info, (folder / entry["name"]).read_bytes())


def _row(row: Any, position: int) -> Data:
    expected, found = row.get("float"), row.get("integer")
    plain: Data = {"sample": row["sample"], "position": position, "label": row["label"], "sqnr": row["sqnr"], "agrees": None}
    if expected and found:
        plain["agrees"] = expected[0][0] == found[0][0]
        plain |= {"float": expected, "integer": found, "float_margin": _margin(expected), "integer_margin": _margin(found)}
    return plain


def _margin(classes: list[list[float]]) -> float | None:
    return classes[0][1] - classes[1][1] if len(classes) > 1 else None


def _badness(row: Data) -> tuple[bool, float]:
    if row["agrees"] is False:
        return False, -(row["float_margin"] or 0.0)
    return True, float("inf") if row["sqnr"] is None else row["sqnr"]


def _interval(agrees: list[bool]) -> Data:
    """The share that agrees; empty if there are no classes."""
    if not agrees:
        return {}
    found = bootstrap(np.asarray(agrees, np.float64))
    return {"mean": 100 * found.mean, "low": 100 * found.low, "high": 100 * found.high}


def _changes(rows: list[Data]) -> list[Data]:
    counted = Counter((row["float"][0][0], row["integer"][0][0]) for row in rows if not row["agrees"])
    return [{"from": a, "to": b, "count": count} for (a, b), count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def _truth(rows: list[Data]) -> Data:
    if not rows:
        return {}
    right = Counter((row["float"][0][0] == row["label"], row["integer"][0][0] == row["label"]) for row in rows)
    return {"both": right[True, True], "float": right[True, False], "integer": right[False, True], "neither": right[False, False]}
