"""Mutated files: they are read soundly or refused with an error of the studio, never anything else."""

import json
import random
from copy import deepcopy

import numpy as np
import pytest

from mrt_studio.errors import ModelError
from mrt_studio.ir.params import read_params, write_params
from mrt_studio.ir.symbol import read_graph, write_symbol

CASES = 4000
NUMBERS = (-1, 0, 1, 2, 7, 8, 9, 255, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 62, (1 << 63) - 1, -(1 << 63), 0xF993FAC8, 0xF993FAC9)
VALUES = (
    None,
    True,
    -1,
    0,
    3,
    99,
    1 << 40,
    10**40,
    1.5,
    float("nan"),
    "",
    "null",
    "split",
    "data",
    "\0",
    "\ud800",
    "é",
    "x" * 2000,
    [],
    {},
    [[]],
    [[0, 0, 0]],
    [0, 0, 0],
    [[[[]]]],
    {"a": {}},
)


def flipped(rng, data):
    """The bytes with a few of them changed, cut, repeated, moved, or with a number set."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        if not data:
            break
        at, size = rng.randrange(len(data)), rng.choice((1, 4, 8, 40))
        kind = rng.randrange(6)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + size]
        elif kind == 4:
            data[at:at] = data[rng.randrange(len(data)) :][:size]
        elif len(data) >= 8:
            at, number = min(at & ~3, len(data) - 8), rng.choice(NUMBERS)
            size = rng.choice((4, 8))
            data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, "little")
    return bytes(data)


def reshaped(rng, value):
    """The JSON value with a few places replaced, removed, repeated or swapped."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = value
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(place[key], dict | list) and rng.random() < 0.8:
                place = place[key]
                continue
            kind = rng.randrange(4)
            if kind == 0:
                del place[key]
            elif kind == 1:
                place[rng.choice(keys)] = deepcopy(place[key])
            elif isinstance(place, dict) and kind == 2:
                place[str(rng.choice(VALUES))[:20]] = place.pop(key)
            else:
                place[key] = deepcopy(rng.choice(VALUES))
            break
    return json.dumps(value).encode("utf-8", "surrogatepass")


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
