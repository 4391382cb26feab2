"""What an error means in words: bands of each measure with stated limits, and a plain verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Band = Literal["good", "fair", "poor"]

LIMITS: Mapping[str, tuple[float, float]] = {"sqnr": (30.0, 20.0), "cosine": (0.9995, 0.995)}
"""A measure is good from the first number on, and fair from the second. An error of 30 dB has a thousandth of the signal's power, one
of 20 dB a hundredth; a cosine of sqrt(1 - 1/1000), about 0.9995, says the same of an error that is perpendicular to the signal."""


def band_of(measure: str, value: float | None) -> Band | None:
    """Which band a measure is in; None for one without limits or without a value."""
    if measure not in LIMITS or value is None:
        return None
    good, fair = LIMITS[measure]
    return "good" if value >= good else "fair" if value >= fair else "poor"


def limits_text(measure: str) -> str:
    """The limits of a measure's bands in words."""
    good, fair = LIMITS[measure]
    unit = " dB" if measure == "sqnr" else ""
    return f"good from {good:g}{unit}, fair from {fair:g}{unit}"


def verdict_of(isolated: float | None, cumulative: float | None, share: float) -> str:
    """A sentence about a tensor from the SQNR alone and in the whole model, in dB, and from its share of the output's error."""
    enters = f"{100 * share:.0f} % of the output's error enters here." if abs(share) >= 0.005 else "Hardly any of the output's error enters here."
    if cumulative is None:
        return f"No error is left in this tensor. {enters}"
    here = band_of("sqnr", cumulative)
    state = {"good": "This tensor is close to the float model.", "fair": "This tensor is somewhat off.", "poor": "This tensor is far off."}[here or "poor"]
    own = isolated is not None and isolated < cumulative + 3
    origin = "Much of it is made here." if own else "Most of it comes from the nodes before."
    return f"{state} {origin + ' ' if here != 'good' else ''}{enters}"
