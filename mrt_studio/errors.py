"""Every error the studio raises on purpose.

StudioError                     what, where, why, and the remedy
├── ModelError                  the model's files or its graph
│   ├── FormatError             bytes that are not what they claim to be
│   ├── UnsupportedError        an operator, or a form of one, that cannot be handled
│   └── ShapeError              shapes that do not fit together
├── DataError                   calibration or evaluation data
├── OptionError                 a recipe, a flag or an argument
├── QuantizationError           thresholds or scales that cannot be realised
│   └── OverflowError32         a bound beyond INT32 or one of the machine's limits
├── ArtifactError               a project folder or a compiled artifact
└── JobError                    work that did not finish
    ├── JobCancelled            the user stopped it
    └── WorkerDied              native code took the worker process with it
"""

from __future__ import annotations


class StudioError(Exception):
    """An error with four parts: `what` happened, `where`, `why`, and the `remedy`."""

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy
        self.node = ""
        """The node of the graph at hand that it is about, for a caller that wants to show it."""

    def at(self, op: str, node: str) -> None:
        """Say which node it is about, while it passes through one that knows."""
        self.where = self.where or f"{op} {node!r}"
        self.node = node

    def __str__(self) -> str:
        """The four parts, one a line, empty ones left out."""
        parts = (("where", self.where), ("why", self.why), ("remedy", self.remedy))
        return "\n".join([self.what, *(f"  {label}: {text}" for label, text in parts if text)])

    def to_dict(self) -> dict[str, str]:
        """The parts as plain data, for JSON output and events."""
        return {"kind": type(self).__name__, "what": self.what, "where": self.where, "why": self.why, "remedy": self.remedy}


class ModelError(StudioError):
    """The model's files or its graph."""


class FormatError(ModelError):
    """Bytes that are not what they claim to be."""


class UnsupportedError(ModelError):
    """An operator, or a form of one, that cannot be handled."""


class ShapeError(ModelError):
    """Shapes that do not fit together."""


class DataError(StudioError):
    """Calibration or evaluation data."""


class OptionError(StudioError):
    """A recipe, a flag or an argument."""


class QuantizationError(StudioError):
    """Thresholds or scales that cannot be realised in integers."""


class OverflowError32(QuantizationError):
    """A bound beyond INT32 or beyond one of the machine's limits."""


class ArtifactError(StudioError):
    """A project folder or a compiled artifact."""


class JobError(StudioError):
    """Work that did not finish."""


class JobCancelled(JobError):
    """The user stopped it."""


class WorkerDied(JobError):
    """Native code took the worker process with it."""


def from_dict(parts: dict[str, str]) -> StudioError:
    """Rebuild an error from `StudioError.to_dict` (a worker's report)."""
    kinds = {cls.__name__: cls for cls in _tree(StudioError)}
    cls = kinds.get(parts.get("kind", ""), StudioError)
    return cls(parts.get("what", ""), where=parts.get("where", ""), why=parts.get("why", ""), remedy=parts.get("remedy", ""))


def _tree(cls: type[StudioError]) -> list[type[StudioError]]:
    return [cls, *(found for sub in cls.__subclasses__() for found in _tree(sub))]
