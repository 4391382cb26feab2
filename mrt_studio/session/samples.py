"""Which samples the errors are measured on: the first of the evaluation, or those that a person chose.

The choice is kept in the project folder beside the recipe, because the worker that measures has to know it. It counts for
one data set: with another, the first samples are taken again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mrt_studio.datasets.base import Batch, Dataset, batches, datasets
from mrt_studio.errors import OptionError
from mrt_studio.files import save_bytes
from mrt_studio.session.session import Session

USUAL = 4
"""So many samples are taken if none are chosen."""
MOST = 16
"""So many can be chosen: every tensor of every one of them is held in memory at once."""
_FILE = "samples.json"
_RANGE = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")


def chosen(session: Session) -> tuple[int, ...]:
    """Positions in the evaluation's data set of the samples to measure on, ascending."""
    start = session["evaluate"].options()["start"]
    kept = _kept(_path(session))
    if kept.get("dataset") != data_text(session):
        return tuple(range(start, start + USUAL))
    return tuple(kept["samples"])


def choose(session: Session, positions: Sequence[int] | None) -> None:
    """Measure on other samples from now on; None goes back to the first ones.

    Raises:
        OptionError: there are none, too many, or some that the data set does not have.
        DataError: the data set cannot be used.
        ArtifactError: the project folder cannot be written.
    """
    wanted, length = sorted(set(positions or ())), len(open_data(session))
    if positions is not None and not 0 < len(wanted) <= MOST:
        raise OptionError(f"{len(wanted)} samples are chosen.", remedy=f"Choose 1 to {MOST}; every tensor of each is held in memory.")
    if wanted and not 0 <= wanted[0] <= wanted[-1] < length:
        raise OptionError(f"The data set has no sample {wanted[-1] if wanted[-1] >= length else wanted[0]}.", remedy=f"Its samples are 0 to {length - 1}.")
    kept = {"dataset": data_text(session), "samples": wanted} if wanted else {}
    session.store.own()
    save_bytes(_path(session), json.dumps(kept).encode())


def read_positions(text: str) -> tuple[int, ...]:
    """Positions out of text such as ``0-3, 7``.

    Raises:
        OptionError: it is no list of numbers and ranges, or a range is far too long.
    """
    found: list[int] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last < first + 10 * MOST:
            raise OptionError(f"{part!r} is no sample.", why=f"At most {MOST} can be chosen.", remedy="Write numbers and ranges, such as 0-3, 7.")
        found += range(first, last + 1)
    return tuple(found)


def write_positions(positions: Sequence[int]) -> str:
    """The text of positions, runs as ranges: what `read_positions` reads."""
    runs: list[list[int]] = []
    for position in sorted(set(positions)):
        if runs and position == runs[-1][-1] + 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def chosen_batch(session: Session, count: int | None = None) -> Batch:
    """The samples to measure on, or the first `count` of the evaluation.

    Raises:
        DataError: the data set does not have them.
    """
    source = open_data(session)
    if count is not None:
        return next(iter(batches(source, count, 1, session["evaluate"].options()["start"])))
    found = [source.batch(position, position + 1) for position in chosen(session)]
    return Batch(np.concatenate([b.data for b in found]), None, tuple(name for b in found for name in b.names))


def open_data(session: Session) -> Dataset:
    """The data set of the evaluation.

    Raises:
        OptionError: its text is not usable; DataError: its files are not.
    """
    return datasets.create(data_text(session))


def data_text(session: Session) -> str:
    """What the data set of the evaluation is called."""
    return session["evaluate"].options()["dataset"] or session["calibrate"].options()["dataset"]


def _path(session: Session) -> Path:
    return session.store.folder / _FILE


def _kept(path: Path) -> dict[str, Any]:
    """What the file says; nothing if it is missing or is none of ours."""
    try:
        found: Any = json.loads(path.read_text()) if path.exists() else {}
    except (OSError, ValueError):
        return {}
    match found:
        case {"dataset": str(), "samples": [*numbers]} if numbers and all(type(n) is int and n >= 0 for n in numbers) and len(numbers) <= MOST:
            return found
        case _:
            return {}
