"""Changed files: each single change is refused with its reason, and no mutation gives anything but our errors."""

import json
import random
import struct
from dataclasses import replace

import numpy as np
import pytest

from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.ops.base import make
from mrt_studio.errors import FormatError, ModelError, UnsupportedError
from mrt_studio.ir.graph import Builder
from mrt_studio.ir.limits import DEFAULT_LIMITS
from tests.hostile.mutators import flipped, reshaped

CASES = 3000


def graph():
    """data 0, w 1, f 2, conv2d_0 3, relu_0 4, cvm_right_shift_0 5, broadcast_mul_0 6, flatten_0 7, sum_0 8."""
    b = Builder(make)
    x = b.input("data", (1, 2, 4, 4), 8)
    w = b.param("", np.arange(-8, 8, dtype=np.int8).reshape(2, 2, 2, 2), name="w", precision=5)
    f = b.param("", np.array([300], np.int32), name="f", precision=10)
    y = b.op("cvm.relu", b.op("cvm.conv2d", x, w, channels=2, kernel_size=(2, 2), use_bias=False))
    y = b.op("cvm.broadcast_mul", b.op("cvm.cvm_right_shift", y, precision=8, shift_bit=4), f)
    return b.graph([b.op("cvm.sum", b.op("cvm.flatten", y), axis=(1,))])


SYMBOL, PARAMS = write_artifact(graph())
SAMPLE = np.arange(-16, 16, dtype=np.int8).reshape(1, 2, 4, 4)


def put(*path, value):
    """A change that sets the value at a path in the symbol's JSON."""

    def change(top):
        for key in path[:-1]:
            top = top[key]
        top[path[-1]] = value

    return change


def drop(*path):
    def change(top):
        for key in path[:-1]:
            top = top[key]
        del top[path[-1]]

    return change


def attribute(node, **texts):
    def change(top):
        values = json.loads(top["attrs"]["op_attrs"][1][node])
        top["attrs"]["op_attrs"][1][node] = json.dumps(values | texts)

    return change


def listed(key, index, value):
    return put("attrs", key, 1, index, value=value)


