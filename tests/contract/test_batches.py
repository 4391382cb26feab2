"""Every operator prepared and quantized with a batch of one, calibrated with sixteen samples, compiled for three."""

import numpy as np
import pytest

from mrt_studio.cvm.ops.base import make as make_cvm
from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import with_input_shapes
from mrt_studio.ops.base import FloatOnly, make, operators
from mrt_studio.ops.samples import sample_graph
from tests.nets import check_exact, floats, integers, lowered, prepared, rng_of, thresholds_of

CLASSES = {cls.name: cls for cls in operators.values()}
NO_BATCH_OF_ONE = {
    ("Convolution", 4): "The weight has shape",
    ("FullyConnected", 3): "The weight has shape",
    ("Reshape", 1): "cannot be reshaped to",
    ("SliceChannel", 2): "cannot be cut into 2 equal pieces",
    ("SliceChannel", 3): "cannot be cut into 2 equal pieces",
    ("_split_v2", 3): "cannot be cut at",
    ("dot", 0): "dot cannot multiply",
    ("dot", 3): "dot cannot multiply",
    ("linalg_gemm2", 3): "cannot multiply",
    ("reshape_like", 1): "cannot be reshaped to",
    ("slice", 3): "The slice begins at 1",
    ("slice_axis", 2): "does not fit the axis 0",
    ("slice_axis", 3): "does not fit the axis 0",
    ("where", 1): "where needs x and y of one shape",
}
"""Samples whose first axis is no batch, or whose attributes name its size, and the words that refuse one of size one."""
ONLY_THIS_BATCH = {
    ("broadcast_to", 0): "cannot be broadcast to",
    ("dot", 1): "num_hidden",
    ("linalg_gemm2", 2): "num_hidden",
}
"""Samples that take a batch of one but no other: the second input's first axis is a number of filters, or an attribute is the size."""
MEANS_ANOTHER = {
    ("slice", 0): "an end that is the size of the batch, or beyond it, means all of it",
    ("shape_array", 0): "the sizes are those that the model was prepared with",
    ("size_array", 0): "the size is that which the model was prepared with",
}
"""Samples that MXNet reads otherwise with another batch, and why the studio does not."""
FIXED_SECOND = {"LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput", "SVMOutput", "SoftmaxOutput", "gather_nd"}
"""Operators whose second input is no batch here, a label or positions: only what is prepared takes another batch."""


def cases():
    for name, cls in sorted(CLASSES.items()):
        if not issubclass(cls, FloatOnly):
            yield from (pytest.param(cls, i, id=f"{name}-{i}") for i, sample in enumerate(cls.samples) if sample.data)


def of_one(cls, index):
    """The sample with a batch of one; raises ShapeError."""
    sample = cls.samples[index]
    return sample_graph(cls, sample._replace(data=tuple((1, *shape[1:]) for shape in sample.data)), fed=len(sample.data), seed=index)


def drawn(graph, sample, batch):
    """Data in the range of the sample for each input."""
    arrays = {n.name: rng_of(i).uniform(sample.low, sample.high, (batch, *n.shapes[0][1:])).astype(np.float32) for i, n in enumerate(graph.inputs)}
    return {name: np.rint(x) if sample.whole else x for name, x in arrays.items()}


def at(graph, feeds, factory=make):
    return with_input_shapes(graph, factory, {n.name: feeds[n.name].shape for n in graph.inputs})


@pytest.mark.parametrize(("cls", "index"), list(cases()))
def test_prepared_with_one_calibrated_with_sixteen_run_with_three(cls, index):
    key, sample = (cls.name, index), cls.samples[index]
    if key in NO_BATCH_OF_ONE:
        with pytest.raises(ShapeError, match=NO_BATCH_OF_ONE[key]):
            of_one(cls, index)
        return
    graph = of_one(cls, index)
    ready = prepared(graph)
    many, three = drawn(graph, sample, 16), drawn(graph, sample, 3)
    if key in ONLY_THIS_BATCH:
        with pytest.raises(ShapeError, match=ONLY_THIS_BATCH[key]):
            at(ready, many)
        return
    if key not in MEANS_ANOTHER and cls.name not in FIXED_SECOND:
        for expected, found in zip(floats(at(graph, three), three), floats(at(ready, three), three), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    thresholds = thresholds_of(at(ready, many), many)
    model = lowered(ready, thresholds)
    moved, again = at(model.graph, three, make_cvm), lowered(at(ready, three), thresholds)
    for found, expected in zip(check_exact(moved, integers(model, three)), check_exact(again.graph, integers(again, three)), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_exceptions_are_samples():
    known = {(name, i) for name, cls in CLASSES.items() for i in range(len(cls.samples))}
    assert {*NO_BATCH_OF_ONE, *ONLY_THIS_BATCH, *MEANS_ANOTHER} <= known
