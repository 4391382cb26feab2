"""MACE's text files of ranges: the log of a float run, and overall_range.

A log has a line ``Tensor range @@NAME@@MIN,MAX`` for each tensor and sample, amid anything else; a second ``@@`` and
counts may follow, which are histograms and are left out as MACE's own reader cannot use them. overall_range has a line
``NAME@@MIN,MAX`` for each tensor, in the order in which the tensors first came.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mrt_studio.errors import FormatError
from mrt_studio.observers.mace import enhanced_range, percentile_range
from mrt_studio.stats.tensor_stats import TensorStats

Ranges = dict[str, tuple[float, float]]
MARK = "Tensor range @@"


def read_overall_range(text: str) -> Ranges:
    """Tensor -> (minimum, maximum).

    Raises:
        FormatError: a line is something else, or a tensor comes twice.
    """
    found = Ranges()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, mark, rest = line.partition("@@")
        if not mark or not name or name in found:
            raise _no_range(number, line, "A tensor comes once, as NAME@@MIN,MAX.")
        found[name] = _pair(number, line, rest)
    return found


def write_overall_range(ranges: Mapping[str, tuple[float, float]]) -> str:
    """The text of overall_range.

    It has nine digits, so that a float32 is read back as it was; MACE writes six behind the point.
    """
    return "".join(f"{name}@@{low:.9g},{high:.9g}\n" for name, (low, high) in ranges.items())


def read_log(text: str, *, percentile: float = 0, enhance: bool = False, ratio: float = 10) -> Ranges:
    """The ranges that MACE's quantize_stat makes of a log.

    Args:
        text: the log.
        percentile: of the samples' minima, and its complement of their maxima.
        enhance: whether to leave outlying samples out.
        ratio: how much more range than samples a step of the enhancement must save.

    Raises:
        FormatError: no line has a range, or one is damaged.
    """
    rows = dict[str, list[tuple[float, float]]]()
    for number, line in enumerate(text.splitlines(), 1):
        _, mark, rest = line.partition(MARK)
        if not mark:
            continue
        name, _, values = rest.partition("@@")
        rows.setdefault(name, []).append(_pair(number, line, values.partition("@@")[0]))
    if not rows:
        raise FormatError("The log has no tensor ranges.", remedy="Convert with quantize_stat, and log with MACE_LOG_TENSOR_RANGE=1.")
    found = Ranges()
    for name, pairs in rows.items():
        mins, maxs = np.array(pairs).T
        found[name] = enhanced_range(mins, maxs, percentile, ratio) if enhance else percentile_range(mins, maxs, percentile)
    return found


def write_log(stats: Mapping[str, TensorStats]) -> str:
    """A log with a line for each sample and tensor, sample by sample."""
    lines = list[str]()
    for sample in range(max((s.samples for s in stats.values()), default=0)):
        lines += [f"{MARK}{name}@@{s.rows[sample, 2]:.9g},{s.rows[sample, 3]:.9g}\n" for name, s in stats.items() if sample < s.samples]
    return "".join(lines)


def _pair(number: int, line: str, text: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.strip().split(","))
    except ValueError:
        raise _no_range(number, line, "A range is two numbers with a comma between.") from None
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise _no_range(number, line, "The minimum is not above the maximum, and both are finite.")
    return low, high


def _no_range(number: int, line: str, why: str) -> FormatError:
    return FormatError(f"Line {number} is no tensor range: {line[:80]!r}", why=why)