SYMBOL_CHANGES = {
    "no version": (drop("version"), "This JSON is no compiled symbol: it lacks 'version'."),
    "other version": (put("version", value="cvm_1.1.0"), "The symbol has the version 'cvm_1.1.0'."),
    "unknown top key": (put("extra", value=1), "The symbol has the unknown key 'extra'."),
    "postprocess": (put("postprocess", value="argmax"), "The postprocessing 'argmax' is not supported."),
    "nodes no list": (put("nodes", value={}), "The 'nodes' must be a list of 1 to 200,000 nodes."),
    "no nodes": (put("nodes", value=[]), "The 'nodes' must be a list of 1 to 200,000 nodes."),
    "attrs no object": (put("attrs", value=[]), "The 'attrs' must be an object."),
    "unknown list": (put("attrs", "device_index", value=["list_int", []]), "The graph attributes have the unknown key 'device_index'."),
    "lacking list": (drop("attrs", "dltype"), "The graph attributes lack the key 'dltype'."),
    "wrong kind of list": (put("attrs", "shape", 0, value="list_int"), "The graph attribute 'shape' must be the text 'list_shape' and a list."),
    "short list": (drop("attrs", "shape", 1, 8), "The graph attribute 'shape' has 8 entries instead of 9."),
    "short precision": (drop("attrs", "precision", 1, 0), "The graph attribute 'precision' has 8 entries instead of 9."),
    "short op_attrs": (drop("attrs", "op_attrs", 1, 0), "The graph attribute 'op_attrs' has 8 entries instead of 9."),
    "short storage": (drop("attrs", "storage_id", 1, 0), "The graph attribute 'storage_id' has 8 entries instead of 9."),
    "long dltype": (put("attrs", "dltype", 1, value=["int32"] * 10), "The graph attribute 'dltype' has 10 entries instead of 9."),
    "other dltype": (listed("dltype", 0, "float32"), "The list 'dltype' holds something other than 'int32'."),
    "node no object": (put("nodes", 0, value=[]), "A node must be an object with 'op', 'name' and 'inputs'."),
    "node without name": (drop("nodes", 0, "name"), "A node must be an object with 'op', 'name' and 'inputs'."),
    "name twice": (put("nodes", 2, "name", value="w"), "Two nodes are called 'w'."),
    "unprintable name": (put("nodes", 1, "name", value="w\u202e"), "The node's name holds characters that cannot be printed: 'w\\u202e'."),
    "unknown op": (put("nodes", 3, "op", value="conv2d"), "The node's 'op' is 'conv2d' instead of 'null' or 'cvm_op'."),
    "unknown node key": (put("nodes", 3, "subgraphs", value=[]), "The node has the unknown key 'subgraphs'."),
    "unknown variable key": (put("nodes", 0, "attrs", value={}), "The variable has the unknown key 'attrs'."),
    "variable with inputs": (put("nodes", 1, "inputs", value=[[0, 0, 0]]), "A variable cannot have inputs."),
    "no func_name": (drop("nodes", 3, "attrs", "func_name"), "The node's 'attrs' must be an object with 'func_name'."),
    "unknown func": (put("nodes", 4, "attrs", "func_name", value="softmax"), "The Cortex virtual machine has no operator 'softmax'."),
    "a variable as func": (put("nodes", 4, "attrs", "func_name", value="null"), "The Cortex virtual machine has no operator 'null'."),
    "wrong num_inputs": (put("nodes", 4, "attrs", "num_inputs", value="2"), "The node's 'num_inputs' is '2' instead of '1'."),
    "wrong flatten_data": (put("nodes", 4, "attrs", "flatten_data", value="1"), "The node's 'flatten_data' is '1' instead of '0'."),
    "unknown attribute of a node": (put("nodes", 4, "attrs", "x", value="1"), "The node's 'attrs' have the unknown key 'x'."),
    "itself as input": (put("nodes", 4, "inputs", 0, value=[4, 0, 0]), "One of the inputs is node 4, which does not come before it."),
    "a cycle": (put("nodes", 4, "inputs", 0, value=[5, 0, 0]), "One of the inputs is node 5, which does not come before it."),
    "negative node": (put("nodes", 4, "inputs", 0, value=[-1, 0, 0]), "One of the inputs is node -1, which does not come before it."),
    "output out of range": (put("nodes", 4, "inputs", 0, value=[3, 1, 0]), "One of the inputs is output 1 of 'conv2d_0', which has 1."),
    "version of an input": (put("nodes", 4, "inputs", 0, value=[3, 0, 1]), "Each of the inputs must be a list of node, output and 0."),
    "true as a number": (put("nodes", 4, "inputs", 0, value=[True, 0, 0]), "Each of the inputs must be a list of node, output and 0."),
    "too many inputs": (put("nodes", 4, "inputs", value=[[3, 0, 0]] * 2), "cvm.relu takes 1 inputs, but 2 are given."),
    "no heads": (put("heads", value=[]), "The list 'heads' is empty: there are no outputs."),
    "head out of range": (put("heads", 0, value=[9, 0, 0]), "One of the heads is node 9, which does not come before it."),
    "wrong arg_nodes": (put("arg_nodes", value=[0, 1]), "The list 'arg_nodes' does not follow from the nodes."),
    "arg_nodes of truths": (put("arg_nodes", value=[False, True, 2]), "The list 'arg_nodes' does not follow from the nodes."),
    "arg_nodes no list": (put("arg_nodes", value=7), "The list 'arg_nodes' does not follow from the nodes."),
    "wrong node_row_ptr": (put("node_row_ptr", 9, value=10), "The list 'node_row_ptr' does not follow from the nodes."),
    "no input called data": (put("nodes", 0, "name", value="image"), "No input called 'data' comes before the operators."),
    "op_attrs no JSON": (listed("op_attrs", 3, "{"), "The text is no valid JSON."),
    "op_attrs no object": (listed("op_attrs", 3, "[]"), "The entry of 'op_attrs' must be an object with at most 256 entries."),
    "attribute no text": (listed("op_attrs", 3, '{"channels": 2}'), "The attribute 'channels' must be text, but it is 2."),
    "lacking attribute": (listed("op_attrs", 3, "{}"), "The operator cvm.conv2d lacks the attribute 'channels'."),
    "unknown attribute": (listed("op_attrs", 4, '{"axis": "1"}'), "The operator cvm.relu has the unknown attribute 'axis'."),
    "attribute out of range": (attribute(5, shift_bit="33"), "The operator cvm.cvm_right_shift has shift_bit=33, which is not supported."),
    "attribute that shapes refuse": (
        attribute(3, channels="3"),
        "The weight (2, 2, 2, 2) or the bias () does not fit the input (1, 2, 4, 4) and the attributes.",
    ),
    "shift too far": (attribute(5, shift_bit="31"), "The shift has 31 bits; the limit is 30."),
    "shape no list": (listed("shape", 0, 7), "The list 'shape' holds something that is no shape."),
    "empty shape": (listed("shape", 0, []), "The list 'shape' holds something that is no shape."),
    "seven dimensions": (listed("shape", 0, [1] * 7), "The list 'shape' holds something that is no shape."),
    "zero dimension": (listed("shape", 0, [1, 0, 4, 4]), "The list 'shape' holds something that is no shape."),
    "huge dimension": (listed("shape", 0, [1, 1 << 25, 1, 1]), "The list 'shape' holds something that is no shape."),
    "huge tensor": (listed("shape", 0, [1 << 20, 2, 1 << 10, 4]), "The list 'shape' holds something that is no shape."),
    "other shape": (listed("shape", 4, [1, 2, 9]), "The symbol states the shapes ((1, 2, 9),), but they are ((1, 2, 3, 3),)."),
    "shape of a parameter": (listed("shape", 1, [2, 2, 4]), "The array 'w' has the shape (2, 2, 2, 2), but the symbol states (2, 2, 4)."),
    "precision 0": (listed("precision", 0, 0), "The variable's precision is 0 instead of 1 to 32 bits."),
    "precision 33": (listed("precision", 0, 33), "The variable's precision is 33 instead of 1 to 32 bits."),
    "no precision of a variable": (listed("precision", 1, -1), "The variable's precision is -1 instead of 1 to 32 bits."),
    "values beyond the precision": (listed("precision", 1, 4), "The parameter 'w' reaches 8, beyond its 4 bits."),
    "wrong precision": (listed("precision", 4, 16), "The precision of 'relu_0' is stated as 16 bits, but it is 17."),
    "precision as truth": (listed("precision", 4, True), "The precision of 'relu_0' is stated as True bits, but it is 17."),
    "no proof": (listed("precision", 0, 32), "The input of the product has 32 bits; the limit is 8."),
    "negative storage": (listed("storage_id", 0, -1), "The list 'storage_id' holds something that is no number from 0 to 8."),
    "storage out of range": (listed("storage_id", 0, 9), "The list 'storage_id' holds something that is no number from 0 to 8."),
    "storage of a parameter": (listed("storage_id", 4, 1), "By the storage plan, 'relu_0' overwrites a variable."),
    "storage of another variable": (listed("storage_id", 1, 0), "By the storage plan, 'w' shares its storage with another variable."),
}


