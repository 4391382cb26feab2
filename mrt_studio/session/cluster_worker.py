"""What runs in the workers of a Dask cluster; Dask finds it by name, so every worker needs this package."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from distributed import WorkerPlugin

from mrt_studio.engine import pin_isa
from mrt_studio.errors import OptionError
from mrt_studio.session.environment import environment
from mrt_studio.stages.spread import Part, Step, Task

_tasks: dict[str, Task[Any]] = {}
_local = threading.local()
"""What each thread has opened: executors serve one thread."""


class Installation(WorkerPlugin):
    """Brings a task to the workers that there are, and to each that joins."""

    def __init__(self, name: str, task: Task[Any], expected: dict[str, Any]) -> None:
        """`expected` is the environment of the process that asks."""
        self.name, self._task, self._expected = name, task, expected

    def setup(self, worker: Any) -> None:
        """Keep the task.

        Raises:
            OptionError: this worker would compute other bits.
        """
        pin_isa(self._expected["isa"])
        ignored = {"cpu"} if self._expected["isa"] else set[str]()
        found = environment()
        for part in sorted(found.keys() - ignored):
            if found[part] != self._expected[part]:
                remedy = "Give --isa avx2." if part in ("cpu", "isa") else "Install the same versions everywhere."
                why = f"{part}: {found[part]} there, {self._expected[part]} here."
                raise OptionError("A worker would not give the same bits.", where=str(worker.address), why=why[:300], remedy=remedy)
        _tasks[self.name] = self._task

    def teardown(self, worker: Any) -> None:
        """Forget the task."""
        _tasks.pop(self.name, None)


def run_part(name: str, part: Part) -> Any:
    """The result of a batch."""
    run = _opened(name)
    try:
        return run(part, _no_step)
    except BaseException:
        _local.opened = None  # executors that raised are never used again
        raise


def _opened(name: str) -> Callable[[Part, Step], Any]:
    found: tuple[str, Callable[[Part, Step], Any]] | None = getattr(_local, "opened", None)
    if found is None or found[0] != name:
        found = _local.opened = name, _tasks[name].open()
    return found[1]


def _no_step(done: int) -> None:
    """Steps within a batch stay untold: the batch is small, and who asks is far away."""
