"""Where a model can come from: demos that are installed, and files on this machine, which may have been uploaded."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.demos.base import demos
from mrt_studio.errors import OptionError
from mrt_studio.session.session import Session
from mrt_studio.stages.load import DEMO


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
