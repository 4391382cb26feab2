"""MXNet behind our two runners: values, memory, errors."""

import numpy as np
import pytest

from mrt_studio.engine import Executor, Stepper, guarded, mxnet
from mrt_studio.errors import DataError, ModelError
from mrt_studio.ir.graph import Ref
from tests.nets import built

X = {"data": np.array([[1, -2, 3, -4]], np.float32)}


def net(b, param):
    x = b.input("data", (1, 4))
    y = b.op("relu", x, name="act")
    bn = b.op("BatchNorm", y, *(param(k, 4, value=v) for k, v in zip("gbmv", (1, 0, 1, 4), strict=True)), name="bn", eps=0.0)
    return [b.op("elemwise_add", bn, b.op("elemwise_add", y, y, name="twice"), name="end"), y]


def dense(b, param):
    return b.op("FullyConnected", b.input("data", (1, 4)), param("w", 2, 4), name="fc", num_hidden=2, no_bias=True)


def test_the_variance_is_right_although_nobody_reads_the_mean():
    def write(b, param):
        moments = b.op("moments", b.op("relu", b.input("data", (1, 4)), name="act"), name="moments", axes=(1,))
        return b.op("negative", Ref(moments.name, 1), name="end")

    executor = Executor.of(built(write))
    for _ in range(3):
        mxnet().nd.full((1,), 1e3).wait_to_read()  # leaves its memory to the next small result
        (found,) = executor.forward(X)
        assert found.tolist() == [-1.5]


def test_the_stepper_shows_every_first_output_in_order():
    found = {node.name: value.tolist() for node, value in Stepper(built(net)).run(X)}
    assert list(found) == ["act", "bn", "twice", "end"]
    assert found["bn"] == [[0, -0.5, 1, -0.5]]
    assert found["end"] == [[2, -0.5, 7, -0.5]]


def test_the_stepper_may_run_again_and_leaves_its_parameters():
    stepper = Stepper(built(net))
    first, second = ([v.tolist() for _, v in stepper.run(X)] for _ in range(2))
    assert first == second


def test_the_stepper_frees_results_after_their_last_reader():
    def write(b, param):
        x = b.input("data", (1, 4))
        for i in range(40):
            x = b.op("relu", x, name=f"r{i}")
        return x

    running = Stepper(built(write)).run(X)
    assert max(len(running.gi_frame.f_locals["values"]) for _ in running) <= 3


def test_executor_and_stepper_agree_on_any_batch():
    graph = built(net)
    executor = Executor.of(graph)
    for n in (1, 3):
        feeds = {"data": np.random.default_rng(n).standard_normal((n, 4)).astype(np.float32)}
        steps = {node.name: value for node, value in Stepper(graph).run(feeds)}
        end, act = executor.forward(feeds)
        assert np.array_equal(end, steps["end"])
        assert np.array_equal(act, steps["act"])


def test_a_missing_feed_is_refused_by_both():
    graph = built(net)
    with pytest.raises(DataError, match="input 'data' got no data"):
        Executor.of(graph).forward({})
    with pytest.raises(DataError, match="input 'data' got no data"):
        next(Stepper(graph).run({}))


def test_an_executor_that_failed_is_not_used_again():
    executor = Executor.of(built(dense))
    with pytest.raises(ModelError, match="MXNet could not run the model") as caught:
        executor.forward({"data": np.ones((1, 5), np.float32)})
    assert "\n" not in caught.value.why
    assert len(caught.value.why) <= 300
    with pytest.raises(ModelError, match="failed before"):
        executor.forward(X)


def test_an_error_that_mxnet_tells_late_is_raised_and_never_read_past():
    """MXNet raises it at the first read, and at the second gives what happens to be in that memory, often zeros."""
    mx = mxnet()
    symbol = mx.sym.take(mx.sym.var("table"), mx.sym.var("index"), mode="raise")
    far, near = ({"index": np.array([i], np.float32)} for i in (99, 1))
    outputs = mx.nd.CachedOp(symbol)(mx.nd.ones((5,)), mx.nd.array(far["index"]))
    with pytest.raises((mx.base.MXNetError, IndexError)):
        outputs.asnumpy()
    assert outputs.asnumpy().shape == (1,)  # no error any more: what must never be used
    executor = Executor(symbol, {"table": np.arange(5, dtype=np.float32)}, {"index": "float32"})
    assert executor.forward(near)[0].tolist() == [1]
    with pytest.raises(ModelError, match="MXNet could not run the model"):
        executor.forward(far)
    with pytest.raises(ModelError, match="failed before"):
        executor.forward(near)


def test_the_stepper_names_the_operator_that_mxnet_refuses():
    with pytest.raises(ModelError, match="MXNet could not run the model"):
        list(Stepper(built(dense)).run({"data": np.ones((1, 5), np.float32)}))


def test_only_the_line_with_the_reason_is_kept():
    error = mxnet().base.MXNetError("Traceback:\n  File x\nMXNetError: Error in operator conv: Shape inconsistent\n  stack")
    assert guarded(error, "here").why.endswith("Shape inconsistent")
    assert guarded(ValueError(""), "").why == "unknown"


def test_an_index_that_mxnet_refuses_is_an_error_of_the_model():
    graph = built(lambda b, param: b.op("gather_nd", b.input("data", (3, 4)), b.input("index", (1, 2)), name="node"))
    feeds = {"data": np.ones((3, 4), np.float32), "index": np.array([[0, 7]], np.float32)}
    with pytest.raises(ModelError, match="MXNet could not run the model"):
        list(Stepper(graph).run(feeds))
    with pytest.raises(ModelError, match="MXNet could not run the model"):
        Executor.of(graph).forward(feeds)
