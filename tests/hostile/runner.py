"""Reads mutated files of one kind under limits of time and memory: ``python -m tests.hostile.runner KIND COUNT SEED FOLDER``.

Prints a JSON object: how many were accepted and refused, the slowest case, and up to five faults, each with the seed of its case.
A case is a fault when anything but an error of the studio that says what and where comes out, when it takes more than
a second of the processor, or more than 64 MB of memory.
"""

import json
import random
import resource
import signal
import sys
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

from mrt_studio.errors import StudioError
from tests.hostile.kinds import KINDS
from tests.hostile.mutators import flipped, reshaped

SECONDS, MEGABYTES = 1.0, 64
"""What a case may take; the memory counts from what the process has before the first one."""


class TooSlow(BaseException):
    """A case took more than a second of the processor."""


def stop(*_):
    raise TooSlow


@contextmanager
def limits():
    """Hold the block to `SECONDS` of processor time."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def mutated(kind, seeds, number):
    """Case `number` of a kind."""
    rng = random.Random(number)
    data = rng.choice(seeds)
    return reshaped(rng, json.loads(data)) if kind.values and rng.random() < 0.5 else flipped(rng, data)


def fault_of(kind, data, folder):
    """What is wrong with how a case is read, whether it was accepted, and its time; an empty text when nothing is."""
    started = time.process_time()
    problem, accepted = "", False
    try:
        with limits():
            kind.read(data, folder)
        accepted = True
    except StudioError as error:
        if not error.what or not (error.where or error.why) or len(str(error)) > 4000:
            problem = f"says too little or too much: {str(error)[:300]!r}"
    except TooSlow:
        problem = "took too long"
    except BaseException as error:  # noqa: BLE001  (whatever it is, it is the finding)
        problem = f"{type(error).__name__}: {str(error)[:300]}"
    return problem, accepted, time.process_time() - started


def main():
    name, count, first, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    warnings.simplefilter("error")
    signal.signal(signal.SIGVTALRM, stop)
    kind = KINDS[name]
    (folder / "seeds").mkdir()
    (folder / "work").mkdir()
    seeds = kind.make(folder / "seeds")
    for data in seeds:
        kind.read(data, folder / "work")  # sound ones are read, and what is loaded on first use is there
    size = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmSize")) << 10
    resource.setrlimit(resource.RLIMIT_AS, (size + (MEGABYTES << 20), resource.RLIM_INFINITY))
    faults, accepted, slowest = [], 0, 0.0
    for number in range(first, first + count):
        problem, sound, seconds = fault_of(kind, mutated(kind, seeds, number), folder / "work")
        accepted, slowest = accepted + sound, max(slowest, seconds)
        if problem:
            faults.append(f"case {number}: {problem}")
    print(json.dumps({"accepted": accepted, "refused": count - accepted - len(faults), "slowest": slowest, "faults": faults[:5], "found": len(faults)}))


if __name__ == "__main__":
    main()
