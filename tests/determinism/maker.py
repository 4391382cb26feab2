"""Quantizes and compiles a small net from stored statistics: ``python maker.py PROJECT FOLDER``; prints the sums of all files as JSON.

The project holds a calibrated model. FOLDER is where the work is done.
"""

import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path

from mrt_studio.session.session import Session

STAGES = ("load", "prepare", "calibrate", "quantize", "compile")


def sums(session: Session, stages: tuple[str, ...] = STAGES) -> dict[str, str]:
    """The SHA-256 of every file of the stages' artifacts but their summaries, which hold the time."""
    found = {}
    for stage in stages:
        folder = session.folder(stage)
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / "summary.json"):
            found[f"{stage}/{path.relative_to(folder)}"] = sha256(path.read_bytes()).hexdigest()
    return found


def main() -> None:
    session = Session(shutil.copytree(sys.argv[1], Path(sys.argv[2]) / "project"))
    session.run("compile")
    print(json.dumps(sums(session)))


if __name__ == "__main__":
    main()
