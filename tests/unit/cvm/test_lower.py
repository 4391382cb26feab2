"""Lowering: scales, tight clips, shared requantization, parameters, errors."""

import numpy as np
import pytest

from mrt_studio.cvm.lower import check_precision
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import OptionError, OverflowError32, QuantizationError, StudioError
from mrt_studio.fixedpoint import bits_for, int_range
from mrt_studio.ir.graph import Ref
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of


def relu_net(b, param):
    return b.op("relu", b.input("data", (1, 4)), name="act")


def dense(bias=None, weight=None):
    def write(b, param):
        refs = [param("w", 3, 4, value=weight)] + ([] if bias is None else [param("b", 3, value=bias)])
        return b.op("FullyConnected", b.input("data", (2, 4)), *refs, name="fc", num_hidden=3, no_bias=bias is None)

    return built(write)


def lower_dense(bias=None, weight=None, **thresholds):
    graph = dense(bias, weight)
    ranges = {name: float(abs(a).max()) for name, a in graph.params.items()}
    return lowered(graph, {"data": 1.0, "fc": 10.0} | ranges | thresholds)


def test_the_input_takes_its_whole_precision():
    for bits in (2, 8, 16):
        model = lowered(built(relu_net), {"data": 2.0, "act": 2.0}, input_precision=bits)
        assert model.inputs["data"].scale == int_range(bits) / 2
        assert model.graph["data"].op.precision == bits
        assert prove(model.graph)["act"].bits == bits


def test_a_result_is_limited_to_the_bits_of_its_threshold():
    model = lower_dense(weight=1.0, fc=0.5)
    clip = model.graph[model.outputs[0].ref.name]
    assert clip.op.name == "cvm.cvm_clip"
    assert clip.op.precision == bits_for(0.5 * 127 * 127) == model.outputs[0].precision
    assert clip.origin == ("fc",)
    loose = lower_dense(weight=1.0, fc=1000.0)
    assert loose.graph[loose.outputs[0].ref.name].op.name == "cvm.dense"
    assert loose.outputs[0].precision == 8 + 8 + 3


def test_equal_requests_share_one_requantization():
    def write(b, param):
        x = b.op("FullyConnected", b.input("data", (1, 4)), param("w", 4, 4), name="fc", num_hidden=4, no_bias=True)
        heads = [b.op("FullyConnected", x, param(f"w{i}", 2, 4), name=f"head{i}", num_hidden=2, no_bias=True) for i in range(3)]
        return b.op("Concat", *heads, name="out", num_args=3)

    graph = built(write)
    model = lowered(graph, thresholds_of(graph, {"data": rng_of(0).standard_normal((1, 4)).astype(np.float32)}))
    assert len([n for n in model.graph.operators if n.origin == ("fc",) and n.rule == "requantize"]) == 1
    assert [n.origin for n in model.graph.consumers[model.steps[0].target]] == [("head0",), ("head1",), ("head2",)]


def test_a_shared_weight_is_quantized_once_per_scale_and_keeps_its_name_once():
    def write(b, param):
        x, w = b.input("data", (4, 4)), param("w", 4, 4)
        return b.op("elemwise_add", b.op("FullyConnected", x, w, name="fc", num_hidden=4, no_bias=True), w, name="sum")

    graph = built(write)
    feeds = {"data": rng_of(0).standard_normal((4, 4)).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds))
    named = [n for n in model.graph.nodes if n.name in model.graph.params and n.origin == ("w",)]
    assert len(named) == 2
    assert "w" in model.graph
    check_exact(model.graph, integers(model, feeds))


def test_a_weight_beyond_its_threshold_is_clipped_there():
    model = lower_dense(weight=np.array([1, 2, 3, 4]), w=2.0)
    assert model.graph.params["w"].tolist() == [[64, 127, 127, 127]] * 3


def test_zero_weights_give_zeros_and_the_bias_its_value():
    model = lower_dense(weight=0.0, bias=[1, -2, 3])
    assert model.graph["w"].op.precision == 1
    assert "w: threshold 0, so the tensor becomes all zeros." in model.notes
    out = check_exact(model.graph, {"data": np.full((2, 4), 127)})[0] / model.outputs[0].scale
    np.testing.assert_allclose(out, [[1, -2, 3]] * 2, atol=1 / 127**2)


def test_the_bias_of_zero_weights_keeps_its_digits_where_the_input_is_large():
    model = lower_dense(weight=0.0, bias=[0.1, -0.2, 0.3], data=500.0)
    out = check_exact(model.graph, {"data": np.full((2, 4), 127)})[0] / model.outputs[0].scale
    np.testing.assert_allclose(out, [[0.1, -0.2, 0.3]] * 2, atol=0.02)


