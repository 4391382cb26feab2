"""Integer graphs with inputs for the real runtime: operator samples of both dialects, random graphs, whole nets."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mrt_studio.errors import StudioError
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Array, Graph
from mrt_studio.session.session import Session
from tests.contract.test_operators import DATA, Case, cases, drawn
from tests.contract.test_registry_graphs import made
from tests.models.detector import KEYS, OPTIONS, SIDE, detector
from tests.models.modern import NETS, SHAPE, modern_model
from tests.models.tiny import write_model
from tests.nets import Feeds, extremes, integers, lowered, prepared, thresholds_of
from tests.unit.cvm.graphs import CASES

Ready = tuple[Graph, Feeds, dict[str, float]]
"""A prepared float graph, data and thresholds."""

SEEDS = (1, 2)


class Compiled(NamedTuple):
    """A graph and what to feed it, or why there is none."""

    name: str
    graph: Graph | None
    samples: list[Array]
    refused: str = ""


def cvm_operators() -> Iterator[Compiled]:
    """A sample of every operator of the machine."""
    for name, case in CASES.items():
        graph, sample = case()
        # An id below zero, which the boxes' own samples do not have, makes the CPU back end stop looking for overlaps.
        yield Compiled(name, graph, [sample]) if name.startswith("non_max_suppression") else _with_ends(name, graph, [sample])


def float_operators() -> Iterator[Compiled]:
    """Every sample of every float operator, with thresholds from random and from saturated data."""
    for case in (parameter.values[0] for parameter in cases()):
        if case.fed == 1:
            for kind in DATA:
                yield _lowered(f"{case.operator}-{case.index}-{kind}", partial(_prepared, case, kind))


def _prepared(case: Case, kind: str) -> Ready:
    graph, feeds = prepared(case.graph()), drawn(case, DATA[kind])
    return graph, feeds, thresholds_of(graph, feeds)


def random_graphs(seeds: range) -> Iterator[Compiled]:
    """Random graphs of the registry."""
    for seed in seeds:
        yield _lowered(f"graph-{seed}", partial(_drawn_graph, seed))


def _drawn_graph(seed: int) -> Ready:
    _, graph, feeds, thresholds = made(seed)
    return graph, feeds, thresholds


def nets() -> Iterator[Compiled]:
    """The detector, merged and compiled whole, and the nets of today's building blocks."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        yield _session("detector", _detector_recipe(folder), folder)
        for name in NETS:
            files = modern_model(name, folder)
            yield _session(name, _recipe(files.symbol, SHAPE), folder)


def _detector_recipe(folder: Path) -> dict[str, dict[str, object]]:
    recipe = _recipe(write_model(detector(), folder, "detector").symbol, (3, 2 * SIDE, 2 * SIDE))
    recipe["prepare"]["split_keys"] = list(KEYS)
    return recipe | {"quantize": {**OPTIONS, "output_precision": 16}, "compile": {"batch": 1}}


def _recipe(symbol: Path, shape: tuple[int, ...]) -> dict[str, dict[str, object]]:
    return {
        "load": {"model": str(symbol)},
        "prepare": {"input_shape": [-1, *shape]},
        "calibrate": {"dataset": f"stdrandom(shape={shape}, count=16)", "batch": 8, "count": 1},
        "compile": {"batch": 2},
    }


def _session(name: str, recipe: dict[str, dict[str, object]], folder: Path) -> Compiled:
    session = Session(folder / f"{name}-project", recipe)
    session.run("compile")
    model = session.artifact("compile")
    return _with_ends(name, model.graph, [model.sample])


def _lowered(name: str, make: Callable[[], Ready]) -> Compiled:
    try:
        graph, feeds, thresholds = make()
        model = lowered(graph, thresholds)
        return _with_ends(name, model.graph, [integers(model, feeds)["data"]])
    except StudioError as error:
        return Compiled(name, None, [], str(error))


def _with_ends(name: str, graph: Graph, samples: list[Array]) -> Compiled:
    """Add inputs at the ends of their range, in the type that the runtime reads."""
    bits = graph.inputs[0].op.precision
    found = [*samples, *(extremes(graph, seed)["data"] for seed in SEEDS)]
    return Compiled(name, graph, [np.ascontiguousarray(x.astype(narrowest_dtype(bits))) for x in found])
