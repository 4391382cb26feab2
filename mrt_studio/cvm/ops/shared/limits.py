"""Limit a float tensor that holds integers, exactly: what clip, cvm_clip and cvm_right_shift share."""

from __future__ import annotations

from typing import Any

from mrt_studio.cvm.ops.base import Width


def limit(f: Any, width: Width, x: Any, low: int, high: int) -> Any:
    """Limit to [low, high]; MXNet's clip keeps its bounds in float32, so float64 needs minimum and maximum."""
    if width is Width.SINGLE:
        return f.clip(x, a_min=low, a_max=high)
    return f.minimum(f.maximum(x, low), high)
