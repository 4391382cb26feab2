"""Tasks whose workers die, fail, or are held to a core; workers import them from here."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrt_studio.errors import DataError
from mrt_studio.stages.spread import Part


@dataclass(frozen=True)
class DyingOnce:
    """Another task, whose worker is killed the first time that it gets one of these batches."""

    task: Any
    folder: Path
    numbers: tuple[int, ...]
    steps = 1

    def open(self):
        run = self.task.open()

        def die_once(part, step):
            flag = self.folder / str(part.number)
            if part.number in self.numbers and not flag.exists():
                flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return run(part, step)

        return die_once


@dataclass(frozen=True)
class Pinned:
    """Another task, each of whose workers has one core; gives its result and the processor's seconds that it took."""

    task: Any
    folder: Path
    steps = 1

    def open(self):
        for core in sorted(os.sched_getaffinity(0)):
            try:
                (self.folder / str(core)).touch(exist_ok=False)
            except FileExistsError:
                continue
            os.sched_setaffinity(0, {core})
            break
        run = self.task.open()

        def timed(part, step):
            started = time.process_time()
            return run(part, step), time.process_time() - started

        return timed


@dataclass(frozen=True)
class Doing:
    """What its batch's number says: fail in one of several ways, wait, or give the number back with the worker's process."""

    folder: Path
    failures: dict[int, str]
    steps = 1

    def open(self):
        return self._do

    def _do(self, part: Part, step):
        match self.failures.get(part.number):
            case "studio":
                raise DataError("Sour milk.", where="fridge", remedy="Buy another.")
            case "other":
                raise ZeroDivisionError("one over none")
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "wait":
                (self.folder / "waiting").touch()
                time.sleep(600)
        return part.first, os.getpid()
