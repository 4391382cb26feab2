"""Non-maximum suppression on integers: the rows that MXNet keeps, whatever classes and thresholds there are."""

import numpy as np
import pytest

from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.cvm.machine import run_reference, trace
from mrt_studio.cvm.ops.base import make as make_integer
from mrt_studio.cvm.top import put_on_top
from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Builder, Ref
from mrt_studio.ops.base import make
from tests.nets import floats, rng_of

COUNT, BITS = 40, 12


def tops(bits=BITS, **attributes):
    """The operator alone in floats, and on integers of so many bits."""
    b, shape = Builder(make), (1, COUNT, 6)
    top = b.graph([b.op("_contrib_box_nms", b.input("rows", shape), name="nms", id_index=0, **attributes)])
    c = Builder(make_integer)
    base = c.graph([c.op("cvm.cvm_clip", c.input("data", shape, bits), name="rows", precision=bits)])
    return top, put_on_top(base, top, {"rows": Ref("rows")})


def boxes(seed, least):
    """Rows of a class from `least` to 2, a score, no two of which are equal, and a box that overlaps many others."""
    rng = rng_of(seed)
    corner, size = rng.integers(0, 60, (COUNT, 2)), rng.integers(20, 80, (COUNT, 2))
    columns = (rng.integers(least, 3, (COUNT, 1)), rng.permutation(COUNT)[:, None] - 10, corner, corner + size)
    return np.concatenate(columns, axis=1)[None]


@pytest.mark.parametrize("least", [0, -1])
@pytest.mark.parametrize(
    "attributes",
    [{}, {"valid_thresh": 5}, {"valid_thresh": -0.5}, {"valid_thresh": -7}, {"topk": 12}, {"force_suppress": True}, {"overlap_thresh": 0.29}],
    ids=str,
)
def test_the_rows_that_mxnet_keeps(attributes, least):
    top, graph = tops(**attributes)
    read = read_artifact(*write_artifact(graph))
    for seed in range(5):
        data = boxes(seed, least)
        (found,), (expected, *_) = run_reference(read, {"data": data}), floats(top, {"rows": data.astype(np.float32)})
        assert found[0].tolist() == sorted(expected[0].tolist(), key=lambda row: -row[1] if row[0] >= 0 else np.inf)


def test_a_row_without_a_class_is_never_counted():
    """The runtime's CPU back end would stop looking for overlaps there."""
    for threshold in (0, 3, -2047, 2047):
        _, graph = tops(valid_thresh=threshold)
        ends = rng_of(1).choice([-2047, 2047, -1, 0], (1, COUNT, 6))
        values = dict(trace(graph, {"data": ends}))
        counted = next(node for node in graph.nodes if node.op.name == "cvm.get_valid_counts")
        count = int(values[Ref(counted.name)][0])
        assert count == ((ends[0, :, 0] >= 0) & (ends[0, :, 1] > threshold)).sum()
        assert (values[Ref(counted.name, 1)][0, :count, 0] >= 0).all()


def test_a_threshold_below_every_score_is_refused():
    with pytest.raises(UnsupportedError, match="below every score"):
        tops(valid_thresh=-2048)
