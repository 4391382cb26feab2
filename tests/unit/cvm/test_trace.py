"""A lowering that starts in the middle gives what one from the start gives."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrt_studio.cvm.format import write_artifact
from mrt_studio.cvm.lower import lower
from mrt_studio.cvm.proof import prove
from mrt_studio.cvm.requant import GuardBits, ShiftMultiply
from mrt_studio.errors import StudioError
from mrt_studio.ops.lowering import LoweringOptions
from tests.nets import built, lowered, prepared, rng_of, thresholds_of

DATA = rng_of(0).standard_normal((2, 3, 12, 12)).astype(np.float32)
ACCURATE = LoweringOptions(weights="channel", activations="unsigned", rounding="calibrated", correct_bias=True, wide=frozenset({"conv1"}))


def net(b, param):
    """Return a residual around two layers that share a weight, a pair of heads, and a branch that is added late."""
    x = b.input("data", (2, 3, 12, 12))
    x = b.op("Convolution", x, param("w0", 8, 3, 3, 3), param("b0", 8), name="conv0", kernel=(3, 3), pad=(1, 1), num_filter=8)
    x = early = b.op("relu", x, name="act0")
    shared = param("shared", 8, 8, 3, 3)
    for i in (1, 2):
        y = b.op("Convolution", x, shared, param(f"b{i}", 8), name=f"conv{i}", kernel=(3, 3), pad=(1, 1), num_filter=8)
        x = b.op("elemwise_add", x, b.op("relu", y, name=f"act{i}"), name=f"add{i}")
    x = b.op("elemwise_add", x, early, name="late")
    x = b.op("Flatten", b.op("Pooling", x, name="pool", kernel=(2, 2), stride=(2, 2)))
    return [b.op("FullyConnected", x, param("w", 5, 288), param("b", 5), name="fc", num_hidden=5), b.op("sigmoid", x, name="second")]


GRAPH = prepared(built(net))
THRESHOLDS = thresholds_of(GRAPH, {"data": DATA})
NAMES = sorted(THRESHOLDS)
FORMS = {
    "v3": {"requantizer": ShiftMultiply(), "samples": DATA},
    "accurate": {"requantizer": GuardBits(), "options": ACCURATE, "samples": DATA},
    "narrow": {"requantizer": ShiftMultiply(), "output_precision": 8, "samples": DATA},
}
EDITS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([0.0, 1e-6, 0.3, 0.9, 1.0, 1.7, 100.0])), min_size=1, max_size=3)


def result(graph, thresholds, **options):
    """Return the model, or the text of the error."""
    try:
        return lower(graph, thresholds, **options)
    except StudioError as error:
        return str(error)


def check_equal(found, expected):
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
        return
    assert found.graph.nodes == expected.graph.nodes
    assert found.graph.params.keys() == expected.graph.params.keys()
    for name, array in expected.graph.params.items():
        assert found.graph.params[name].dtype == array.dtype
        assert np.array_equal(found.graph.params[name], array)
    same = ("tensors", "outputs", "inputs", "steps", "notes")
    assert [getattr(found, part) for part in same] == [getattr(expected, part) for part in same]
    assert list(found.tensors) == list(expected.tensors)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, deadline=None)
@given(edits=st.lists(EDITS, min_size=1, max_size=3))
def test_any_edits_one_after_the_other_give_what_a_lowering_from_the_start_gives(form, edits):
    model = result(GRAPH, THRESHOLDS, **FORMS[form])
    rows = prove(model.graph)
    for edit in edits:
        thresholds = {**THRESHOLDS, **{name: THRESHOLDS[name] * factor for name, factor in edit}}
        found = result(GRAPH, thresholds, after=model.trace, **FORMS[form])
        check_equal(found, result(GRAPH, thresholds, **FORMS[form]))
        if not isinstance(found, str):
            after = prove(found.graph, known=(model.graph, rows))
            assert list(after.items()) == list(prove(found.graph).items())
            model, rows = found, after


def test_nothing_is_taken_over_when_anything_else_changes():
    model = lower(GRAPH, THRESHOLDS, **FORMS["v3"])
    for change in ({"options": LoweringOptions(weights="channel")}, {"input_precision": 7}, {"requantizer": GuardBits()}, {"samples": DATA.copy()}):
        options = {**FORMS["v3"], **change}
        check_equal(lower(GRAPH, THRESHOLDS, after=model.trace, **options), lower(GRAPH, THRESHOLDS, **options))
    other = replace(GRAPH, params={**GRAPH.params, "w0": GRAPH.params["w0"] * 0.5})
    check_equal(lower(other, THRESHOLDS, after=model.trace, **FORMS["v3"]), lower(other, THRESHOLDS, **FORMS["v3"]))


def test_what_lies_in_front_of_an_edit_is_the_same_object():
    model = lower(GRAPH, THRESHOLDS, **FORMS["v3"])
    found = lower(GRAPH, {**THRESHOLDS, "fc": THRESHOLDS["fc"] * 0.5}, after=model.trace, **FORMS["v3"])
    assert found.graph["conv0"] is model.graph["conv0"]
    assert found.graph.params["w"] is model.graph.params["w"]
    assert found.outputs != model.outputs


def test_the_artifact_has_the_same_bytes():
    model = lowered(GRAPH, THRESHOLDS, samples=DATA)
    thresholds = {**THRESHOLDS, "act2": 0.7 * THRESHOLDS["act2"]}
    assert write_artifact(lowered(GRAPH, thresholds, samples=DATA, after=model.trace).graph) == write_artifact(lowered(GRAPH, thresholds, samples=DATA).graph)
