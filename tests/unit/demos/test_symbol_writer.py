import json

import numpy as np
import pytest

from mrt_studio.demos.symbol_writer import SymbolWriter
from mrt_studio.errors import ModelError
from tests.models.oracle import forward


def every_operator() -> bytes:
    w = SymbolWriter()
    x = w.convolution("conv", w.pad("padded", w.variable("data"), 0, 1), 4, 3, stride=2)
    x = w.clip("clipped", w.batch_norm("norm", x, 1e-3), 0.0, 6.0)
    y = w.relu("relu", w.convolution("filter", x, 4, 3, pad=1, groups=4, bias=True))
    x = w.max_pooling("pool", w.concatenate("joined", w.add("sum", x, y), y), 2, 2)
    x = w.dropout("dropped", w.flatten("flat", w.global_average("average", x)), 0.5)
    return w.to_json(w.dense("dense", x, 5))


def test_mxnet_writes_the_same_json():
    import mxnet as mx

    symbol = every_operator()
    assert json.loads(mx.sym.load_json(symbol.decode()).tojson()) == json.loads(symbol)


def test_mxnet_infers_the_shapes_that_were_meant():
    import mxnet as mx

    inner = mx.sym.load_json(every_operator().decode()).get_internals()
    _, shapes, _ = inner.infer_shape(data=(2, 3, 8, 8))
    found = dict(zip(inner.list_outputs(), shapes, strict=True))
    assert found["padded_output"] == (2, 3, 9, 9)
    assert found["conv_weight"] == (4, 3, 3, 3)
    assert found["norm_output"] == (2, 4, 4, 4)
    assert found["filter_weight"] == (4, 1, 3, 3)
    assert found["joined_output"] == (2, 8, 4, 4)
    assert found["pool_output"] == (2, 8, 2, 2)
    assert found["average_output"] == (2, 8, 1, 1)
    assert found["dense_output"] == (2, 5)


def test_pad_adds_zeros_before_and_after():
    w = SymbolWriter()
    symbol = w.to_json(w.pad("padded", w.variable("data"), 1, 2)).decode()
    data = np.ones((1, 2, 2, 2), np.float32)
    assert np.array_equal(forward(symbol, {}, data), np.pad(data, ((0, 0), (0, 0), (1, 2), (1, 2))))


def test_a_name_is_given_once():
    w = SymbolWriter()
    w.relu("twice", w.variable("data"))
    with pytest.raises(ModelError, match="'twice'"):
        w.variable("twice")
