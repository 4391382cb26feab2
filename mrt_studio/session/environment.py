"""What results were made with: kept beside each artifact and in certificates, never part of a key."""

from __future__ import annotations

import platform
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mrt_studio.engine import pinned_isa
from mrt_studio.version import __version__

_FEATURES = ("sse4_1", "sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8")
"""The instruction sets that native kernels choose by."""


def environment() -> dict[str, Any]:
    """Versions, the processor's instruction sets, and the one that MXNet was pinned to, if it was."""
    return {**_constant(), "isa": pinned_isa()}


@cache
def _constant() -> dict[str, Any]:
    found = {name: version(name) for name in ("mxnet", "numpy")}
    return {"mrt_studio": __version__, "python": platform.python_version(), **found, "machine": platform.machine(), "cpu": _cpu()}


def _cpu() -> list[str]:
    """The instruction sets as Linux lists them; empty elsewhere."""
    try:
        flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return []
    known = set(flags[1].split()) if flags else set[str]()
    return [name for name in _FEATURES if name in known]
