"""The reference API's split and merge."""

import numpy as np
import pytest

from mrt_studio import Model
from mrt_studio.errors import ModelError, OptionError, QuantizationError, UnsupportedError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make
from tests.models.tiny import SHAPE, write_model
from tests.unit.mrt.helpers import integers, noise


def branches():
    """Return a net with two ends that a scale free top reads."""
    b = Builder(make)
    rng = np.random.default_rng(1)

    def weights(name, *shape):
        return b.param("", rng.normal(0, 0.3, shape).astype(np.float32), name=name)

    x = b.input("data", None)
    left = b.op("Convolution", x, weights("left_weight", 4, 3, 3, 3), name="left", kernel=(3, 3), num_filter=4, no_bias=True)
    right = b.op("Convolution", left, weights("right_weight", 4, 4, 1, 1), name="right", kernel=(1, 1), num_filter=4, no_bias=True)
    a = b.op("Activation", left, name="top_relu", act_type="relu")
    c = b.op("clip", right, name="top_clip", a_min=-0.5, a_max=0.5)
    return b.graph([b.op("Flatten", a, name="top_flat"), b.op("Pooling", c, name="top_pool", kernel=(2, 2), stride=(2, 2))])


@pytest.fixture
def halves(tmp_path):
    """Give the calibrated tool of the base, and the top."""
    model = Model.load(*write_model(branches(), tmp_path, "branches")).prepare((-1, *SHAPE))
    base, top = model.split(["left", "right"])
    mrt = base.get_mrt()
    mrt.set_data(noise(4))
    mrt.calibrate()
    return mrt, top


def test_split_parts_are_models(halves, tmp_path):
    mrt, top = halves
    assert mrt.current_model.output_names() == ["left", "right"]
    assert sorted(top.input_names()) == ["left", "right"]
    assert top.output_names() == ["top_flat", "top_pool"]
    top.save(tmp_path / "top.json", tmp_path / "top.params")
    assert Model.load(tmp_path / "top.json", tmp_path / "top.params").input_names() == top.input_names()


def test_a_merged_model_computes_the_top_on_the_bases_integers(halves):
    import mxnet as mx

    mrt, top = halves
    mrt.set_out_prec(8)
    base = mrt.quantize()
    scales = mrt.get_output_scales()
    merger = Model.merger(base, top, mrt.get_maps())

    def scaled(name, op, attributes):
        if op != "clip":
            return attributes
        assert name == "top_clip"
        return {key: str(int(float(value) * scales[1])) for key, value in attributes.items()}

    merged = merger.merge(scaled)
    assert merged.output_names() == ["top_flat", "top_pool"]
    assert merged.input_names() == ["data"]
    data = noise(5, seed=2)
    codes, (left, right) = integers(base, data)
    flat, pool = (out.asnumpy() for out in merged.to_graph()(mx.nd.array(codes, dtype="float64")))
    assert np.array_equal(flat, np.maximum(left, 0).reshape(5, -1))
    limit = int(0.5 * scales[1])
    assert np.array_equal(pool, np.clip(right, -limit, limit).reshape(5, 4, 3, 2, 3, 2).max((3, 5)))
    oscales = merger.get_output_scales(scales, {"top_flat": "left", "top_pool": "right"})
    assert oscales == scales
    assert merger.get_output_scales(scales, {"top_flat": "None"}) == [1.0, 1.0]
    expected = [out.asnumpy() for out in Model(branches()).to_graph()(mx.nd.array(data))]
    for found, real, scale in zip((flat, pool), expected, oscales, strict=True):
        assert np.corrcoef(found.ravel() / scale, real.ravel())[0, 1] > 0.99


def test_without_a_callback_the_top_is_as_it_was(halves):
    mrt, top = halves
    base = mrt.quantize()
    merged = Model.merger(base, top, mrt.get_maps()).merge()
    assert merged.graph["top_clip"].op == top.graph["top_clip"].op
    assert top.graph["top_clip"].op.a_max == 0.5
    with pytest.raises(QuantizationError):
        merged.to_cvm("net")


def test_a_merge_that_does_not_fit_is_an_error(halves):
    mrt, top = halves
    base = mrt.quantize()
    with pytest.raises(ModelError, match="no output of the base"):
        Model.merger(base, top, {"left": "left"} | dict.fromkeys(base.output_names(), "other")).merge()
    with pytest.raises(UnsupportedError):
        Model.merger(base, top, mrt.get_maps()).merge(lambda name, op, attributes: {**attributes, "what": "1"})


@pytest.mark.parametrize("keys", [["nothing"], ["data"], ["right"], ["left_weight"], []])
def test_unusable_split_keys_are_refused(tmp_path, keys):
    model = Model.load(*write_model(branches(), tmp_path, "branches"))
    with pytest.raises(OptionError):
        model.split(keys)
