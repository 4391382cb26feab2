"""Undo, redo and the audit trail of a session's options.

Every change of an option is an entry: who, when, what, from, to. What belongs together is put in a block:

    with session.history.change("tighter heads", actor="Ada"):
        session.thresholds["head0"] = 2.5
        session.thresholds["head1"] = 2.5
    session.undo()
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.recipes.base import Recipe, read_recipe
from mrt_studio.session.audit import AuditFile, Entry, Kind
from mrt_studio.session.differences import differences, plain

if TYPE_CHECKING:
    from mrt_studio.session.session import Session

FILE = "audit.jsonl"
DEPTH = 200
"""So many changes can be undone."""
STEPS = {"undo": -1, "redo": 1}


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class History:
    """The states that a session's options went through, and the project's trail of them.

    The trail is in the project folder, so that another session of it can undo what this one changed.

    Attributes:
        actor: who changes options when nobody else is named.
    """

    def __init__(self, session: Session) -> None:
        self.actor = "notebook"
        self._session = session
        self._file = AuditFile(session.store.folder / FILE)
        self._states: list[Recipe] = [plain(session.recipe())]
        self._at = 0
        self._resumed = False
        self._depth = 0
        self._note = self._who = ""
        session.watch(self._heard)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The trail, oldest first, also what other processes added.

        Raises:
            ArtifactError: the file cannot be read.
        """
        return self._file.read()

    @property
    def states(self) -> tuple[Recipe, ...]:
        """The recipes up to now, as undo would go back through them, oldest first; the last is the current one."""
        self._resume()
        return tuple(self._states[: self._at + 1])

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier state."""
        self._resume()
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether a change was undone."""
        self._resume()
        return self._at + 1 < len(self._states)

    def undo(self) -> bool:
        """Go back one change; returns whether there was one.

        Raises:
            StudioError: the earlier options are not allowed any more, or the trail cannot be written.
        """
        return self._travel("undo")

    def redo(self) -> bool:
        """Make the change again that was taken back; returns whether there was one."""
        return self._travel("redo")

    def jump(self, number: int) -> None:
        """Set all options as they were after an entry; that is a change, which can be undone.

        Raises:
            OptionError: there is no such entry, or its options are not allowed any more.
        """
        entry = next((entry for entry in self.entries if entry.number == number), None)
        if entry is None:
            raise OptionError(f"There is no entry {number} in the history.", remedy="The older half is dropped when the file is large.")
        with self.change(f"back to {number}"):
            self._session.replace(entry.recipe)

    @contextmanager
    def change(self, note: str = "", actor: str = "") -> Generator[None]:
        """Make one entry of all changes in a block, also of those before an error; a block inside only adds what is not said yet."""
        self._note, self._who = self._note or note, self._who or actor
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                (note, actor), self._note, self._who = (self._note, self._who), "", ""
                self._record("change", note, actor)

    def forget(self) -> None:
        """Start anew: nothing worth going back to came before. The trail keeps what happened."""
        self._resume()
        self._states, self._at = [plain(self._session.recipe())], 0
        self._enter(Entry("start", self.actor, now(), "", (), self._states[0]))

    def follow(self, recipe: Recipe) -> None:
        """Set all options to those that another process has entered already, as a worker does."""
        self._depth += 1
        try:
            self._session.replace(recipe)
        finally:
            self._depth -= 1
        self._states, self._at, self._resumed = [plain(self._session.recipe())], 0, False

    def took_over(self, note: str) -> None:
        """Enter that the session was opened with other options than the folder holds, if it was."""
        path = self._session.store.recipe_path
        if not path.exists():
            return
        try:
            before = read_recipe(path).recipe
        except OptionError:  # what cannot be read is replaced, and there is no way back to it
            return
        self._states, self._at, self._resumed = [plain(before)], 0, False
        self._record("change", note)

    def _heard(self, stage: str) -> None:
        del stage
        if not self._depth:
            self._record("change")

    def _record(self, kind: Kind, note: str = "", actor: str = "") -> None:
        """Enter the difference between the last state and the session's options, if there is any."""
        before, after = self._states[self._at], plain(self._session.recipe())
        if before == after:
            return
        self._resume()
        who = actor or self.actor
        if not self._file.read():
            self._enter(Entry("start", who, now(), "", (), before))
        self._enter(Entry(kind, who, now(), note, differences(before, after), after))
        self._states, self._at = _moved(self._states, self._at, kind, after)

    def _enter(self, entry: Entry) -> None:
        """Write an entry; a session that may only look, because another process has the project, keeps its changes to itself."""
        try:
            self._session.store.own()
        except ArtifactError:
            return
        self._file.append(entry)

    def _travel(self, kind: Kind) -> bool:
        self._resume()
        at = self._at + STEPS[kind]
        if not 0 <= at < len(self._states):
            return False
        self._depth += 1
        try:
            self._session.replace(self._states[at])
        finally:
            self._depth -= 1
        self._record(kind)
        return True

    def _resume(self) -> None:
        """Take up the states of earlier sessions from the trail, if it leads to the options that this one began with."""
        if self._resumed:
            return
        self._resumed = True
        states, at = list[Recipe](), 0
        for entry in self.entries:
            states, at = _moved(states, at, entry.kind, entry.recipe)
        if states and states[at] == self._states[0]:
            self._states, self._at = states, at


def _moved(states: list[Recipe], at: int, kind: str, recipe: Recipe) -> tuple[list[Recipe], int]:
    """The states after an entry, and which of them is the current one."""
    to = at + STEPS.get(kind, 0)
    if kind in STEPS and 0 <= to < len(states) and states[to] == recipe:
        return states, to
    kept = [] if kind == "start" else states[: at + 1][1 - DEPTH :]
    if kept and kept[-1] == recipe:  # two processes made the same change
        return kept, len(kept) - 1
    return [*kept, recipe], len(kept)
