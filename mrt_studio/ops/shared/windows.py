"""Sliding windows: the attributes and shapes that convolutions and pooling share."""

from __future__ import annotations

from typing import Protocol

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.graph import Shape

LAYOUTS = ("NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC", "None")


class Windowed(Protocol):
    """An operator with a window."""

    @property
    def kernel(self) -> tuple[int, ...]:
        """Size of the window, one number for each spatial axis."""
        ...


def channels_last(layout: str) -> bool:
    """Whether the channels are the last axis."""
    return layout.endswith("C")


def spatial(data: Shape, kernel: tuple[int, ...], layout: str) -> Shape:
    """The sizes of the spatial axes.

    Raises:
        ShapeError: data, kernel and layout do not have as many axes.
    """
    if len(data) != len(kernel) + 2 or (layout != "None" and len(layout) != len(data)):
        named = "" if layout == "None" else f" and the layout {layout}"
        raise ShapeError(f"The window {kernel}{named} does not fit an input of shape {data}.")
    return data[1:-1] if channels_last(layout) else data[2:]


def fill_windows(op: Windowed, **defaults: int) -> None:
    """Give each attribute that was left out its default for every axis of the window.

    Raises:
        UnsupportedError: an attribute has another number of axes than the window.
    """
    for key, default in defaults.items():
        value = getattr(op, key) or (default,) * len(op.kernel)
        if len(value) != len(op.kernel):
            raise UnsupportedError(f"{type(op).__name__} has {key}={value} for a window of {len(op.kernel)} axes.", remedy="Give one number for each axis.")
        object.__setattr__(op, key, value)
