"""What the slices share: MXNet's limit."""

from __future__ import annotations

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Shape

_MOST_AXES = 5


def check_axes(shape: Shape) -> None:
    """Refuse to slice more axes in MXNet than its slices take.

    Raises:
        UnsupportedError: there are more than five.
    """
    if len(shape) > _MOST_AXES:
        raise UnsupportedError(
            f"MXNet cannot slice a tensor of the shape {shape}.",
            why=f"Its slices take at most {_MOST_AXES} axes.",
            remedy="Run the graph through the reference, or join two axes with reshape before the slice.",
        )
