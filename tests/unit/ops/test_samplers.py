"""Samplers: their shapes are those of MXNet, and below a split they are refused with the keys that go round them."""

import numpy as np
import pytest

from mrt_studio.engine import Stepper
from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ops.base import make
from tests.nets import built, prepared, rng_of

FORMS = {
    "sampler": ("BilinearSampler", ((2, 3, 6, 7), (2, 2, 4, 5)), {}),
    "affine": ("GridGenerator", ((2, 6),), {"transform_type": "affine", "target_shape": (4, 5)}),
    "warp": ("GridGenerator", ((2, 2, 4, 5),), {"transform_type": "warp"}),
    "transformer": (
        "SpatialTransformer",
        ((2, 3, 6, 7), (2, 6)),
        {"target_shape": (4, 5), "transform_type": "affine", "sampler_type": "bilinear"},
    ),
    "correlation": ("Correlation", ((1, 2, 8, 9), (1, 2, 8, 9)), {"kernel_size": 3, "max_displacement": 2, "stride1": 2, "pad_size": 1}),
    "deformable": (
        "_contrib_DeformableConvolution",
        ((2, 3, 6, 7), (2, 18, 3, 4), (4, 3, 3, 3), (4,)),
        {"kernel": (3, 3), "num_filter": 4, "stride": (2, 2), "pad": (1, 1)},
    ),
}


def graph_of(form):
    name, shapes, attributes = FORMS[form]
    return built(
        lambda b, param: b.op(
            name, b.op("relu", b.input("data", shapes[0]), name="act"), *(param(f"p{i}", *s) for i, s in enumerate(shapes[1:])), name="node", **attributes
        )
    )


@pytest.mark.parametrize("form", FORMS)
def test_shapes_are_those_of_mxnet(form):
    graph = graph_of(form)
    feeds = {"data": rng_of(0).uniform(0, 1, graph.inputs[0].shapes[0]).astype(np.float32)}
    for node, value in Stepper(graph).run(feeds):
        assert node.shapes[0] == value.shape


@pytest.mark.parametrize("form", FORMS)
def test_they_are_refused_with_the_reason_and_the_split(form):
    with pytest.raises(UnsupportedError) as caught:
        prepared(graph_of(form))
    assert caught.value.why
    assert "'act'" in caught.value.remedy


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (3, 5, 1, 1), (1,) * 6], ids=str)
def test_other_shapes_are_refused(form, shape):
    name, shapes, attributes = FORMS[form]
    with pytest.raises(ShapeError):
        make(name, **attributes).infer((shape, *shapes[1:]))
