import json

import numpy as np
import pytest

from tests.models.cache import cached
from tests.models.oracle import forward
from tests.models.zoo import ZOO, images


def test_images_are_the_same_each_time():
    assert np.array_equal(images(2, 3, 20, 30, 7), images(2, 3, 20, 30, 7))
    assert not np.array_equal(images(2, 3, 20, 30, 7), images(2, 3, 20, 30, 8))


def test_images_have_about_the_range_of_normalised_photos():
    batch = images(4, 3, 224, 224, 500)
    assert batch.dtype == np.float32
    assert np.float32(-2.4) <= batch.min() < -1
    assert 1 < batch.max() <= np.float32(2.8)


def test_cached_makes_a_folder_once(tmp_path):
    made = []
    for _ in range(2):
        assert cached(tmp_path, "thing", made.append) == tmp_path / "thing"
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]


def test_cached_leaves_nothing_behind_when_making_fails(tmp_path):
    def fail(folder):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cached(tmp_path, "thing", fail)
    assert list(tmp_path.iterdir()) == []


def test_batch_norms_have_settled(model_files):
    import mxnet as mx

    files = model_files("mobilenet0_25")
    params = {name.partition(":")[2]: array.asnumpy() for name, array in mx.nd.load(str(files.params)).items()}
    means = [array for name, array in params.items() if name.endswith("running_mean")]
    assert len(means) == 27
    assert all(np.abs(mean).max() > 0 for mean in means)
    logits = forward(files.symbol.read_text(), params, images(2, 3, 224, 224, 9000))
    assert logits.shape == (2, 1000)
    assert np.isfinite(logits).all()
    assert logits.std() > 0.01


def test_zoo_names_are_those_of_gluon():
    from mxnet.gluon.model_zoo import vision

    assert all(callable(getattr(vision, name)) for name in ZOO)


def test_lenet_reads_digits_that_it_never_saw(lenet):
    import mxnet as mx

    params = {name.partition(":")[2]: array.asnumpy() for name, array in mx.nd.load(str(lenet.files.params)).items()}
    guesses = forward(lenet.files.symbol.read_text(), params, lenet.images).argmax(1)
    assert (guesses == lenet.labels).mean() >= 0.97
    assert lenet.images.shape == (1000, 1, 28, 28)
    assert lenet.calibration.shape == (64, 1, 28, 28)


def test_lenet_is_made_of_plain_operators(lenet):
    nodes = json.loads(lenet.files.symbol.read_text())["nodes"]
    assert {node["op"] for node in nodes} == {"null", "Convolution", "Activation", "Pooling", "Flatten", "FullyConnected"}


def test_lenet_files_are_found_by_name(model_files, lenet):
    assert model_files("lenet") == lenet.files
