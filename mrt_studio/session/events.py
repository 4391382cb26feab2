"""What a running job tells: plain data that travels as one JSON line each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["started", "progress", "log", "finished", "failed", "cancelled", "ended"]


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes:
        kind: started and finished name a stage; progress counts steps; failed carries an error; ended closes a job and
            its message is the job's state.
        stage: the stage concerned, or the job's target.
        message: a line for people.
        done, total: progress in steps.
        seconds: how long the stage took, when finished.
        error: the parts of a StudioError, when failed.
    """

    kind: Kind
    stage: str = ""
    message: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    error: dict[str, str] = field(default_factory=dict)

    def to_line(self) -> str:
        """The event as one line of JSON."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_line(line: str) -> Event | None:
        """The event in a line, or None for a line that is none."""
        try:
            data: Any = json.loads(line)
            return Event(**data)
        except (ValueError, TypeError):
            return None