@pytest.mark.parametrize("name", SYMBOL_CHANGES)
def test_a_changed_symbol_is_refused_with_its_reason(name):
    change, what = SYMBOL_CHANGES[name]
    top = json.loads(SYMBOL)
    change(top)
    with pytest.raises((FormatError, UnsupportedError)) as caught:
        read_artifact(json.dumps(top).encode(), PARAMS, where="folder")
    assert caught.value.what == what
    assert caught.value.where.startswith("folder/symbol")


def test_the_runtime_infers_precisions_that_are_not_stated():
    top = json.loads(SYMBOL)
    top["attrs"]["precision"][1][3:] = [-1] * 6
    assert write_artifact(read_artifact(json.dumps(top).encode(), PARAMS)) == (SYMBOL, PARAMS)


HEADER = 8 + 8 + 8 + 9 + 9 + 8
"""Where the first array begins: after the header, two names of one letter, and the number of arrays."""


def patched(at, fields, *values):
    data = bytearray(PARAMS)
    struct.pack_into(f"<{fields}", data, at, *values)
    return bytes(data)


PARAMS_CHANGES = {
    "empty": (b"", "This is no parameter file of a compiled artifact: it is empty."),
    "an MXNet file": (b"\x12\x01\0\0\0\0\0\0" * 4, "This is no parameter file of a compiled artifact: it is an MXNet parameter file."),
    "something": (b"something else", "This is no parameter file of a compiled artifact: it does not begin like one."),
    "reserved": (patched(8, "Q", 1), "The reserved field is 1 instead of 0."),
    "many names": (patched(16, "Q", 1 << 40), "The file claims to hold 1,099,511,627,776 arrays."),
    "long name": (patched(24, "Q", 1 << 33), "The name claims to have 8,589,934,592 bytes."),
    "name not UTF-8": (patched(32, "B", 0xFF), "The name is not UTF-8 text."),
    "name unprintable": (patched(32, "B", 7), "The name of the array holds characters that cannot be printed: '\\x07'."),
    "name twice": (patched(32, "B", ord("f")), "Two arrays are called 'f'."),
    "other name": (patched(32, "B", ord("v")), "The parameter file holds 'v', which the symbol does not know."),
    "number of arrays": (patched(42, "Q", 1), "The number of arrays is 1 instead of 2."),
    "array magic": (patched(HEADER, "Q", 7), "The array begins with 0x7 and 0x0 instead of 0xdd5e40f096b4a13f and 0."),
    "on a GPU": (patched(HEADER + 16, "i", 2), "The array is on device type 2, number 0."),
    "no dimensions": (patched(HEADER + 24, "i", 0), "The array claims to have 0 dimensions."),
    "many dimensions": (patched(HEADER + 24, "i", 1 << 30), "The array claims to have 1073741824 dimensions."),
    "floats": (patched(HEADER + 28, "B", 2), "The elements have type code 2, 8 bits and 1 lanes."),
    "int16": (patched(HEADER + 29, "B", 16), "The elements have type code 0, 16 bits and 1 lanes."),
    "lanes": (patched(HEADER + 30, "H", 4), "The elements have type code 0, 8 bits and 4 lanes."),
    "negative dimension": (patched(HEADER + 32, "q", -2), "The array claims to have the shape (-2, 2, 2, 2)."),
    "huge array": (patched(HEADER + 32, "qq", 1 << 20, 1 << 20), "The array claims to have the shape (1048576, 1048576, 2, 2)."),
    "other shape": (patched(HEADER + 32, "q", 3), "The array claims 16 bytes, but the shape (3, 2, 2, 2) of int8 needs 24."),
    "other bytes": (patched(HEADER + 64, "q", 17), "The array claims 17 bytes, but the shape (2, 2, 2, 2) of int8 needs 16."),
    "cut off": (PARAMS[:-1], "The file ends too early: the data needs 4 bytes and 3 are left."),
    "cut in a header": (PARAMS[: HEADER + 20], "The file ends too early: the header of the array needs 32 bytes and 20 are left."),
    "more": (PARAMS + b"\0", "1 bytes follow the last array."),
    "large value": (patched(HEADER + 72, "b", -128), "The parameter 'w' reaches 128, beyond its 5 bits."),
}