def test_a_zero_bias_costs_one_bit_only():
    model = lower_dense(weight=1.0, bias=0.0, fc=1000.0)
    assert model.graph["b"].op.precision == 1
    out = check_exact(model.graph, {"data": np.full((2, 4), 127)})[0]
    assert out.tolist() == [[4 * 127 * 127] * 3] * 2


def test_a_zero_threshold_of_a_result_makes_zeros_at_every_scale():
    def write(b, param):
        x = b.input("data", (2, 4))
        return b.op("elemwise_add", x, b.op("FullyConnected", x, param("w", 4, 4), name="fc", num_hidden=4, no_bias=True), name="sum")

    model = lowered(built(write), {"data": 1.0, "w": 3.0, "fc": 0.0, "sum": 1.0})
    data = np.array([[127, -127, 3, 0]] * 2)
    out = check_exact(model.graph, {"data": data})[0] / model.outputs[0].scale
    np.testing.assert_allclose(out, data / 127, atol=1e-3)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), -float("inf"), 1e-320, 1e300])
def test_a_threshold_that_is_no_magnitude_of_float32_is_refused(value):
    for name in ("data", "act"):
        with pytest.raises(QuantizationError, match=f"The threshold .* of '{name}' is neither zero nor a positive number") as caught:
            lowered(built(relu_net), {"data": 1.0, "act": 1.0} | {name: value})
        assert caught.value.where == name


def test_a_missing_threshold_is_refused_by_name():
    for name in ("data", "w", "fc"):
        graph = dense(weight=1.0)
        with pytest.raises(QuantizationError, match=f"There is no threshold for '{name}'"):
            lowered(graph, {n: 1.0 for n in ("data", "w", "fc") if n != name})


def test_an_input_that_was_always_zero_is_refused():
    with pytest.raises(QuantizationError, match="threshold of the input 'data' is 0") as caught:
        lowered(built(relu_net), {"data": 0.0, "act": 0.0})
    assert "Calibrate on data" in caught.value.remedy


@pytest.mark.parametrize("tiny", [2.0**-149, 1e-30, 1e-5])
@pytest.mark.parametrize("huge", [3e38, 1e20, 1e5])
@pytest.mark.parametrize("where", ["data", "w", "b", "fc"])
def test_any_thresholds_either_lower_soundly_or_are_refused_by_our_errors(where, tiny, huge):
    for a, other in ((tiny, huge), (huge, tiny)):
        try:
            model = lowered(dense(bias=1.0, weight=1.0), dict.fromkeys(("data", "w", "b", "fc"), other) | {where: a})
        except StudioError as error:
            helpful = bool(error.where and error.remedy)
        else:
            helpful = bool(check_exact(model.graph, extremes(model.graph, 0)))
        assert helpful


@pytest.mark.parametrize("factor", [1.0, 1e-3, 1e-9, 1e-20, 1e12])
def test_a_common_scale_of_wildly_different_thresholds(factor):
    def write(b, param):
        x = b.input("data", (2, 8))
        return b.op("Concat", b.op("broadcast_mul", x, param("gain", 1, 1, value=factor), name="small"), x, name="join", num_args=2)

    graph = built(write)
    data = (rng_of(0).integers(-127, 128, (2, 8)) / 127).astype(np.float32)
    data[0, 0] = 1
    feeds = {"data": data}
    t = thresholds_of(graph, feeds)
    model = lowered(graph, t)
    out = check_exact(model.graph, integers(model, feeds))[0] / model.outputs[0].scale
    # Sixteen bits of the larger one, for both.
    assert abs(out - floats(graph, feeds)[0]).max() <= 3 * max(t.values()) / 65534


def test_output_precision_limits_every_output():
    def write(b, param):
        x = b.op("FullyConnected", b.input("data", (1, 4)), param("w", 4, 4), name="fc", num_hidden=4, no_bias=True)
        return [x, b.op("relu", x, name="act")]

    graph = built(write)
    t = {"data": 1.0, "w": 3.0, "fc": 5.0, "act": 5.0}
    free = lowered(graph, t)
    for bits in (2, 8, 16, 32):
        model = lowered(graph, t, output_precision=bits)
        rows = prove(model.graph)
        for out, wide in zip(model.outputs, free.outputs, strict=True):
            assert rows[out.ref.name].bits == out.precision <= bits
            if bits == 32:
                assert out == wide
        check_exact(model.graph, extremes(model.graph, 1))


def test_the_graphs_outputs_may_be_the_input_or_the_same_node_twice():
    def write(b, param):
        x = b.input("data", (1, 4))
        y = b.op("relu", x, name="act")
        return [x, y, y]

    model = lowered(built(write), {"data": 1.0, "act": 1.0})
    data = np.array([[1, -5, 127, -127]])
    assert [o.tolist() for o in check_exact(model.graph, {"data": data})] == [[[1, -5, 127, -127]], [[1, 0, 127, 0]], [[1, 0, 127, 0]]]


