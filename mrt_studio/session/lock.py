"""Who may write in a project folder: one process at a time, and the workers it gives its token to.

The lock is the system's (flock on ``.lock``), so it is gone with its owner, however that one died. ``.owner.json`` says
who holds it, for messages and for workers. Reading needs no lock: artifacts appear whole and never change.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrt_studio.errors import ArtifactError
from mrt_studio.files import save_bytes

LOCK, OWNER = ".lock", ".owner.json"
_MOST_BYTES = 4096


@dataclass
class _Held:
    """The lock of this process on one folder, and how many sessions share it."""

    descriptor: int
    token: str
    users: int = 0


_held: dict[Path, _Held] = {}
_guard = threading.RLock()


class Lock:
    """One session's share in the lock on a project folder."""

    def __init__(self, folder: Path, token: str = "") -> None:
        """Take nothing yet; with the `token` of the owner, write on its behalf."""
        self._folder, self._given, self._mine = folder.resolve(), token, False

    def acquire(self, prepare: Callable[[], None]) -> str:
        """Take the lock unless it is held already; returns the token.

        When this process did not hold it before, `prepare` is called before anyone else may write.

        Raises:
            ArtifactError: another process holds it, the folder is gone, or its file system has no locks.
        """
        if self._given:
            self._check_given()
            return self._given
        with _guard:
            held = _held.get(self._folder)
            if held is None:
                return self._begin(prepare)
            if not _is_there(self._folder, held.descriptor):
                raise _gone(self._folder)
            if not self._mine:
                self._mine, held.users = True, held.users + 1
            return held.token

    def release(self) -> None:
        """Give up the share; with the last one the lock is free."""
        with _guard:
            held = _held.get(self._folder)
            if held is None or not self._mine:
                return
            self._mine, held.users = False, held.users - 1
            if not held.users:
                del _held[self._folder]
                if _owner(self._folder).get("token") == held.token:
                    (self._folder / OWNER).unlink(missing_ok=True)
                os.close(held.descriptor)

    def _begin(self, prepare: Callable[[], None]) -> str:
        held = _held[self._folder] = _Held(_take(self._folder), secrets.token_hex(16), 1)
        self._mine = True
        owner = {"token": held.token, "process": os.getpid(), "host": platform.node(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        try:
            save_bytes(self._folder / OWNER, json.dumps(owner).encode())
            prepare()
        except ArtifactError:
            self.release()
            raise
        return held.token

    def _check_given(self) -> None:
        if not self._folder.is_dir():
            raise _gone(self._folder)
        if _owner(self._folder).get("token") != self._given:
            raise ArtifactError("The project has another owner by now.", where=str(self._folder), why=_who(self._folder), remedy="Open the project again.")


def _take(folder: Path) -> int:
    """Lock the folder's file; returns its descriptor."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except FileNotFoundError:
        raise _gone(folder) from None
    except OSError as error:
        raise ArtifactError("The project cannot be written.", where=str(folder), why=error.strerror or "", remedy="Choose a folder that is yours.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            remedy = "Close it there, or work on a copy of the folder. Looking at it is possible."
            raise ArtifactError("The project is in use by another process.", where=str(folder), why=_who(folder), remedy=remedy) from None
        raise ArtifactError("The project cannot be locked.", where=str(folder), why=error.strerror or "", remedy="Keep projects on a local disk.") from None
    return descriptor


def _is_there(folder: Path, descriptor: int) -> bool:
    """Whether the locked file is still the one in the folder."""
    try:
        return os.path.samestat((folder / LOCK).stat(), os.fstat(descriptor))
    except OSError:
        return False


def _owner(folder: Path) -> dict[str, Any]:
    """What the owner's file says; nothing when it is not there or unreadable."""
    try:
        with (folder / OWNER).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _who(folder: Path) -> str:
    """One sentence about the owner."""
    match _owner(folder):
        case {"process": int(process), "host": str(host), "since": str(since)}:
            return f"Process {process} on {host[:100]} has held it since {since[:30]}."
        case _:
            return "It does not say who it is."


def _gone(folder: Path) -> ArtifactError:
    return ArtifactError(
        "The project folder is gone.", where=str(folder), why="It was removed or renamed while it was open.", remedy="Put it back, or open another one."
    )
