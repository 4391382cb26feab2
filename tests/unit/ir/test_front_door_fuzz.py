"""Mutated files: they are read soundly or refused with an error of the studio, never anything else."""

import json
import random

import numpy as np
import pytest

from mrt_studio.errors import ModelError
from mrt_studio.ir.params import read_params, write_params
from mrt_studio.ir.symbol import read_graph, write_symbol
from tests.hostile.mutators import flipped, reshaped

CASES = 4000


def outcome(read):
    """What `read` returns, or None when it refuses with a sound error about the model."""
    try:
        return read()
    except ModelError as caught:
        error = caught
    assert error.what
    assert error.where
    assert len(str(error)) < 4000
    return None


def test_mutated_parameter_files():
    rng = random.Random(7)
    dtypes = ("f4", "f8", "f2", "u1", "i4", "i1", "i8")
    seed = write_params({f"layer{i}_weight": np.arange(6, dtype=t).reshape(1, 2, 3) for i, t in enumerate(dtypes)})
    accepted = 0
    for _ in range(CASES):
        data = flipped(rng, seed)
        found = outcome(lambda data=data: read_params(data, where="f"))
        if found is not None:
            accepted += 1
            assert sum(a.nbytes for a in found.values()) < len(data)
            assert read_params(write_params(found), where="f").keys() == found.keys()
    assert 0 < accepted < CASES / 2


@pytest.mark.parametrize("integer", [False, True])
@pytest.mark.parametrize("kind", ["bytes", "values"])
def test_mutated_symbol_files(toy, integer, kind):
    rng = random.Random(11)
    graph = toy.graph()
    seed = write_symbol(graph) if integer else toy.dump(toy.document())
    params = graph.params if integer else {"conv_weight": np.ones((4, 3, 3, 3), np.float32)}
    accepted = 0
    for _ in range(CASES // 2):
        data = flipped(rng, seed) if kind == "bytes" else reshaped(rng, json.loads(seed))
        found = outcome(lambda data=data: read_graph(data, params, toy.parse, where="f"))
        if found is not None:
            accepted += 1
            again = read_graph(write_symbol(found), found.params, toy.parse, where="f")
            assert (again.nodes, again.outputs) == (found.nodes, found.outputs)
    assert 0 < accepted < CASES / 3


@pytest.mark.parametrize("piece", [b"[", b"{", b'{"a":', b'"', b'\\"', b"\\", b"1", b" ", b"[],", b'"a",', b"\xc3", b"0,", b"-", b"t"])
def test_a_megabyte_of_one_thing_is_refused(toy, piece):
    for begin in (b"{", b'{"nodes": [', b'{"nodes": "'):
        assert outcome(lambda begin=begin: read_graph(begin + piece * (1_000_000 // len(piece)), {}, toy.parse, where="f")) is None
