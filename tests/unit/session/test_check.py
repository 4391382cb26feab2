"""What is refused, why, and the split keys that go round it: with those, prepare succeeds."""

import json

import pytest

from mrt_studio.errors import JobCancelled, OptionError, ShapeError
from mrt_studio.ir.graph import Graph
from mrt_studio.ir.symbol import read_graph, write_symbol
from mrt_studio.ops.base import parse
from mrt_studio.session.check import check_model
from mrt_studio.session.reports import check_lines
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import check_session, verdict
from mrt_studio.stages.base import Silent
from mrt_studio.stages.prepare import prepare_graph
from tests.models.detector import detector
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe
from tests.nets import built

SHAPE = (1, 4, 6, 6)


def strange(graph: Graph, attributes: dict[str, str] | None = None, **renamed: str) -> Graph:
    """Read the graph again from its symbol with the operators of some nodes called otherwise."""
    symbol = json.loads(write_symbol(graph))
    for node in symbol["nodes"]:
        if node["name"] in renamed:
            node |= {"op": renamed[node["name"]], "attrs": attributes or {}}
    return read_graph(json.dumps(symbol).encode(), dict(graph.params), parse, where="strange")


def chain(*operators):
    """Operators one after the other on an input: (name, operator, attributes)."""

    def write(b, param):
        x = b.input("data", None)
        for name, op, attributes in operators:
            x = b.op(op, x, name=name, **attributes)
        return x

    return built(write)


def branches(b, param):
    """Two refused forms beside each other, one above a third, and a node with several outputs read by one of them."""
    x = b.op("relu", b.input("data", None), name="stem")
    left = b.op("argmax", b.op("abs", x, name="left"), name="best")
    parts = b.op("SliceChannel", x, name="parts", num_outputs=2, axis=1)
    right = b.op("tan", parts._replace(index=1), name="steep")
    far = b.op("prod", b.op("Flatten", x, name="flat"), name="product", axis=(1,))
    return [left, right, far, parts, b.op("tanh", x, name="side")]


