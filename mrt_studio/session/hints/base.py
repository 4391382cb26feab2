"""What a hint is, and a guide to writing one more rule.

Guide. One rule is one decorated function in a file of this folder:

    @rules.register("samples")
    def few_samples(session):
        '''Calibration that saw too little.'''
        yield Hint("samples", what="…", why="…", action="Calibrate on more", change={"calibrate": {"count": 4}})

It gets a session, looks at what is there without running anything, and yields hints. A gain is a prediction in decibels for
one tensor, and None when nobody can say: say so rather than guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mrt_studio.errors import OptionError
from mrt_studio.registry import Registry
from mrt_studio.session.session import Session

Change = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Hint:
    """One suggestion.

    Attributes:
        rule: the rule that made it.
        node: the tensor of the prepared model that it is about, or empty.
        what: what is so, in a sentence.
        why: why that costs something.
        action: what to do, in a few words; empty when there is nothing to click.
        change: options to set, stage -> option -> value.
        gain: decibels of signal-to-noise ratio that are expected at `gain_at`; None when it is unknown.
        gain_at: what the gain is measured at.
        blocks: whether nothing can go on without it.
    """

    rule: str
    node: str = ""
    what: str
    why: str
    action: str = ""
    change: Change = field(default_factory=dict[str, Mapping[str, Any]])
    gain: float | None = None
    gain_at: str = ""
    blocks: bool = False


Rule = Callable[[Session], Iterator[Hint]]

rules: Registry[Rule] = Registry("hint", "mrt_studio.session.hints")


def hints(session: Session) -> list[Hint]:
    """All hints for the current state: what blocks first, then by expected gain; those whose gain is unknown last."""
    found = [hint for rule in rules.values() for hint in rule(session)]
    return sorted(found, key=lambda hint: (not hint.blocks, hint.gain is None, -(hint.gain or 0.0)))


def apply_hint(session: Session, hint: Hint) -> None:
    """Set the options that a hint suggests; one change, which can be undone.

    Raises:
        OptionError: the hint has nothing to set, or its options do not fit any more.
    """
    if not hint.change:
        raise OptionError("There is nothing to set for this hint.", where=hint.rule)
    with session.history.change(f"hint: {hint.action}"):
        session.use(hint.change)
