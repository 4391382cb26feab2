from dataclasses import dataclass

import numpy as np
import pytest

from mrt_studio.datasets.base import Batch, Dataset, datasets
from mrt_studio.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Broken(Dataset):
    """A data set that reads what it is told to."""

    values: tuple[object, ...] = ()

    def check(self):
        pass

    def __len__(self):
        return 3

    sample_shape = (2,)

    @property
    def spec(self):
        return "broken"

    def read(self, start, stop):
        return Batch(np.array(self.values[start:stop]), None, ("a", "b", "c")[start:stop])


def test_lists_become_tuples():
    assert Broken(values=[1, 2]) == Broken(values=(1, 2))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_values_that_are_not_finite_name_their_sample(bad):
    with pytest.raises(DataError, match="not finite") as caught:
        Broken(values=((0, 1), (2, bad), (3, 4))).batch(0, 3)
    assert caught.value.where == "broken, sample b"


def test_another_shape_than_announced_is_refused():
    with pytest.raises(DataError, match="another shape") as caught:
        Broken(values=((0, 1, 2),) * 3).batch(0, 3)
    assert "(3,)" in caught.value.why
    assert "(2,)" in caught.value.why


def test_samples_become_float32():
    assert Broken(values=((0, 1), (2, 3), (4, 5))).batch(0, 3).data.dtype == np.float32


def test_spec_leaves_defaults_out():
    assert datasets.create("stdrandom(count=3, seed=0)").spec == "stdrandom(count=3)"
