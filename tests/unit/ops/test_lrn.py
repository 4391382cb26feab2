"""LRN: any share of knorm, few channels, and batches."""

import numpy as np
import pytest

from mrt_studio.errors import ShapeError
from mrt_studio.ops.base import operators
from tests.nets import lowered, prepared, rng_of
from tests.unit.ops.batches import check_batches
from tests.unit.ops.single import ran, single


@pytest.mark.parametrize("alpha", [0.0, 1e-12, 1e-4, 1.0, 1e4])
@pytest.mark.parametrize("size", [1e-4, 1.0, 300.0])
def test_the_error_is_a_share_of_the_largest_result_at_any_range(alpha, size):
    data = size * rng_of(1).standard_normal((2, 12, 3, 3))
    out = ran("LRN", data, nsize=5, alpha=alpha, knorm=1.0)
    # The power's table has sixteen bits, of which a sum far above knorm leaves few.
    share = 1e-3 if alpha * size**2 <= 1e2 else 2e-2
    assert abs(out.found - out.meant).max() <= share * abs(out.meant).max()


def test_zeros_stay_zeros():
    data = rng_of(0).uniform(-1, 1, (2, 4, 2, 2))
    data[0] = 0
    assert (ran("LRN", data, nsize=3, alpha=1.0).found[0] == 0).all()


def test_lowered_at_batch_one_it_runs_at_batch_three():
    data = rng_of(0).uniform(-9, 9, (3, 6, 1, 4)).astype(np.float32)
    graph = prepared(single("LRN", data[:1], nsize=5, alpha=0.1))
    check_batches(lowered(graph, {"data": 9.0, "node": 5.0}), {"data": data})


@pytest.mark.parametrize(("shape", "nsize"), [((2, 3, 4), 3), ((2, 3, 4, 4), 2)])
def test_other_shapes_and_even_sizes_are_refused(shape, nsize):
    with pytest.raises(ShapeError, match="odd nsize"):
        operators["LRN"](nsize=nsize).infer((shape,))
