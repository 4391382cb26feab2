"""Which layers are wide: by name, by kind, and by the noise of eight bits."""

import numpy as np
import pytest

from mrt_studio.cvm.wide_layers import noisy_layers, wide_layers
from mrt_studio.errors import OptionError
from mrt_studio.stats.tensor_stats import TensorStats
from tests.nets import built, rng_of


def net():
    def write(b, param):
        x = b.input("data", (1, 4, 6, 6))
        x = b.op("Convolution", x, param("w0", 4, 4, 1, 1), name="one", kernel=(1, 1), num_filter=4, no_bias=True)
        x = b.op("relu", x, name="act")
        x = b.op("Convolution", x, param("w1", 4, 1, 3, 3), name="deep", kernel=(3, 3), num_filter=4, num_group=4, no_bias=True)
        x = b.op("Convolution", x, param("w2", 2, 4, 1, 1), name="two", kernel=(1, 1), num_filter=2, no_bias=True)
        return b.op("FullyConnected", b.op("Flatten", x, name="flat"), param("w3", 3, 32), name="fc", num_hidden=3, no_bias=True)

    return built(write)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], set()),
        (["first"], {"one"}),
        (["last"], {"fc"}),
        (["depthwise"], {"deep"}),
        (["two", "first"], {"two", "one"}),
        (["all"], {"one", "deep", "two", "fc"}),
    ],
)
def test_words_and_names(words, names):
    assert wide_layers(net(), words) == names


@pytest.mark.parametrize("word", ["act", "data", "nothing", ""])
def test_what_is_no_layer_is_refused(word):
    with pytest.raises(OptionError, match="no convolution or dense layer") as caught:
        wide_layers(net(), [word])
    assert "depthwise" in caught.value.remedy


def test_noise_of_eight_bits_follows_from_threshold_and_power():
    """A uniform tensor at its largest value has 10 log10(4 * 127**2) = 48.1 dB; the sign bit of a ReLU is worth 6 dB."""
    graph = net()
    even = TensorStats.of(rng_of(0).uniform(0, 1, (1, 4, 100, 100)).astype(np.float32))
    stats = dict.fromkeys(("data", "act", "deep", "flat"), even)
    thresholds = dict.fromkeys(stats, 1.0) | {"deep": 4.0}
    assert noisy_layers(graph, stats, thresholds, 36, unsigned=False) == set()
    assert noisy_layers(graph, stats, thresholds, 37, unsigned=False) == {"two"}
    assert noisy_layers(graph, stats, thresholds, 49, unsigned=False) == {"one", "deep", "two", "fc"}
    assert noisy_layers(graph, stats, thresholds, 49, unsigned=True) == {"one", "two", "fc"}
