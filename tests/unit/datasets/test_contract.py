"""What every data set of the registry must do."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from mrt_studio.datasets.base import Dataset, batches, datasets
from mrt_studio.errors import DataError, OptionError


def test_samples_have_the_announced_shape(dataset):
    batch = dataset.batch(0, 3)
    assert batch.data.shape == (3, *dataset.sample_shape)
    assert batch.data.dtype == np.float32
    assert batch.data.flags.c_contiguous
    assert np.isfinite(batch.data).all()
    assert len(batch) == len(set(batch.names)) == 3
    assert batch.labels is None or (batch.labels.shape == (3,) and batch.labels.dtype == np.int64)


def test_any_order_gives_the_same_samples(dataset):
    whole = dataset.batch(0, 7)
    for start, stop in ((5, 7), (0, 1), (2, 6)):
        part = dataset.batch(start, stop)
        np.testing.assert_array_equal(part.data, whole.data[start:stop])
        assert part.names == whole.names[start:stop]
        if whole.labels is not None:
            np.testing.assert_array_equal(part.labels, whole.labels[start:stop])


def test_samples_differ(dataset):
    data = dataset.batch(0, 7).data
    assert len(np.unique(data.reshape(7, -1), axis=0)) == 7


def test_the_same_options_give_the_same_bits(dataset):
    again = datasets.create(dataset.spec)
    assert again == dataset
    assert hash(again) == hash(dataset)
    np.testing.assert_array_equal(again.batch(0, 4).data, dataset.batch(0, 4).data)


def test_a_batch_is_the_callers_own(dataset):
    dataset.batch(0, 2).data[:] = 7
    assert (dataset.batch(0, 2).data != 7).any()


def test_survives_the_way_to_a_worker(dataset):
    dataset.batch(0, 1)
    copy = pickle.loads(pickle.dumps(dataset))
    np.testing.assert_array_equal(copy.batch(1, 3).data, dataset.batch(1, 3).data)


def test_batches_cover_every_sample_once(dataset):
    names = [name for batch in batches(dataset, 5) for name in batch.names]
    assert len(names) == len(set(names)) == len(dataset)


def test_batches_can_start_anywhere(dataset):
    (first, second) = batches(dataset, 2, count=2, start=1)
    assert first.names + second.names == dataset.batch(1, 5).names


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 3), (4, 2), (0, 10**9), (10**9, 10**9 + 1)])
def test_a_range_outside_is_refused(dataset, start, stop):
    with pytest.raises(DataError, match="not in the data set") as caught:
        dataset.batch(start, stop)
    assert caught.value.where == dataset.spec
    assert f"{len(dataset)} samples" in caught.value.why
    assert caught.value.remedy


def test_too_few_samples_are_told_before_the_first_batch(dataset):
    with pytest.raises(DataError, match="too few samples") as caught:
        batches(dataset, 1000, count=1000)
    assert str(len(dataset)) in caught.value.why
    with pytest.raises(DataError, match="too few samples"):
        batches(dataset, 1, start=len(dataset))


@pytest.mark.parametrize(("size", "count", "start"), [(0, 1, 0), (1, 0, 0), (1, 1, -1), (-3, None, 0)])
def test_sizes_that_make_no_sense_are_refused(dataset, size, count, start):
    with pytest.raises(OptionError):
        batches(dataset, size, count, start)


def test_describe_names_count_shape_and_source(dataset):
    text = dataset.describe()
    assert text.startswith(f"{len(dataset)} samples of {' x '.join(map(str, dataset.sample_shape))}")
    assert dataset.spec in text
    assert "\n" not in text


def test_an_unknown_option_is_refused(dataset):
    with pytest.raises(OptionError, match="does not take these arguments"):
        datasets.create(f"{dataset.spec[:-1]}, no_such_option=1)")


def test_every_data_set_says_what_it_is():
    for cls in datasets.values():
        assert issubclass(cls, Dataset)
        assert cls.__doc__


def test_no_data_set_needs_mxnet():
    code = "import sys; from mrt_studio.datasets.base import datasets; list(datasets); sys.exit('mxnet' in sys.modules or 'skimage' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
