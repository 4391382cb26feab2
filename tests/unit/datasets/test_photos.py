import sys

import numpy as np
import pytest

from mrt_studio.datasets import photos
from mrt_studio.datasets.photos import Photos
from mrt_studio.errors import DataError, OptionError


def test_all_photos_are_there_and_real():
    dataset = Photos(size=32, resize=32, mean=0, std=1)
    batch = dataset.batch(0, len(dataset))
    assert len(dataset) == 17
    assert "chelsea" in batch.names
    assert batch.data.min() >= 0
    assert batch.data.max() <= 1
    assert (batch.data.std(axis=(1, 2, 3)) > 0.02).all()


def test_grey_photos_have_three_equal_channels():
    dataset = Photos(size=32, resize=32, mean=0, std=1)
    camera = dataset.batch(0, 17).data[dataset.batch(0, 17).names.index("camera")]
    np.testing.assert_array_equal(camera[0], camera[1])
    np.testing.assert_array_equal(camera[0], camera[2])


def test_a_missing_package_is_told_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(DataError, match="'skimage' is not installed") as caught:
        Photos()
    assert caught.value.remedy == f'Run: pip install "{photos.INSTALL}"'


def test_bad_options_are_refused():
    with pytest.raises(OptionError):
        Photos(size=300, resize=256)
