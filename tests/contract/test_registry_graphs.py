"""Random graphs of 5 to 60 operators from the registry: none crashes, differs between the ways to run it, or leaves INT32.

`python -m pytest tests/contract/test_registry_graphs.py --graphs 2000` is the nightly size.
"""

import numpy as np
import pytest

from mrt_studio.cvm.machine import trace
from mrt_studio.cvm.proof import bound_of, prove
from mrt_studio.errors import QuantizationError
from tests.contract.registry_graphs import RegistryWriter
from tests.nets import check_exact_on, extremes, integers, lowered, prepared, rng_of, thresholds_of

REFUSALS = ("The angles reach", "bits at the scale its consumer asks for")
"""What the lowering may say about data that drawn operators made very large or next to nothing; each has a unit test of its own."""


def made(seed):
    """The graph, what prepare makes of it, its data and thresholds, and the integers."""
    writer = RegistryWriter(seed)
    graph = writer.graph(int(rng_of(seed).integers(5, 61)))
    ready = prepared(graph)
    feeds = {n.name: (rng_of(seed + 1).standard_normal(n.shapes[0]) * 10 ** rng_of(seed).uniform(-3, 3)).astype(np.float32) for n in graph.inputs}
    return writer, ready, feeds, thresholds_of(ready, feeds)


def test_a_random_graph_of_the_registry(graph_seed):
    writer, ready, feeds, thresholds = made(graph_seed)
    if not all(np.isfinite(list(thresholds.values()))):
        pytest.skip("the float model overflows on this data")
    try:
        model = lowered(ready, thresholds)
    except QuantizationError as error:
        if not any(words in error.what for words in REFUSALS):
            raise
        pytest.skip(error.what)
    rows = prove(model.graph)
    several = [integers(model, feeds), extremes(model.graph, graph_seed)]
    for data in several:
        for ref, value in trace(model.graph, data):
            assert abs(value).max() <= bound_of(rows, ref) < 1 << 31, (ref, writer.drawn)
    check_exact_on(model.graph, several)
