"""Symbol files: what is read, what is refused and why, round trips, and MXNet itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrt_studio.errors import FormatError, ModelError, OptionError, ShapeError, UnsupportedError
from mrt_studio.ir.graph import Graph, Node, Ref, Variable, with_input_shapes
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.params import load_params, read_params, write_params
from mrt_studio.ir.symbol import build_graph, read_graph, read_symbol, write_symbol

WEIGHT = {"conv_weight": np.ones((4, 3, 3, 3), np.float32)}


def test_an_mxnet_symbol_becomes_a_graph(toy):
    graph = read_graph(toy.dump(toy.document()), WEIGHT | {"unused": np.ones(1)}, toy.parse, where="f")
    assert graph.nodes == (
        Node("data", Variable(), origin=("data",)),
        Node("conv_weight", Variable(), shapes=((4, 3, 3, 3),), origin=("conv_weight",)),
        Node("conv", toy.Toy("conv", (("kernel", "(3, 3)"),)), (Ref("data"), Ref("conv_weight")), origin=("conv",)),
        Node("split", toy.Toy("split"), (Ref("conv"),), origin=("split",)),
        Node("add", toy.Toy("add"), (Ref("split"), Ref("split", 1)), origin=("add",)),
    )
    assert graph.outputs == (Ref("add"),)
    assert list(graph.params) == ["conv_weight"]
    assert not graph.params["conv_weight"].flags.writeable


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("(1, 3, 8, 8)", ((1, 3, 8, 8),)),
        ("[1,3]", ((1, 3),)),
        ("(5L,)", ((5,),)),
        ("( 2 , )", ((2,),)),
        ("(0, 3)", ()),
        ("(-1, 3)", ()),
        ("()", ()),
    ],
)
def test_the_shape_of_an_input_is_read_when_it_is_whole(toy, text, shapes):
    symbol = {"nodes": [{"op": "null", "name": "data", "attrs": {"__shape__": text}, "inputs": []}], "heads": [[0, 0]]}
    assert read_graph(toy.dump(symbol), {}, toy.parse, where="f")["data"].shapes == shapes


def test_older_files_are_read(toy):
    old = {
        "nodes": [
            {"op": "null", "param": {}, "name": "data", "inputs": [], "backward_source_id": -1},
            {"op": "null", "param": {}, "name": "w", "inputs": [], "backward_source_id": -1, "attr": {"lr_mult": "0.0"}},
            {"op": "fc", "param": {"num_hidden": "3"}, "attr": {"ctx_group": "a", "weight_lr_mult": "1"}, "name": "fc", "inputs": [[0, 0], [1, 0]]},
            {"op": "act", "attr": {"act_type": "relu"}, "name": "relu", "inputs": [[2, 0]], "backward_source_id": -1},
        ],
        "arg_nodes": [0, 1],
        "heads": [[3, 0]],
    }
    graph = read_graph(toy.dump(old), {}, toy.parse, where="f")
    assert [n.op.attributes() for n in graph.operators] == [{"num_hidden": "3"}, {"act_type": "relu"}]


def test_attributes_in_double_underscores_are_never_interpreted(toy):
    symbol = toy.document()
    for node in symbol["nodes"]:
        node["attrs"] = node.get("attrs", {}) | {"__init__": "__import__('os').abort()", "__dtype__": "\n", "__storage_type__": "{"}
    plain = read_graph(toy.dump(toy.document()), WEIGHT, toy.parse, where="f")
    assert read_graph(toy.dump(symbol), WEIGHT, toy.parse, where="f").nodes == plain.nodes


def at(*path, value):
    """A change that sets the value at a path of keys."""

    def change(symbol):
        place = symbol
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def without(*path):
    def change(symbol):
        place = symbol
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return change


CHANGES = {
    "no nodes": (without("nodes"), "lacks 'nodes'"),
    "no heads": (without("heads"), "lacks 'heads'"),
    "unknown top key": (at("extra", value=1), "unknown key 'extra'"),
    "compiled": (at("attrs", value={"storage_id": ["list_int", []]}), "compiled graph of TVM or the CVM"),
    "nodes type": (at("nodes", value={}), "'nodes' must be a list"),
    "attrs type": (at("attrs", value=[]), "'attrs' must be an object"),
    "row type": (at("node_row_ptr", value=0), "'node_row_ptr' must be a list"),
    "empty": (at("nodes", value=[]), "0 nodes"),
    "node type": (at("nodes", 1, value=[1]), "A node must be an object, but it is a list"),
    "node lacks op": (without("nodes", 2, "op"), "lacks the key 'op'"),
    "node lacks inputs": (without("nodes", 2, "inputs"), "lacks the key 'inputs'"),
    "unknown node key": (at("nodes", 2, "x", value=1), "unknown key 'x'"),
    "name type": (at("nodes", 2, "name", value=7), "node's name must be text, but it is 7"),
    "name list": (at("nodes", 2, "name", value=[]), "node's name must be text, but it is a list"),
    "name empty": (at("nodes", 2, "name", value=""), "node's name is empty"),
    "name control": (at("nodes", 2, "name", value="a\x1b[0m"), "cannot be printed"),
    "name surrogate": (at("nodes", 2, "name", value="\ud800"), "cannot be printed"),
    "name long": (at("nodes", 2, "name", value="n" * 1025), "1,025 characters"),
    "op type": (at("nodes", 2, "op", value=None), "operator's name must be text, but it is None"),
    "duplicate": (at("nodes", 1, "name", value="data"), "variables 0 and 1 are both called 'data'"),
    "control flow": (at("nodes", 2, "subgraphs", value=[{}]), "control flow"),
    "control deps": (at("nodes", 2, "control_deps", value=[1]), "control flow"),
    "attribute type": (at("nodes", 2, "attrs", "kernel", value=3), "attribute 'kernel' must be text, but it is 3"),
    "attribute control": (at("nodes", 2, "attrs", "kernel", value="\0"), "cannot be printed"),
    "attribute long": (at("nodes", 2, "attrs", "kernel", value="1" * 65537), "65,537 characters"),
    "attributes type": (at("nodes", 2, "attrs", value=[]), "'attrs' must be an object"),
    "attributes many": (at("nodes", 2, "attrs", value={str(i): "" for i in range(257)}), "at most 256"),
    "attribute twice": (at("nodes", 2, "param", value={"kernel": "(1, 1)"}), "'kernel' has two values"),
    "inputs type": (at("nodes", 2, "inputs", value={}), "inputs must be a list"),
    "inputs many": (at("nodes", 2, "inputs", value=[[0, 0, 0]] * 4097), "at most 4,096"),
    "input type": (at("nodes", 2, "inputs", 0, value=[0]), "list of node, output and version"),
    "input bool": (at("nodes", 2, "inputs", 0, value=[False, 0, 0]), "list of node, output and version"),
    "input itself": (at("nodes", 2, "inputs", 0, value=[2, 0, 0]), "node 2, which does not come before it"),
    "cycle": (at("nodes", 2, "inputs", 0, value=[4, 0, 0]), "node 4, which does not come before it"),
    "input negative": (at("nodes", 2, "inputs", 0, value=[-1, 0, 0]), "node -1, which does not come before it"),
    "output index": (at("nodes", 4, "inputs", 0, value=[3, 2, 0]), "output 2 of 'split', which has 2"),
    "output negative": (at("nodes", 4, "inputs", 0, value=[3, -1, 0]), "output -1 of 'split'"),
    "variable's inputs": (at("nodes", 1, "inputs", value=[[0, 0, 0]]), "variable cannot have inputs"),
    "shape code": (at("nodes", 1, "attrs", "__shape__", value="__import__('os').abort()"), "is no tuple of integers"),
    "shape type": (at("nodes", 1, "attrs", "__shape__", value=3), "must be text"),
    "shape number": (at("nodes", 1, "attrs", "__shape__", value="4"), "is no tuple of integers"),
    "shape long": (at("nodes", 1, "attrs", "__shape__", value="(" + "1," * 500 + ")"), "is no tuple of integers"),
    "shape rank": (at("nodes", 1, "attrs", "__shape__", value="(" + "1," * 9 + ")"), "too large"),
    "shape size": (at("nodes", 1, "attrs", "__shape__", value="(99999999, 99999999)"), "too large"),
    "shape other": (at("nodes", 1, "attrs", "__shape__", value="(5, 3, 3, 3)"), "shape (4, 3, 3, 3), but the symbol states (5, 3, 3, 3)"),
    "precision 0": (at("nodes", 1, "attrs", "precision", value="0"), "from 1 to 32"),
    "precision 33": (at("nodes", 1, "attrs", "precision", value="33"), "from 1 to 32"),
    "precision text": (at("nodes", 1, "attrs", "precision", value="8.0"), "from 1 to 32"),
    "origin json": (at("nodes", 2, "attrs", "__origin__", value="["), "no valid JSON"),
    "origin type": (at("nodes", 2, "attrs", "__origin__", value='"conv"'), "must be a list of names"),
    "origin name": (at("nodes", 2, "attrs", "__origin__", value="[1]"), "name of an origin must be text"),
    "rule": (at("nodes", 2, "attrs", "__rule__", value="a\nb"), "cannot be printed"),
    "shapes count": (at("nodes", 2, "attrs", "__shapes__", value="[[1], [2]]"), "list of 1 shapes"),
    "shapes type": (at("nodes", 2, "attrs", "__shapes__", value='["x"]'), "no shape"),
    "shapes negative": (at("nodes", 2, "attrs", "__shapes__", value="[[-1]]"), "no shape"),
    "shapes rank": (at("nodes", 2, "attrs", "__shapes__", value="[[1,1,1,1,1,1,1,1,1]]"), "too large"),
    "heads type": (at("heads", value=0), "heads must be a list"),
    "heads empty": (at("heads", value=[]), "no outputs"),
    "heads many": (at("heads", value=[[4, 0, 0]] * 4097), "at most 4,096"),
    "head node": (at("heads", value=[[5, 0, 0]]), "node 5, which does not come before it"),
    "head output": (at("heads", value=[[4, 1, 0]]), "output 1 of 'add', which has 1"),
    "arg_nodes": (at("arg_nodes", value=[0]), "does not name exactly the variables"),
}


@pytest.mark.parametrize(("change", "part"), CHANGES.values(), ids=CHANGES)
def test_a_bad_symbol_is_refused_with_the_reason(toy, change, part):
    symbol = toy.document()
    change(symbol)
    with pytest.raises(FormatError) as caught:
        read_graph(toy.dump(symbol), WEIGHT, toy.parse, where="model.json")
    assert part in str(caught.value)
    assert caught.value.where.startswith("model.json")


NO_SYMBOLS = {
    "empty": (b"", "it is empty"),
    "html": (b"<html>", "a web page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
    "params": (write_params(WEIGHT), "it is an MXNet parameter file"),
    "onnx": (b"\x08\x07\x12\x07pytorch:", "an ONNX model"),
    "list": (b"[1]", "it is a JSON text"),
    "noise": (b"hello", "This is no MXNet symbol file."),
    "keras": (b'{"class_name": "Sequential", "config": {}}', "lacks 'heads'"),
    "encoding": (b'{"nodes": "\xff"}', "byte 11"),
    "cut": (b'{"nodes": [', "cut off"),
    "cut text": (b'{"nodes": ["abc', "cut off"),
    "syntax": (b'{"nodes" 1}', "no valid JSON"),
    "nan": (b'{"nodes": NaN}', "number 'NaN'"),
    "infinity": (b'{"nodes": -Infinity}', "number '-Infinity'"),
    "fraction": (b'{"nodes": 1e999}', "number '1e999'"),
    "huge": (b'{"nodes": ' + b"9" * 5000 + b"}", "number of 5,000 characters"),
    "deep": (b'{"nodes": ' + b"[" * 100_000, "100,001 brackets inside each other"),
    "deep objects": (b'{"nodes": ' * 17, "17 brackets inside each other"),
    "key twice": (b'{"nodes": [], "nodes": []}', "key 'nodes' twice"),
}


@pytest.mark.parametrize(("data", "part"), NO_SYMBOLS.values(), ids=NO_SYMBOLS)
def test_what_is_no_symbol_is_refused_with_the_reason(toy, data, part):
    with pytest.raises(FormatError) as caught:
        read_symbol(data, toy.parse, where="model.json")
    assert part in str(caught.value)
    assert caught.value.where.startswith("model.json")


@pytest.mark.parametrize("text", ["[" * 20, '"' + "[" * 20 + '"', "\\", "\\" * 3 + '"' + "{" * 20 + '\\"'])
def test_brackets_in_texts_are_no_depth(toy, text):
    symbol = toy.document()
    symbol["nodes"][2]["attrs"] = {"a": text, "b": "[" * 20, "c": text}
    assert read_symbol(toy.dump(symbol), toy.parse, where="f").nodes[2].op.attributes() == symbol["nodes"][2]["attrs"]


def test_a_byte_order_mark_is_accepted(toy):
    assert read_symbol(b"\xef\xbb\xbf" + toy.dump(toy.document()), toy.parse, where="f").variables == ("data", "conv_weight")


@pytest.mark.parametrize(
    "limits", [Limits(symbol_bytes=9), Limits(nodes=4), Limits(inputs=1), Limits(heads=0), Limits(name=3), Limits(depth=3), Limits(marks=20)]
)
def test_limits_are_kept(toy, limits):
    with pytest.raises(FormatError):
        read_symbol(toy.dump(toy.document()), toy.parse, where="f", limits=limits)


def test_the_parsers_errors_get_the_place(toy):
    symbol = toy.document()
    symbol["nodes"][2]["op"] = "Mystery"
    with pytest.raises(UnsupportedError, match="'Mystery' with 2 inputs") as caught:
        read_symbol(toy.dump(symbol), toy.parse, where="f")
    assert caught.value.where == "f, node 2 'conv'"


def test_missing_arrays_are_named_together(toy):
    nodes = [{"op": "null", "name": f"c{i}_weight", "inputs": []} for i in range(7)] + [{"op": "null", "name": "image", "inputs": []}]
    symbol = read_symbol(toy.dump({"nodes": nodes, "heads": [[0, 0, 0]]}), toy.parse, where="f")
    with pytest.raises(FormatError, match=r"lack 6 of the 7 arrays that the symbol needs: 'c1_weight', 'c2_weight', .* and 1 more"):
        build_graph(symbol, {"c0_weight": np.ones(1)})


def test_declared_inputs_decide_what_needs_an_array(toy):
    nodes = [{"op": "null", "name": name, "inputs": []} for name in ("data", "scale", "in_weight")]
    symbol = read_symbol(toy.dump({"nodes": nodes, "heads": [[0, 0, 0]]}), toy.parse, where="f")
    with pytest.raises(FormatError, match="lack 1 of the 2 arrays that the symbol needs: 'scale'"):
        build_graph(symbol, {"in_weight": np.ones(1)}, ["data"])
    graph = build_graph(symbol, {"scale": np.ones(1), "in_weight": np.ones(1)}, ["data", "in_weight"])
    assert [n.name for n in graph.inputs] == ["data", "in_weight"]
    with pytest.raises(OptionError, match="no input called 'image'"):
        build_graph(symbol, {}, ["image"])


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [("[[1, 4, 8, 8]]", "[[1, 4, 8, 9]]", "states the shapes"), (', "__shape__": "(1, 4, 8, 8)"', "", "not those of its inputs")],
)
def test_stated_shapes_must_follow_from_the_inputs(toy, before, after, part):
    graph = toy.graph()
    text = write_symbol(graph).decode()
    assert before in text
    with pytest.raises(ShapeError) as caught:
        read_graph(text.replace(before, after, 1).encode(), graph.params, toy.parse, where="f")
    assert part in str(caught.value)
    assert "node 2" in caught.value.where or "'conv'" in caught.value.where


def same(a, b):
    return a.nodes == b.nodes and a.outputs == b.outputs and a.params.keys() == b.params.keys() and all((a.params[k] == b.params[k]).all() for k in a.params)


def test_an_integer_graph_is_read_back_equal(toy):
    graph = toy.graph()
    data = write_symbol(graph)
    back = read_graph(data, read_params(write_params(graph.params), where="p"), toy.parse, where="f")
    assert same(back, graph)
    assert write_symbol(back) == data
    assert back["conv"].origin == ("conv0", "bn0")
    assert back["conv"].rule == "fold"


def test_the_written_form_is_fixed(toy):
    graph = Graph((Node("é", Variable(8), origin=("é",)), Node("r", toy.Toy("relu"), (Ref("é"),), origin=("é", "b"), rule="x")), (Ref("r"),))
    assert write_symbol(graph).decode() == (
        '{\n"nodes": [\n'
        '{"op": "null", "name": "é", "attrs": {"precision": "8"}, "inputs": []},\n'
        '{"op": "relu", "name": "r", "attrs": {"__origin__": "[\\"é\\", \\"b\\"]", "__rule__": "x"}, "inputs": [[0, 0, 0]]}\n'
        '],\n"arg_nodes": [0],\n"node_row_ptr": [0, 1, 2],\n"heads": [[1, 0, 0]],\n"attrs": {"mxnet_version": ["int", 10901]}\n}\n'
    )


@pytest.mark.parametrize(
    "node", [Node("a\n", Variable()), Node("a", Variable(), shapes=((),)), Node("a", Variable(), shapes=((0, 1),)), Node("a", Variable(), rule="\0")]
)
def test_what_could_not_be_read_is_not_written(node):
    with pytest.raises(ModelError):
        write_symbol(Graph((node,), (Ref(node.name),)))


NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs")), min_size=1, max_size=12)


@st.composite
def graphs(draw, toy):
    names = draw(st.lists(NAMES, min_size=1, max_size=8, unique=True))
    nodes, params, refs = [], {}, []
    shape = draw(st.none() | st.lists(st.integers(1, 9), min_size=1, max_size=8).map(tuple))
    for name in names:
        origin, rule = draw(st.lists(NAMES, max_size=3, unique=True).map(tuple)), draw(st.just("") | NAMES)
        if not refs or draw(st.booleans()):
            op, inputs = Variable(draw(st.none() | st.integers(1, 32))), ()
            if draw(st.booleans()):
                params[name] = np.full(shape or (2,), 3, np.int8)
            shapes = (params[name].shape,) if name in params else () if shape is None else (shape,)
        else:
            texts = draw(st.dictionaries(NAMES.filter(lambda t: not t.endswith(("_mult", "__", "_group", "_stage", "_mirroring"))), NAMES, max_size=3))
            op = toy.Toy(draw(st.sampled_from(["split", "cvm.relu", "conv"])), tuple(sorted(texts.items())))
            inputs = tuple(draw(st.lists(st.sampled_from(refs), min_size=1, max_size=3)))
            shapes = () if shape is None else (shape,) * op.outputs
        nodes.append(Node(name, op, inputs, shapes, origin, rule))
        refs += [Ref(name, i) for i in range(op.outputs)]
    return Graph(tuple(nodes), tuple(draw(st.lists(st.sampled_from(refs), min_size=1, max_size=3))), params)


@settings(deadline=None)
@given(data=st.data())
def test_every_graph_is_read_back_equal(toy, data):
    graph = data.draw(graphs(toy))
    inputs = [n.name for n in graph.inputs]
    written = write_symbol(graph)
    back = read_graph(written, graph.params, toy.parse, where="f", inputs=inputs)
    assert same(back, graph)
    assert write_symbol(back) == written


@pytest.fixture(scope="module")
def exported(mx, tmp_path_factory):
    """A network of Gluon's model zoo, as its users export it."""
    from mxnet.gluon.model_zoo import vision

    def export(name, size):
        with mx.name.NameManager():
            net = getattr(vision, name)(classes=4)
            net.initialize(mx.init.Xavier())
            net.hybridize()
            net(mx.nd.zeros((1, 3, size, size)))
        folder = tmp_path_factory.mktemp(name)
        net.export(str(folder / "net"))
        return (folder / "net-symbol.json").read_bytes(), folder / "net-0000.params"

    return export


