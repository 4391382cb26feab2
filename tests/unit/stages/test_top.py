"""A split detector: the base in integers, the top on them as they are, merged, evaluated and compiled whole."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.engine import Executor
from mrt_studio.errors import OptionError, UnsupportedError
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Silent
from mrt_studio.stages.prepare import prepare_graph
from tests.models.detector import KEYS, OPTIONS, SIDE, detector
from tests.models.tiny import write_model
from tests.nets import rng_of

SHAPE = (1, 3, 2 * SIDE, 2 * SIDE)


@pytest.fixture
def session(tmp_path):
    files = write_model(detector(), tmp_path, "detector")
    recipe = {
        "load": {"model": str(files.symbol)},
        "prepare": {"input_shape": [-1, *SHAPE[1:]], "split_keys": list(KEYS)},
        "calibrate": {"dataset": f"stdrandom(shape={SHAPE[1:]}, count=16)", "batch": 8, "count": 1},
        "quantize": {**OPTIONS, "output_precision": 16},
        "evaluate": {"batch": 1, "count": 4, "start": 8},
    }
    return Session(tmp_path / "project", recipe)


def test_the_merged_detector_finds_what_its_float_top_finds_on_the_integer_base(session):
    session.run("quantize")
    merged = session.artifact("quantize").lowered
    session.configure("quantize", top="float", attribute_deps={}, output_maps={})
    session.run("quantize")
    base, top = session.artifact("quantize").lowered, session.artifact("prepare").top
    assert [q.ref.name for q in base.outputs] != [q.ref.name for q in merged.outputs]
    seen = 0
    for seed in range(5):
        data = rng_of(seed).standard_normal(SHAPE).astype(np.float32)
        entry = base.inputs["data"]
        feeds = {"data": quantize_array(data, entry.scale, entry.precision)}
        real = {key: (out / q.scale).astype(np.float32) for key, out, q in zip(KEYS, run_reference(base.graph, feeds), base.outputs, strict=True)}
        expected = Executor.of(top).forward(real)
        exact = run_reference(merged.graph, feeds)
        assert all(np.array_equal(a, b) for a, b in zip(exact, FastMachine(merged.graph).run(feeds), strict=True))
        found = [out / q.scale for out, q in zip(exact, merged.outputs, strict=True)]
        kept = expected[1][0, :, 0] >= 0
        assert np.array_equal(kept, exact[1][0, :, 0] >= 0)
        for one, other in zip(expected, found, strict=True):
            np.testing.assert_allclose(one[0, kept], other[0, kept], rtol=0, atol=1e-6)
        seen += int(kept.sum())
    assert 20 < seen < 5 * 64


def test_the_whole_detector_evaluates_and_compiles(session):
    session.run("evaluate")
    session.run("compile")
    assert session.summary("evaluate")["summary"]["verified_samples"] == 1
    names = [node.op.name for node in session.artifact("compile").graph.operators]
    assert names.count("cvm.non_max_suppression") == names.count("cvm.get_valid_counts") == 1
    assert len(session.artifact("compile").graph.outputs) == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"attribute_deps": {"_contrib_box_nms.what": "scores"}}, "names no attribute"),
        ({"attribute_deps": {"_contrib_box_nms.valid_thresh": "stem"}}, "no split key"),
        ({"output_maps": {"nothing": "scores"}}, "fits neither"),
        ({"output_maps": {"det_scores": "stem"}}, "fits neither"),
    ],
)
def test_options_that_name_nothing_are_refused(session, options, says):
    session.configure("quantize", **options)
    with pytest.raises(OptionError, match=says):
        session.run("quantize")


def test_options_of_the_top_need_a_split(session):
    session.configure("prepare", split_keys=["boxes"])
    with pytest.raises(OptionError):
        session.run("prepare")


def test_a_top_that_depends_on_scales_is_refused_as_integers_and_runs_as_float(session):
    session.configure("prepare", split_keys=["class_rows", "boxes"])
    session.configure("quantize", attribute_deps={}, output_maps={})
    with pytest.raises(UnsupportedError, match="softmax depends on the scales") as caught:
        session.run("quantize")
    assert "keep the top in float" in caught.value.remedy
    session.configure("quantize", top="float")
    session.run("evaluate")


def test_without_a_split_the_refusal_names_the_keys():
    with pytest.raises(UnsupportedError) as caught:
        prepare_graph(detector(), SHAPE, (), Silent())
    assert caught.value.node == "nms"
    assert "rows" in caught.value.remedy
