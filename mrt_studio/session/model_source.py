"""Where a model can come from: demos that are installed, files on this machine, uploaded files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mrt_studio.demos.base import demos
from mrt_studio.errors import OptionError
from mrt_studio.files import atomic_write_bytes
from mrt_studio.session.session import Session
from mrt_studio.stages.load import DEMO

_UPLOADS = "uploads"
_SUFFIXES = (".json", ".params")


@dataclass(frozen=True)
class DemoEntry:
    """A demo as a list shows it; `model` is what `open_model` takes."""

    model: str
    title: str
    summary: str
    requirement: str
    available: bool


def demo_list() -> list[DemoEntry]:
    """All demos, the installed ones first."""
    entries = [DemoEntry(DEMO + name, cls.title, cls.summary, cls.requirement, cls.available()) for name, cls in demos.items()]
    return sorted(entries, key=lambda entry: not entry.available)


def open_model(session: Session, model: str, params: str = "") -> None:
    """Take another model into the session; thresholds set by hand belonged to the old one.

    Raises:
        OptionError: there is no such model; nothing has changed then.
    """
    before = session.recipe()
    session.open(model, params)
    try:
        session.key("load")
    except OptionError:
        session.replace(before)
        raise
    session.configure("quantize", thresholds={})


def save_upload(session: Session, name: str, data: bytes) -> Path:
    """Keep an uploaded file in the project folder; returns where.

    Raises:
        OptionError: the name is not that of a symbol or parameter file.
    """
    plain = Path(name.replace("\\", "/")).name
    if plain.startswith(".") or not plain.isprintable() or Path(plain).suffix not in _SUFFIXES or len(plain) > 200:
        raise OptionError(f"A file called {plain[:80]!r} cannot be uploaded.", remedy="Choose a symbol file (.json) and a parameter file (.params).")
    folder = session.store.folder / _UPLOADS
    folder.mkdir(exist_ok=True)
    atomic_write_bytes(folder / plain, data)
    return (folder / plain).resolve()