def loose(toy):
    def parse(name, texts, inputs):
        return replace(toy.Toy("split" if name == "BatchNorm" else name, tuple(sorted(texts.items()))), name=name)

    return parse


@pytest.mark.parametrize("network", [("mobilenet_v2_0_25", 32), ("resnet18_v2", 32), ("squeezenet1_1", 224), ("densenet121", 224)])
def test_networks_of_the_model_zoo_go_through_and_back_to_mxnet(toy, mx, exported, network, tmp_path):
    symbol, path = exported(*network)
    graph = read_graph(symbol, load_params(path), loose(toy), where="f", inputs=["data"])
    assert [n.name for n in graph.inputs] == ["data"]
    written = tmp_path / "w.params"
    written.write_bytes(write_params(graph.params))
    theirs = {k[4:]: v.asnumpy() for k, v in mx.nd.load(str(path)).items()}
    ours = {k[4:]: v.asnumpy() for k, v in mx.nd.load(str(written)).items()}
    assert ours.keys() == theirs.keys() == graph.params.keys()
    assert all((ours[k] == theirs[k]).all() for k in theirs)
    before, after = mx.sym.load_json(symbol.decode()), mx.sym.load_json(write_symbol(graph).decode())
    for question in ("list_arguments", "list_auxiliary_states", "list_outputs"):
        assert getattr(after, question)() == getattr(before, question)()
    attributes = {n.name: n.op.attributes() for n in graph.operators}
    assert {k: d for k, d in after.attr_dict().items() if attributes.get(k)} == {k: d for k, d in attributes.items() if d}


