"""What came out, as plain data: float against integer results, and the compiled artifact's files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from mrt_studio.session.session import Session
from mrt_studio.stages.compile import FOLDER, artifact_files

Data = dict[str, Any]


def results(session: Session) -> Data:
    """Figures over all samples, and one row a sample; samples whose first class changed come first.

    Raises:
        ArtifactError: the evaluation has not run.
    """
    found = session.artifact("evaluate")
    rows = [_row(row) for row in found.rows]
    return {"figures": dict(found.figures), "verified": found.verified, "rows": sorted(rows, key=lambda row: row["agrees"] is not False)}


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


def _row(row: Any) -> Data:
    expected, found = row.get("float"), row.get("integer")
    plain: Data = {"sample": row["sample"], "label": row["label"], "sqnr": row["sqnr"], "agrees": None}
    if expected and found:
        plain["agrees"] = expected[0][0] == found[0][0]
        plain |= {"float": [expected[0], *expected[1:2]], "integer": [found[0], *found[1:2]]}
    return plain
