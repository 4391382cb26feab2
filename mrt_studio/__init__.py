"""MRT Studio: from a float network to a verified integer one for the Cortex virtual machine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mrt_studio.version import __version__

if TYPE_CHECKING:
    from mrt_studio.errors import StudioError
    from mrt_studio.mrt import MRT, Model, ModelMerger
    from mrt_studio.session.session import Session

_HOMES = {
    "MRT": "mrt_studio.mrt",
    "Model": "mrt_studio.mrt",
    "ModelMerger": "mrt_studio.mrt",
    "Session": "mrt_studio.session.session",
    "StudioError": "mrt_studio.errors",
}

__all__ = ["MRT", "Model", "ModelMerger", "Session", "StudioError", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the public classes when they are first used, so that ``import mrt_studio`` is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
