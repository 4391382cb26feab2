"""The machine's handling of inputs, outputs and memory."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import FastMachine, run_reference, trace
from mrt_studio.cvm.ops.base import make
from mrt_studio.errors import DataError, OverflowError32, UnsupportedError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make as make_float


def chain(length=3, bits=8):
    b = Builder(make)
    x = b.input("data", (1, 4), bits)
    for i in range(length):
        x = b.op("cvm.relu", x, name=f"r{i}")
    return b.graph([x])


def several():
    """Two inputs; the outputs are a parameter, an input, one node twice, and another."""
    b = Builder(make)
    x, y = b.input("data", (1, 4), 8), b.input("other", (1, 4), 5)
    p = b.param("", np.array([[9, -9, 0, 1]], np.int8), name="p", precision=5)
    z = b.op("cvm.elemwise_add", b.op("cvm.elemwise_add", x, p, name="first"), y, name="second")
    return b.graph([p, x, z, z, b.op("cvm.relu", z, name="last")])


FEEDS = {"data": np.array([[100, -100, 3, 0]]), "other": np.array([[15, -15, 1, 2]], np.int8)}


def test_outputs_come_in_order_whatever_they_are():
    expected = [[9, -9, 0, 1], [100, -100, 3, 0], [124, -124, 4, 3], [124, -124, 4, 3], [124, 0, 4, 3]]
    for outputs in (run_reference(several(), FEEDS), FastMachine(several()).run(FEEDS)):
        assert [o[0].tolist() for o in outputs] == expected
        assert all(o.dtype == np.int64 for o in outputs)


def test_inputs_beyond_their_precision_are_clipped():
    feeds = {"data": np.array([[200, -(2**40), 128, -127]])}
    for outputs in (run_reference(chain(1), feeds), FastMachine(chain(1)).run(feeds)):
        assert outputs[0].tolist() == [[127, 0, 127, 0]]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint16, np.int64])
def test_any_integers_will_do(dtype):
    feeds = {"data": np.array([[1, 2, 3, 100]], dtype)}
    assert run_reference(chain(), feeds)[0].tolist() == FastMachine(chain()).run(feeds)[0].tolist() == [[1, 2, 3, 100]]


@pytest.mark.parametrize("data", [np.ones((1, 4)), np.ones((1, 4), np.float32), np.ones((1, 4), bool)])
def test_other_types_are_refused(data):
    for run in (lambda f: run_reference(chain(), f), FastMachine(chain()).run):
        with pytest.raises(DataError, match=f"must hold integers, not {data.dtype}"):
            run({"data": data})


def test_a_missing_input_is_refused():
    for run in (lambda f: run_reference(several(), f), FastMachine(several()).run):
        with pytest.raises(DataError, match="The input 'other' got no data"):
            run({"data": FEEDS["data"]})


def test_the_batch_may_differ_from_the_graphs():
    feeds = {"data": np.arange(-6, 6).reshape(3, 4)}
    assert np.array_equal(FastMachine(chain()).run(feeds)[0], run_reference(chain(), feeds)[0])


@pytest.mark.parametrize("shape", [(1, 5), (4,), (1, 4, 1), (3, 3)])
def test_other_shapes_are_refused_because_the_proof_is_for_one(shape):
    feeds = {"data": np.ones(shape, np.int64)}
    for run in (lambda f: run_reference(chain(), f), FastMachine(chain()).run):
        with pytest.raises(DataError, match="but the model takes \\(1, 4\\)"):
            run(feeds)


def test_results_are_freed_after_their_last_reader():
    # The generator's own table is watched through its frame: at each step it holds the reader and what is read.
    running = trace(chain(50), {"data": FEEDS["data"]})
    held = []
    for _ in running:
        held.append(len(running.gi_frame.f_locals["values"]))
    assert max(held) <= 2
    assert len(held) == 50


def test_trace_shows_every_operator_in_order():
    seen = [(n.name, v[0].tolist()) for n, v in trace(several(), FEEDS)]
    assert seen == [("first", [109, -109, 3, 1]), ("second", [124, -124, 4, 3]), ("last", [124, 0, 4, 3])]


def test_float_operators_and_graphs_without_proof_are_refused():
    b = Builder(make_float)
    graph = b.graph([b.op("relu", b.input("data", (1, 4), 8), name="act")])
    with pytest.raises(UnsupportedError, match="relu is no operator"):
        run_reference(graph, FEEDS)
    b = Builder(make)
    x = b.input("data", (1, 4), 32)
    with pytest.raises(OverflowError32, match="33 bits"):
        FastMachine(b.graph([b.op("cvm.elemwise_add", x, x)]))
