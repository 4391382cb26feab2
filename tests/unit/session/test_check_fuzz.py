"""Mutated files of today's networks through the front door and the check: read and judged, or refused with a typed error."""

import json
import random

import pytest

from mrt_studio.errors import StudioError
from mrt_studio.ir.params import read_params
from mrt_studio.ir.symbol import read_graph
from mrt_studio.ops.base import operators, parse
from mrt_studio.session.check import check_model
from tests.contract.hostile import TEXTS, hostile_text, kinds_of
from tests.models.modern import NETS, SHAPE, modern_model

NAMES = sorted(operators)


def mutated(rng, symbol):
    """The symbol with one to three operators renamed, rewired, or given another attribute."""
    nodes = symbol["nodes"]
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.choice([i for i, node in enumerate(nodes) if node["op"] != "null"])
        node = nodes[at]
        attributes = node.setdefault("attrs", {})
        kinds = kinds_of(operators[node["op"]])
        way = rng.choice(("name", "wire", "text", "drop", "value", "value"))
        if way == "name":
            node["op"] = rng.choice(NAMES)
        elif way == "wire" and node["inputs"]:
            rng.choice(node["inputs"])[0] = rng.randrange(at)
        elif way == "text" and attributes:
            attributes[rng.choice(sorted(attributes))] = rng.choice(TEXTS)
        elif way == "drop" and len(node["inputs"]) > 1:
            node["inputs"].pop(rng.randrange(len(node["inputs"])))
        elif kinds:
            key = rng.choice(sorted(kinds))
            attributes[key] = hostile_text(rng, kinds[key])
    return json.dumps(symbol).encode()


def read(data, params):
    """The graph, or the error that refuses it."""
    try:
        return read_graph(data, params, parse, where="file")
    except StudioError as error:
        return error


def judged(name, folder, count, seed):
    """What became of `count` mutations: how many were refused, have an error or problems, or passed."""
    files = modern_model(name, folder)
    symbol = files.symbol.read_bytes()
    params = {key.split(":")[-1]: array for key, array in read_params(files.params.read_bytes(), where="params").items()}
    found = {"refused": 0, "error": 0, "problems": 0, "passed": 0}
    for i in range(count):
        data = mutated(random.Random(f"{seed} {i}"), json.loads(symbol))
        graph = read(data, params)
        if isinstance(graph, StudioError):
            assert graph.what
            assert graph.where
            found["refused"] += 1
            continue
        check = check_model(graph, (1, *SHAPE))
        assert all(problem.why and problem.node in graph for problem in check.problems)
        assert check.error is None or check.error.what
        assert all(key in graph for key in check.split_keys)
        found["passed" if check.passed else "error" if check.error else "problems"] += 1
    return found


@pytest.mark.parametrize("name", NETS)
def test_mutated_nets(name, tmp_path):
    found = judged(name, tmp_path, 60, 0)
    assert min(found.values()) > 0


@pytest.mark.nightly
@pytest.mark.parametrize("name", NETS)
def test_many_mutated_nets(name, tmp_path):
    assert sum(judged(name, tmp_path, 640, 1).values()) == 640
