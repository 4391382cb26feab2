"""Outputs that are inputs, constants, the same tensor twice, or several at once."""

import numpy as np
import pytest

from tests.nets import built, check_exact, integers, lowered, prepared, rng_of, thresholds_of

DATA = {"data": rng_of(1).uniform(-1, 1, (2, 3, 4)).astype(np.float32)}


def write(names):
    def graph(b, param):
        x = b.input("data", (2, 3, 4))
        known = {"input": x, "relu": b.op("relu", x, name="relu"), "constant": param("constant", 2, 3, 5), "zero": param("zero", 2, 3, 2, value=0)}
        return [known[name] for name in names]

    return prepared(built(graph))


@pytest.mark.parametrize("precision", [None, 8, 12])
@pytest.mark.parametrize("names", [["input"], ["constant", "relu"], ["relu", "relu"], ["relu", "input", "constant"], ["zero", "relu"]], ids=" ".join)
def test_all_kinds_of_outputs(names, precision):
    graph = write(names)
    model = lowered(graph, thresholds_of(graph, DATA), output_precision=precision)
    found = check_exact(model.graph, integers(model, DATA))
    expected = {"input": DATA["data"], "relu": np.maximum(DATA["data"], 0), "constant": graph.params.get("constant"), "zero": np.zeros((2, 3, 2))}
    for name, out, q in zip(names, found, model.outputs, strict=True):
        assert not model.graph[q.ref.name].is_variable
        assert abs(out / q.scale - expected[name]).max() <= 0.5 / q.scale + 1 / 127 / 2 * (name in ("input", "relu")) + 1e-9
