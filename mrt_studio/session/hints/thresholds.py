"""Thresholds that cut more than they gain, by the noise that the statistics predict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mrt_studio.fixedpoint import int_range
from mrt_studio.observers.base import observers
from mrt_studio.session.hints.base import Hint, rules
from mrt_studio.session.lab import sqnr
from mrt_studio.session.lab_data import clipped
from mrt_studio.session.session import Session
from mrt_studio.stats.tensor_stats import TensorStats

BETTER = "mse(unsigned=True)"
WORTH = 1.0
"""Decibels from which a threshold is worth a word."""
CLIPPED = 0.01
"""The share of values beyond a threshold from which it is looked at."""
MOST = 8
_CODES = int_range(8)


@rules.register("hand")
def set_by_hand(session: Session) -> Iterator[Hint]:
    """Thresholds set by hand that are predicted to be worse than the observer's."""
    if not session.done("calibrate"):
        return
    stats: Mapping[str, TensorStats] = session.artifact("calibrate").stats
    edited, observed = session.thresholds.edited, session.thresholds.observed()
    for name, value in edited.items():
        gain = _gain(stats[name], value, observed[name]) if name in stats else None
        if gain is not None and gain >= WORTH:
            yield Hint(
                rule="hand",
                node=name,
                what=f"The threshold {value:.4g} of {name}, set by hand, is predicted {gain:.1f} dB worse than the observer's {observed[name]:.4g}.",
                why="Rounding and clipping together make more noise with it, at eight bits and on the calibrated samples.",
                action="Go back to the observer's",
                change={"quantize": {"thresholds": {other: v for other, v in edited.items() if other != name}}},
                gain=gain,
                gain_at=name,
            )


@rules.register("clipping")
def cut(session: Session) -> Iterator[Hint]:
    """Tensors of which much is clipped, where a search for least error finds a better threshold."""
    if not session.done("calibrate"):
        return
    stats: Mapping[str, TensorStats] = session.artifact("calibrate").stats
    options, edited = session["quantize"].options(), session.thresholds.edited
    observed = session.thresholds.observed()
    better = observers.create(BETTER)
    found = list[Hint]()
    for name, value in observed.items():
        share = clipped(stats[name], value)[0] if name not in edited and stats[name].absmax else 0.0
        gain = _gain(stats[name], value, better.threshold(stats[name])) if share > CLIPPED else None
        if gain is not None and gain >= WORTH:
            found.append(
                Hint(
                    rule="clipping",
                    node=name,
                    what=f"{share:.1%} of {name} are beyond its threshold {value:.4g}.",
                    why="What is clipped makes more noise than finer steps save.",
                    action=f"Observe it with {BETTER}",
                    change={"quantize": {"observers": {**options["observers"], name: BETTER}}},
                    gain=gain,
                    gain_at=name,
                )
            )
    yield from sorted(found, key=lambda hint: -(hint.gain or 0.0))[:MOST]


def _gain(stats: TensorStats, now: float, other: float) -> float | None:
    """Decibels that another threshold is predicted to bring; None where one of them makes no noise."""
    before, after = (sqnr(stats, value, _CODES) for value in (now, other))
    return None if before is None or after is None else after - before
