"""The steps of a session as code, in pieces with a few words each: what the exported script and notebook are made of."""

from __future__ import annotations

import pprint
from collections.abc import Iterator, Mapping

from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER
from mrt_studio.version import __version__

CHECKED = ("prepare", "calibrate", "quantize", "compile")
"""Stages whose files depend on nothing but the recipe; loading only copies, and evaluation measures."""
RUN = """\
session = Session({folder}, RECIPE)
for stage in STAGES:
    session.run(stage)
"""
CHECK = """\
for stage, files in FILES.items():
    if session.store.files(stage, session.key(stage)) != files:
        raise RuntimeError(f"The files of {stage} are not those that were exported.")
print(f"{len(FILES)} artifacts are as they were exported.")
"""


def cells(session: Session, folder: str = "None") -> Iterator[tuple[str, str]]:
    """Words and code of each step; `folder` is the code of the project folder."""
    done = [stage for stage in ORDER if session.done(stage)] or ["quantize"]
    files = {stage: session.store.files(stage, session.key(stage)) for stage in CHECKED if session.done(stage)}
    words = f"Made by MRT Studio {__version__}. It makes the artifacts of a session again, and compares their files\n"
    yield words + "with those that were exported. Paths are as they were there.", "from mrt_studio import Session\n"
    yield "All options.", f"RECIPE = {_literal(session.recipe())}\n"
    yield "The stages that were run, and the SHA-256 of the files that they made.", f"STAGES = {done!r}\nFILES = {_literal(files)}\n"
    yield "Run.", RUN.format(folder=folder)
    yield "Check.", CHECK


def _literal(value: Mapping[str, object]) -> str:
    """A Python literal: `repr` quotes whatever a name holds."""
    return pprint.pformat(value, width=140, sort_dicts=False)