@pytest.mark.parametrize("name", PARAMS_CHANGES)
def test_changed_parameters_are_refused_with_their_reason(name):
    data, what = PARAMS_CHANGES[name]
    with pytest.raises(FormatError) as caught:
        read_artifact(SYMBOL, data, where="folder")
    assert caught.value.what == what
    assert caught.value.where.startswith("folder/")
    assert caught.value.remedy or caught.value.why or "cannot be printed" in what


def test_files_given_in_the_wrong_order_are_named():
    with pytest.raises(FormatError, match="no parameter file of a compiled artifact: it is a JSON text"):
        read_artifact(PARAMS, SYMBOL)
    with pytest.raises(FormatError, match="This is no compiled symbol: it is a parameter file of TVM or the CVM"):
        read_artifact(PARAMS, PARAMS)


def test_limits_hold():
    small = replace(DEFAULT_LIMITS, nodes=5)
    with pytest.raises(FormatError, match="1 to 5 nodes"):
        read_artifact(SYMBOL, PARAMS, limits=small)
    with pytest.raises(FormatError, match="The symbol has"):
        read_artifact(SYMBOL, PARAMS, limits=replace(DEFAULT_LIMITS, symbol_bytes=100))
    with pytest.raises(FormatError, match="The parameter file has"):
        read_artifact(SYMBOL, PARAMS, limits=replace(DEFAULT_LIMITS, params_bytes=100))


def outcome(symbol, params):
    """The graph, or None when the files are refused with a sound error."""
    try:
        return read_artifact(symbol, params, where="folder")
    except ModelError as caught:
        error = caught
    assert isinstance(error, FormatError | UnsupportedError)
    assert error.what
    assert error.where.startswith("folder/")
    assert len(str(error)) < 4000
    return None


@pytest.mark.parametrize("kind", ["symbol bytes", "symbol values", "params"])
def test_mutations_are_refused_or_read_as_sound_graphs(kind):
    rng, accepted = random.Random(13), 0
    for _ in range(CASES):
        symbol = flipped(rng, SYMBOL) if kind == "symbol bytes" else reshaped(rng, json.loads(SYMBOL)) if kind == "symbol values" else SYMBOL
        found = outcome(symbol, flipped(rng, PARAMS) if kind == "params" else PARAMS)
        if found is not None:
            accepted += 1
            again = read_artifact(*write_artifact(found))
            out, copy = (run_reference(g, {"data": SAMPLE})[0] for g in (found, again))
            assert (out == copy).all()
    assert 0 < accepted < CASES / 3


@pytest.mark.parametrize("piece", [b"[", b'{"a":', b'"', b"\\", b"1", b"[],", b"\xff", b"-"])
def test_a_megabyte_of_one_thing_is_refused(piece):
    for begin in (b"{", b'{"nodes": [', b'{"nodes": "'):
        assert outcome(begin + piece * (1_000_000 // len(piece)), PARAMS) is None
    assert outcome(SYMBOL, PARAMS[:16] + piece * (1_000_000 // len(piece))) is None
