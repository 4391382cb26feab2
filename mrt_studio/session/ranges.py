"""Exchange thresholds with MACE: its overall_range and its log."""

from __future__ import annotations

from pathlib import Path

from mrt_studio.errors import ArtifactError, FormatError, OptionError
from mrt_studio.files import save_bytes
from mrt_studio.recipes.mace_ranges import MARK, Ranges, read_log, read_overall_range, write_log, write_overall_range
from mrt_studio.session.session import Session

FORMS = ("overall_range", "log")


def export_ranges(session: Session, path: Path, form: str = "overall_range") -> int:
    """Write the ranges of the input and all operators; returns how many tensors.

    overall_range gets each tensor's minimum and maximum, limited to the threshold in force; a log gets those of each sample.

    Raises:
        ArtifactError: the model is not calibrated, or the file cannot be written.
        OptionError: there is no such form.
    """
    if form not in FORMS:
        raise OptionError(f"There is no form {form!r} of ranges.", remedy=f"The forms are {' and '.join(FORMS)}.")
    params = session.artifact("prepare").graph.params
    stats = {name: s for name, s in session.artifact("calibrate").stats.items() if name not in params}
    if form == "log":
        save_bytes(path, write_log(stats).encode())
        return len(stats)
    limits = {name: session.thresholds[name] for name in stats}
    ranges: Ranges = {name: (max(s.minimum, -limits[name]), min(s.maximum, limits[name])) for name, s in stats.items()}
    save_bytes(path, write_overall_range(ranges).encode())
    return len(ranges)


def import_ranges(session: Session, path: Path, *, percentile: float = 0, enhance: bool = False, ratio: float = 10) -> tuple[list[str], list[str]]:
    """Set thresholds from a file; returns the names set, and those not known.

    A threshold is the larger magnitude of the range.
    A log is told from overall_range by its lines; the other arguments are for logs.

    Raises:
        FormatError: the file holds no ranges.
        ArtifactError: the file cannot be read, or the model is not prepared.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ArtifactError("The file of ranges cannot be read.", where=str(path), why=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FormatError("The file is no text.", where=path.name, remedy="Give a log of MACE, or an overall_range file.") from None
    ranges = read_log(text, percentile=percentile, enhance=enhance, ratio=ratio) if MARK in text else read_overall_range(text)
    graph = session.artifact("prepare").graph
    known = [name for name in ranges if name in graph]
    session.thresholds.replace({**session.thresholds.edited, **{name: max(map(abs, ranges[name])) for name in known}})
    return known, [name for name in ranges if name not in graph]
