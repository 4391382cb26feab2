"""Pause Python's cyclic garbage collector while a large graph is built."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def without_collection(build: Callable[P, R]) -> Callable[P, R]:
    """Run a function with the cyclic collector paused.

    Graphs are many small objects without cycles. Looking for cycles among them again and again finds none,
    and makes the time per node grow with the graph.
    """

    @functools.wraps(build)
    def paused(*args: P.args, **kwargs: P.kwargs) -> R:
        if not gc.isenabled():
            return build(*args, **kwargs)
        gc.disable()
        try:
            return build(*args, **kwargs)
        finally:
            gc.enable()

    return paused
