"""Run compiled graphs on the public CVM runtime and compare every bit with our reference machine.

Usage: python -m tests.bench.real_runtime LIBCVM.SO [--operators] [--samples] [--graphs N] [--nets] [ARTIFACT ...]

The runtime (github.com/CortexFoundation/cvm-runtime) is built elsewhere, with ENABLE_CPU and ENABLE_FORMAL. Outputs on
both back ends, gas, storage size and the sizes of input and output are compared, on a sample and on inputs at the ends
of their range. What our compiler refuses is listed, not counted. The exit status is the number of graphs that differ, at most 100.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from mrt_studio.cvm.artifact import load_artifact
from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.errors import StudioError
from tests.bench.compiled import Compiled, cvm_operators, float_operators, nets, random_graphs
from tests.bench.runtime import Runtime, differences


def artifacts(folders: list[Path]) -> Iterator[Compiled]:
    """The artifacts of these folders."""
    for folder in folders:
        found = load_artifact(folder)
        yield Compiled(folder.name, found.graph, [found.sample])


def wanted(options: argparse.Namespace) -> Iterable[Compiled]:
    """What the options ask for."""
    return chain(
        cvm_operators() if options.operators else (),
        float_operators() if options.samples else (),
        random_graphs(range(options.first, options.first + options.graphs)),
        nets() if options.nets else (),
        artifacts(options.folders),
    )


def compare(runtime: Runtime, case: Compiled) -> tuple[str, str]:
    """`equal`, `refused` or `differs`, and the details."""
    if case.graph is None:
        return "refused", case.refused
    try:
        files = write_artifact(case.graph)
    except StudioError as error:
        return "refused", str(error)
    lines = differences(runtime, files, read_artifact(*files), case.samples)
    return ("differs", "; ".join(lines)) if lines else ("equal", "")


def own_output() -> None:
    """Send what the library prints about each model nowhere; our own lines go where they went."""
    ours = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = ours


def main() -> int:
    """Compare; returns how many graphs differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("--operators", action="store_true", help="a sample of every operator of the machine")
    parser.add_argument("--samples", action="store_true", help="every sample of every float operator, lowered")
    parser.add_argument("--graphs", type=int, default=0, help="this many random graphs of the registry")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first random graph")
    parser.add_argument("--nets", action="store_true", help="the detector compiled whole, and small nets of today's building blocks")
    parser.add_argument("folders", type=Path, nargs="*")
    options = parser.parse_args()
    own_output()
    runtime, counts = Runtime(options.library), dict.fromkeys(("equal", "refused", "differs"), 0)
    for case in wanted(options):
        print(f"{case.name}: ", end="")
        result, details = compare(runtime, case)
        counts[result] += 1
        print(result, details)
    print(", ".join(f"{count} {result}" for result, count in counts.items()))
    return min(counts["differs"], 100)


if __name__ == "__main__":
    raise SystemExit(main())