def test_a_parameter_as_output_has_sixteen_bits_or_the_output_precision():
    graph = built(lambda b, param: [b.op("relu", b.input("data", (1, 2)), name="act"), param("w", 1, 2)])
    assert lowered(graph, {"data": 1.0, "act": 1.0, "w": 3.0}).outputs[1].precision == 16
    assert lowered(graph, {"data": 1.0, "act": 1.0, "w": 3.0}, output_precision=8).outputs[1].precision == 8


def test_what_was_not_prepared_is_refused():
    graph = built(lambda b, param: b.op("stack", b.input("data", (1, 2)), b.input("more", (1, 2)), name="act", num_args=2, axis=1))
    with pytest.raises(QuantizationError, match="stack has no integer form") as caught:
        lowered(graph, {"data": 1.0, "more": 1.0, "act": 1.0})
    assert (caught.value.where, caught.value.remedy) == ("act", "Prepare the model before it is quantized.")


def test_clip_bounds_beyond_int32_limit_nothing():
    graph = built(lambda b, param: b.op("clip", b.input("data", (1, 4)), name="clip", a_min=-1e9, a_max=1e12))
    model = lowered(graph, {"data": 1e-3, "clip": 1e-3})
    data = np.array([[1, -5, 127, -127]])
    assert check_exact(model.graph, {"data": data})[0].tolist() == data.tolist()
    (clip,) = (node.name for node in model.graph.operators if node.op.name == "cvm.clip")
    assert prove(model.graph)[clip].bits == 32


def test_clip_bounds_that_fall_together_are_refused():
    graph = built(lambda b, param: b.op("clip", b.input("data", (1, 4)), name="clip", a_min=0.0, a_max=1e-8))
    with pytest.raises(QuantizationError, match="fall on one integer") as caught:
        lowered(graph, {"data": 10.0, "clip": 1e-8})
    assert caught.value.where == "clip"


def test_a_bias_that_needs_too_many_bits_is_refused_with_the_way_out():
    # 31 bits beside a sum are 32 in all; one more does not fit.
    fits = 127 * 127 / (int_range(31) - 1)
    assert lower_dense(weight=1.0, bias=1.0, data=fits).graph["b"].op.precision == 31
    with pytest.raises(OverflowError32) as caught:
        lower_dense(weight=1.0, bias=1.0, data=fits / 2)
    assert caught.value.where == "FullyConnected 'fc'"
    assert "raise the input's threshold" in caught.value.remedy
    with pytest.raises(QuantizationError, match="The parameter 'b' needs 33 bits") as caught:
        lower_dense(weight=1.0, bias=1.0, data=fits / 4)
    assert "Raise the thresholds of the inputs of 'fc', or lower that of 'b'" in caught.value.remedy


def test_lineage_and_tensors_lead_back_to_the_float_graph():
    graph = prepared(dense(bias=1.0))
    model = lowered(graph, thresholds_of(graph, {"data": np.ones((2, 4), np.float32)}))
    assert set(model.tensors) == {n.name for n in graph.nodes}
    assert all(set(n.origin) <= {m.name for m in graph.nodes} for n in model.graph.nodes)
    assert all(q.ref.name in model.graph for q in model.tensors.values())
    assert Ref(model.outputs[0].ref.name) == model.graph.outputs[0]


@pytest.mark.parametrize("value", [1, 0, 33, -8])
def test_check_precision(value):
    check_precision(None, "x")
    check_precision(2, "x")
    check_precision(32, "x")
    with pytest.raises(OptionError, match=f"x must be between 2 and 32 bits, not {value}"):
        check_precision(value, "x")


def test_zeros_do_not_pile_up_scales():
    """A branch that is always zero goes through three layers; the bias behind it is all that is left."""

    def write(b, param):
        x = b.op("relu", b.input("data", (2, 4)), name="dead")
        for i in range(3):
            x = b.op("FullyConnected", x, param(f"w{i}", 4, 4), name=f"fc{i}", num_hidden=4, no_bias=True)
        return b.op("FullyConnected", x, param("w", 2, 4), param("b", 2), name="out", num_hidden=2)

    graph = built(write)
    feeds = {"data": np.full((2, 4), -1, np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds))
    found = check_exact(model.graph, integers(model, feeds))[0] / model.outputs[0].scale
    np.testing.assert_allclose(found, [graph.params["b"]] * 2, atol=1e-4)


def test_clip_bounds_of_a_coarse_tensor_are_met_by_a_finer_one():
    graph = built(lambda b, param: b.op("clip", b.input("data", (1, 4)), name="clip", a_min=-0.01, a_max=0.02))
    model = lowered(graph, {"data": 10.0, "clip": 0.02})
    found = check_exact(model.graph, {"data": np.array([[127, -127, 0, 1]])})[0] / model.outputs[0].scale
    np.testing.assert_allclose(found, [[0.02, -0.01, 0, 0.02]], atol=0.02 / 8)
