"""The parent's end of a worker process: its pipes, the threads that read them, and why it died."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from mrt_studio.engine import NO_MEMORY
from mrt_studio.errors import WorkerDied

JOBS_PER_WORKER = 50
"""A worker is replaced after this many jobs, so that leaks of native code stay small."""
_WORDS_SECONDS = 1.0
"""How long to wait for a dead worker's last words."""


class Worker:
    """A worker process that was started; `read` is run on a thread of its own and takes in `lines`."""

    def __init__(self, read: Callable[[Worker], None]) -> None:
        self.served = 0
        self.gone = False
        self._words: collections.deque[str] = collections.deque(maxlen=20)
        pipe = subprocess.PIPE
        lifeline, self._lifeline = os.pipe()
        # Native code may print bytes that are no text; they must not end the threads that read.
        self.process = subprocess.Popen(  # noqa: S603  (our own module)
            [sys.executable, "-m", "mrt_studio.session.worker", str(lifeline)],
            pass_fds=(lifeline,),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            encoding="utf-8",
            errors="replace",
        )
        os.close(lifeline)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._reader = threading.Thread(target=read, args=(self,), daemon=True)
        self._listener.start()
        self._reader.start()

    @property
    def reusable(self) -> bool:
        """Whether it lives and may take another job."""
        return not self.gone and self.process.poll() is None and self.served < JOBS_PER_WORKER

    def send(self, command: dict[str, Any]) -> None:
        """Send a command; to a worker that died it is lost, which its reader notices."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self.process.stdin.write(json.dumps(command) + "\n")
                self.process.stdin.flush()

    def lines(self) -> Iterator[str]:
        """What it tells, line by line, until it is gone."""
        if self.process.stdout is not None:
            with self.process.stdout as stream:
                yield from stream
        self.process.wait()
        os.close(self._lifeline)
        self._listener.join(_WORDS_SECONDS)
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def join(self) -> None:
        """Wait until it is gone and its reader has told so."""
        self.process.wait()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def death(self) -> WorkerDied:
        """Why it is gone, from its exit code and last words."""
        code = self.process.returncode
        words = next((line for line in reversed(self._words) if line.strip()), "no message")
        handled = re.fullmatch(r"[A-Z][\w ()]*: (\d+)", words) if code == _HANDLED else None
        number = int(handled[1]) if handled else -code
        by_signal = f"It was ended by {_signal_name(number)}{_CAUSES.get(number, '')}."
        why = by_signal if number > 0 else f"It ended with code {code}: {words[:200]}"
        if any(sign in line for line in self._words for sign in NO_MEMORY):
            why = f"The memory was not enough. {why}"
        return WorkerDied("The worker process died.", why=why, remedy="Nothing is lost: run the stage again, with a smaller batch if the memory was short.")

    def _listen(self) -> None:
        if self.process.stderr is not None:
            with self.process.stderr as stream:
                self._words.extend(line.rstrip() for line in stream)


_HANDLED = 255
"""MXNet catches signals, prints their name and number such as ``Segmentation fault: 11``, and ends with this code."""
_CAUSES: dict[int, str] = {
    signal.SIGKILL: ", which the system sends when the memory is used up",
    **dict.fromkeys((signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL), ", a fault in native code"),
}


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
