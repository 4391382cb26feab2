"""Operators that stay above the split keys: MXNet's shapes, what does not fit, and the refusal below."""

import numpy as np
import pytest

from mrt_studio.engine import Executor
from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import FloatOnly, make, operators
from tests.nets import built, prepared

LSTM = 4 * (3 * 5 + 5 * 5 + 2 * 5)
GRU = 3 * 2 * (3 * 5 + 5 * 5 + 2 * 5) + 3 * 2 * (10 * 5 + 5 * 5 + 2 * 5)
CASES = [
    ("topk", {"k": 3, "ret_typ": "both"}, ((2, 5),)),
    ("topk", {"k": 3, "axis": None}, ((2, 5),)),
    ("topk", {"k": 0}, ((2, 5),)),
    ("topk", {"k": 2, "axis": None, "ret_typ": "mask"}, ((2, 5),)),
    ("topk", {"k": 2, "axis": 0, "ret_typ": "value", "is_ascend": True}, ((2, 5),)),
    ("sort", {"axis": None}, ((2, 5),)),
    ("sort", {"is_ascend": False}, ((2, 5),)),
    ("argsort", {}, ((2, 5),)),
    ("_contrib_box_decode", {"clip": 1.0, "format": "corner"}, ((2, 5, 4), (1, 5, 4))),
    ("_contrib_box_encode", {}, ((2, 5), (2, 5), (2, 5, 4), (2, 3, 4), (4,), (4,))),
    ("_contrib_box_iou", {"format": "center"}, ((2, 5, 4), (3, 4))),
    ("_contrib_MultiBoxDetection", {"nms_topk": 3}, ((2, 3, 5), (2, 20), (1, 5, 4))),
    ("_contrib_MultiBoxTarget", {}, ((1, 5, 4), (2, 1, 5), (2, 3, 5))),
    ("_contrib_Proposal", {"rpn_post_nms_top_n": 7}, ((1, 24, 4, 4), (1, 48, 4, 4), (1, 3))),
    ("_contrib_MultiProposal", {"rpn_post_nms_top_n": 7, "output_score": True}, ((2, 24, 4, 4), (2, 48, 4, 4), (2, 3))),
    ("ROIPooling", {"pooled_size": (2, 3), "spatial_scale": 0.5}, ((2, 8, 6, 6), (3, 5))),
    ("_contrib_ROIAlign", {"pooled_size": (2, 2), "spatial_scale": 1.0}, ((2, 8, 6, 6), (3, 5))),
    ("_contrib_ROIAlign", {"pooled_size": (2, 2), "spatial_scale": 1.0, "position_sensitive": True}, ((2, 8, 6, 6), (3, 5))),
    ("_contrib_PSROIPooling", {"pooled_size": 2, "spatial_scale": 1.0, "output_dim": 2}, ((2, 8, 6, 6), (3, 5))),
    ("SequenceMask", {"use_sequence_length": True, "value": -1.0, "axis": 1}, ((2, 4, 3), (2,))),
    ("SequenceLast", {}, ((4, 2, 3),)),
    ("SequenceReverse", {"use_sequence_length": True}, ((4, 2, 3), (2,))),
    ("RNN", {"state_size": 5, "num_layers": 1, "mode": "lstm", "state_outputs": True}, ((7, 2, 3), (LSTM,), (1, 2, 5), (1, 2, 5))),
    ("RNN", {"state_size": 5, "num_layers": 2, "mode": "gru", "bidirectional": True}, ((7, 2, 3), (GRU,), (4, 2, 5))),
    ("diag", {"k": 1}, ((2, 3, 4),)),
    ("diag", {"k": -1, "axis1": -1, "axis2": 1}, ((2, 3, 4),)),
    ("diag", {"k": 2}, ((3,),)),
]


@pytest.mark.parametrize(("name", "attributes", "shapes"), CASES)
def test_shapes_are_those_of_mxnet(name, attributes, shapes):
    def write(b, param):
        node = b.op(name, *(b.input(f"x{i}", shape) for i, shape in enumerate(shapes)), name="node", **attributes)
        return [Ref(node.name, i) for i in range(make(name, **attributes).outputs)]

    graph = built(write)
    ones = {f"x{i}": np.ones(shape, np.float32) for i, shape in enumerate(shapes)}
    assert [out.shape for out in Executor.of(graph).forward(ones)] == [graph.shape(ref) for ref in graph.outputs]


@pytest.mark.parametrize(("name", "attributes", "shapes"), CASES)
def test_shapes_that_do_not_fit_are_refused(name, attributes, shapes):
    wrong = [(5,) * 7, *shapes[1:]] if len(shapes) > 1 or name not in ("sort", "argsort", "SequenceLast", "diag") else None
    if name == "topk":
        attributes, wrong = attributes | {"k": 1 << 20}, list(shapes)
    if wrong is None:
        attributes, wrong = {"use_sequence_length": True} if name == "SequenceLast" else {"axis1" if name == "diag" else "axis": 5}, [(2, 3)]
    with pytest.raises(ShapeError):
        make(name, **attributes).infer(tuple(wrong))


def test_below_the_split_keys_they_are_refused_with_the_reason():
    graph = built(lambda b, param: b.op("topk", b.op("relu", b.input("data", (2, 5)), name="act"), name="top"))
    with pytest.raises(UnsupportedError) as caught:
        prepared(graph)
    assert "no sorting operator" in caught.value.why
    assert "'act'" in caught.value.remedy


def test_every_one_says_why_in_a_sentence():
    found = [cls for cls in operators.values() if issubclass(cls, FloatOnly)]
    assert len(found) >= 15
    assert all(cls.why.endswith(".") and len(cls.why) > 30 for cls in found)
