"""A small operator, its parser and a graph: what the reader is tested with."""

import json
import warnings
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.graph import Builder


@dataclass(frozen=True)
class Toy:
    """Takes any attributes; each output has the shape of the first input."""

    name: str
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def outputs(self):
        return 2 if self.name == "split" else 1

    def attributes(self):
        return dict(self.texts)

    def infer(self, inputs):
        if not inputs:
            raise ShapeError("A toy needs an input.")
        return (inputs[0],) * self.outputs


def parse(name, texts, inputs):
    if name == "Mystery":
        raise UnsupportedError(f"The operator {name!r} with {inputs} inputs is not supported.")
    return Toy(name, tuple(sorted(texts.items())))


def make(name, **attributes):
    return Toy(name, tuple(sorted((k, str(v)) for k, v in attributes.items())))


def document():
    """A symbol as MXNet writes it: conv(data, weight) -> split -> add of both outputs."""
    return {
        "nodes": [
            {"op": "null", "name": "data", "inputs": []},
            {"op": "null", "name": "conv_weight", "attrs": {"__shape__": "(4, 0, 3, 3)", "__lr_mult__": "1.0"}, "inputs": []},
            {"op": "conv", "name": "conv", "attrs": {"kernel": "(3, 3)", "__ctx__": "x"}, "inputs": [[0, 0, 0], [1, 0, 0]]},
            {"op": "split", "name": "split", "inputs": [[2, 0, 0]]},
            {"op": "add", "name": "add", "inputs": [[3, 0, 0], [3, 1, 0]]},
        ],
        "arg_nodes": [0, 1],
        "node_row_ptr": [0, 1, 2, 3, 5, 6],
        "heads": [[4, 0, 0]],
        "attrs": {"mxnet_version": ["int", 10901]},
    }


def graph():
    """An integer graph with shapes, precisions, lineage and two outputs."""
    b = Builder(make)
    x = b.input("data", (1, 4, 8, 8), precision=8)
    with b.scope("conv", ("conv0", "bn0"), "fold"):
        w = b.param("weight", np.arange(16, dtype=np.int8).reshape(4, 4), precision=5)
        y = b.op("cvm.conv2d", x, w, name="conv", padding="(1, 1)")
    with b.scope("split", ()):
        z = b.op("split", y, name="split")
    return b.graph((z._replace(index=1), y))


@pytest.fixture(scope="session")
def toy():
    return SimpleNamespace(Toy=Toy, parse=parse, make=make, document=document, graph=graph, dump=lambda value: json.dumps(value).encode())


@pytest.fixture(scope="session")
def mx():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MXNet 1.9 uses old names of numpy
        import mxnet
    return mxnet