REFUSED = {
    "unknown": (strange(chain(("below", "relu", {}), ("new", "abs", {}), ("after", "relu", {})), new="abs_of_tomorrow"), {"new"}, ("below",)),
    "never run": (strange(chain(("below", "relu", {}), ("code", "abs", {})), code="Custom"), {"code"}, ("below",)),
    "unknown form": (strange(chain(("below", "relu", {}), ("new", "abs", {})), {"pool_type": "lp", "kernel": "(2, 2)"}, new="Pooling"), {"new"}, ("below",)),
    "two unknown": (strange(chain(("a", "relu", {}), ("b", "relu", {}), ("c", "relu", {}), ("d", "relu", {})), b="x", d="y"), {"b", "d"}, ("a",)),
    "float only": (chain(("below", "relu", {}), ("steep", "tan", {}), ("after", "relu", {})), {"steep"}, ("below",)),
    "refused in prepare": (chain(("below", "relu", {}), ("best", "argmax", {})), {"best"}, ("below",)),
    "refused in the lowering": (
        chain(("below", "relu", {}), ("rows", "expand_dims", {"axis": 0}), ("deep", "expand_dims", {"axis": 0}), ("deeper", "expand_dims", {"axis": 0})),
        {"deeper"},
        ("deep",),
    ),
    "branches": (built(branches), {"best", "product", "steep"}, ("stem", "left", "flat", "side")),
    "volumes": (
        chain(("below", "relu", {}), ("deep", "expand_dims", {"axis": 2}), ("pool", "Pooling", {"kernel": (1, 2, 2), "pool_type": "avg"})),
        {"pool"},
        ("deep",),
    ),
    "detector": (detector(), {"nms"}, ("rows",)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_prepare_succeeds_with_the_suggested_keys(name):
    graph, nodes, keys = REFUSED[name]
    shape = (1, 3, 16, 16) if name == "detector" else SHAPE
    found = check_model(graph, shape)
    assert {problem.node for problem in found.problems} == nodes
    assert set(found.split_keys) == set(keys)
    assert all(problem.why and graph[problem.node].op.name == problem.op for problem in found.problems)
    assert (found.error, found.passed, found.operators) == (None, False, len(graph.operators))
    prepared = prepare_graph(graph, shape, found.split_keys, Silent())
    assert prepared.top is not None
    assert not nodes & {node.name for node in prepared.graph.nodes}
    text = "\n".join(check_lines(found))
    assert text.endswith(f"--split-keys {','.join(found.split_keys)}")
    assert all(problem.why in text for problem in found.problems)


def test_a_supported_model_passes():
    found = check_model(tiny_graph(), (-1, 3, 8, 8))
    assert (found.passed, found.problems, found.split_keys, found.error) == (True, (), (), None)
    assert check_lines(found) == [f"All {found.operators} operators can become integers."]


def test_what_reads_the_input_itself_has_no_way_round():
    found = check_model(chain(("steep", "tan", {}), ("after", "relu", {})), SHAPE)
    assert ([problem.node for problem in found.problems], found.split_keys, found.error) == (["steep"], (), None)
    assert check_lines(found)[-1] == "No split goes round them, because they read the input itself."


@pytest.mark.parametrize(
    ("shape", "kind", "what"),
    [((1, 4, 8, 8), ShapeError, "conv0"), ((1, 3, 12, 8), ShapeError, "fc0"), ((1, 3, -1, 8), OptionError, "not usable")],
)
def test_a_wrong_shape_is_no_fault_of_an_operator(shape, kind, what):
    found = check_model(tiny_graph(), shape)
    assert (found.problems, found.split_keys, found.passed) == ((), (), False)
    assert isinstance(found.error, kind)
    assert what in str(found.error)
    assert what in "\n".join(check_lines(found))


def several(b, param):
    x, y = b.input("picture", None), b.input("mask", None)
    return b.op("tan", b.op("broadcast_mul", x, b.op("abs", y, name="size"), name="product"), name="steep")


def test_several_inputs_need_all_their_shapes():
    graph, shapes = built(several), {"picture": (1, 3, 4, 4), "mask": (1, 1, 4, 4)}
    assert isinstance(check_model(graph, SHAPE).error, OptionError)
    assert isinstance(check_model(graph, SHAPE, {"mask": (1, 1, 4, 4)}).error, OptionError)
    found = check_model(graph, SHAPE, shapes)
    assert ([problem.node for problem in found.problems], found.split_keys, found.error) == (["steep"], ("product",), None)
    assert prepare_graph(graph, SHAPE, found.split_keys, Silent(), shapes).top is not None


def test_a_cancelled_check_is_no_verdict():
    class Cancelling(Silent):
        def progress(self, done, total, message):
            raise JobCancelled("Cancelled.")

    with pytest.raises(JobCancelled):
        check_model(tiny_graph(), (1, 3, 8, 8), report=Cancelling())


def test_a_verdict_belongs_to_the_model_and_its_shapes_and_is_kept(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    assert verdict(session) == {}
    found = check_session(session)
    assert found.passed
    assert verdict(session) == found.summary() == {"passed": True, "operators": found.operators, "problems": [], "split_keys": [], "error": None}
    session.configure("prepare", split_keys=["conv0"])
    session.configure("quantize", observer="mrt_lambda")
    assert verdict(session) == found.summary()
    session.configure("prepare", input_shape=[-1, 4, 8, 8])
    assert verdict(session) == {}
    assert check_session(session).summary()["error"]["kind"] == "ShapeError"
    session.configure("prepare", input_shape=[-1, 3, 8, 8])
    assert verdict(Session(tmp_path / "project", session.recipe())) == found.summary()
    assert verdict(Session()) == {}