def test_mxnet_reads_lineage_and_shapes_and_computes_the_same(toy, mx):
    x = mx.sym.var("data")
    net = mx.sym.Activation(mx.sym.FullyConnected(x, mx.sym.var("fc_wêight"), num_hidden=3, no_bias=True, name="fc"), act_type="relu", name="relu")
    params = {"fc_wêight": np.arange(-6, 6, dtype=np.float32).reshape(3, 4)}
    graph = read_graph(net.tojson().encode(), params, toy.parse, where="f")
    nodes = tuple(replace(n, shapes=((2, 4),)) if n.name == "data" else replace(n, origin=("a", "é"), rule="fold") for n in graph.nodes)
    shaped = with_input_shapes(replace(graph, nodes=nodes), toy.make, {"data": (2, 4)})
    written = mx.sym.load_json(write_symbol(shaped).decode())
    assert written.infer_shape()[1] == [(2, 3)]
    feed = {"data": mx.nd.ones((2, 4)), "fc_wêight": mx.nd.NDArray.astype(mx.nd.arange(-6, 6).reshape((3, 4)), "float32")}
    np.testing.assert_array_equal(written.bind(mx.cpu(), feed).forward()[0].asnumpy(), net.bind(mx.cpu(), feed).forward()[0].asnumpy())


def test_a_layer_that_is_used_twice_exports_one_name_twice(toy):
    symbol = toy.document()
    symbol["nodes"][3]["name"] = symbol["nodes"][4]["name"] = "conv"
    nodes = read_symbol(toy.dump(symbol), toy.parse, where="x").nodes
    assert [n.name for n in nodes] == ["data", "conv_weight", "conv", "conv_1", "conv_2"]
    assert [r.name for r in nodes[4].inputs] == ["conv_1", "conv_1"]


def test_what_mxnet_writes_to_the_weights_it_makes_is_left_out(toy, mx):
    made = mx.sym.Convolution(mx.sym.var("data"), name="conv", kernel=(3, 3), num_filter=4)
    symbol = read_symbol(made.tojson().encode(), toy.parse, where="x")
    assert '"kernel"' in made.tojson().split("conv_weight")[1].split("conv_bias")[0]
    assert symbol.variables == ("data", "conv_weight", "conv_bias")
    assert all(node.op == Variable() for node in symbol.nodes[:3])
