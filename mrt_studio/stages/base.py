"""Stages: pure functions from artifacts to an artifact, and a guide to writing one.

Guide. One stage is one file with its artifact class (data, `save` into a folder, `load` from it) and one
decorated frozen dataclass:

    @stages.register("calibrate")
    @dataclass(frozen=True)
    class Calibrate(Stage):
        needs = ("prepare",)
        artifact = Calibration
        dataset: str = option("photos", "text", "data set to calibrate on")

        def run(self, inputs, report): ...

The result is a function of the inputs and the fields alone, so it is stored under a key made of both.
`report` takes progress and log lines; calling it may raise JobCancelled, which a stage lets pass.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, cast

from mrt_studio.errors import OptionError
from mrt_studio.registry import Registry
from mrt_studio.stages.options import check_options, options_of

FORMAT = 1
"""Part of every key: raise it when a stage's result changes for the same options."""


class Artifact(Protocol):
    """What a stage leaves behind."""

    def save(self, folder: Path) -> None:
        """Write into an empty folder."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; raises ArtifactError or FormatError."""
        ...

    def summary(self) -> dict[str, Any]:
        """A few figures as plain data, for tables and JSON."""
        ...


class Report(Protocol):
    """Where a running stage tells how far it is."""

    def progress(self, done: int, total: int, message: str) -> None:
        """`done` of `total` steps are finished; raises JobCancelled when the user asked to stop."""
        ...

    def log(self, message: str) -> None:
        """One line for the log."""
        ...


class Silent:
    """A report that goes nowhere."""

    def progress(self, done: int, total: int, message: str) -> None:
        """Do nothing."""

    def log(self, message: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Stage(ABC):
    """One step of the pipeline; its fields are its options."""

    name: ClassVar[str]
    title: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    artifact: ClassVar[type[Any]]
    resumes: ClassVar[bool] = False
    """Whether `rerun` makes use of a previous artifact, which is kept in memory then."""

    def __post_init__(self) -> None:
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        for name, value in check_options(self.name, type(self), values).items():
            object.__setattr__(self, name, value)

    @abstractmethod
    def run(self, inputs: Mapping[str, Any], report: Report) -> Any:
        """Compute the artifact from those of the stages in `needs`."""

    def rerun(self, previous: Any, inputs: Mapping[str, Any], report: Report) -> Any:
        """What `run` computes, with what an artifact of this stage made before in this process spares; None where there is none."""
        del previous
        return self.run(inputs, report)

    def options(self) -> dict[str, Any]:
        """The options as plain data; those that are not set (None) are left out."""
        values = {name: getattr(self, name) for name in options_of(type(self))}
        return {name: _plain(value) for name, value in values.items() if value is not None}

    def fingerprint(self) -> Any:
        """What the result depends on besides options and inputs, as plain data: the content of files."""
        return None

    def content(self) -> dict[str, Any]:
        """The options that the result depends on."""
        return self.options()

    def key(self, inputs: Mapping[str, str]) -> str:
        """The content key: a hash of the format, the options, the fingerprint and the inputs' keys."""
        content = {"format": FORMAT, "stage": self.name, "options": self.content(), "files": self.fingerprint(), "inputs": dict(inputs)}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


stages: Registry[type[Stage]] = Registry("stage", "mrt_studio.stages")


def _plain(value: Any) -> Any:
    """Tuples as lists, also in a table: what a recipe file can hold."""
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in cast("dict[str, Any]", value).items()}
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value


ORDER = ("load", "prepare", "calibrate", "quantize", "evaluate", "compile")
"""The pipeline, first to last."""


def make_stage(name: str, values: Mapping[str, Any]) -> Stage:
    """A stage from plain data, as a recipe holds it.

    Raises:
        OptionError: the stage or an option is unknown, or a value is not allowed.
    """
    if name not in ORDER:
        raise OptionError(f"There is no stage called {name!r}.", remedy=f"The stages are: {', '.join(ORDER)}.")
    cls = stages[name]
    return cls(**check_options(name, cls, dict(values)))
