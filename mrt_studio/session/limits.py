"""What a job may use: time, which the parent watches, and memory, which the system refuses to the worker."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

from mrt_studio.engine import mxnet
from mrt_studio.errors import OptionError

_MOST_SECONDS, _MOST_MIB = 10_000_000, 1 << 30


@dataclass(frozen=True)
class Limits:
    """Limits of each job; 0 means none.

    Attributes:
        seconds: from its start to its end.
        memory: MiB that it may take on top of what its worker holds before it.
    """

    seconds: int = 0
    memory: int = 0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            OptionError: one is negative or beyond any machine.
        """
        for name, value, most in (("time", self.seconds, _MOST_SECONDS), ("memory", self.memory, _MOST_MIB)):
            if not 0 <= value <= most:
                raise OptionError(f"A {name} limit of {value} cannot be set.", remedy=f"Give a number from 1 to {most}, or 0 for none.")


def limit_memory(mib: int) -> None:
    """Let this process take so much more address space, in MiB; 0 lifts an earlier limit.

    MXNet is loaded first: its code and its threads' stacks are no memory of a job.
    """
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = hard
    if mib:
        mxnet()
        soft = _address_space() + (mib << 20)
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    """Bytes of address space that this process has, as Linux counts them."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
