"""Products: how many factors, and what they do to zeros and signs."""

import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from tests.nets import lowered, prepared, rng_of
from tests.unit.ops.batches import check_batches
from tests.unit.ops.single import ran, single


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 16])
def test_any_count_up_to_sixteen(count):
    data = rng_of(count).uniform(0.7, 1.3, (4, count)) * rng_of(count + 1).choice([-1, 1], (4, count))
    out = ran("prod", data, axis=(1,))
    np.testing.assert_allclose(out.found, out.meant, atol=count * 2.0**-12 * abs(out.meant).max())


def test_zero_and_signs():
    out = ran("prod", np.array([[0.0, 2.0, 3.0], [-1.0, 2.0, 3.0], [-1.0, -2.0, 3.0]]), axis=(1,))
    np.testing.assert_allclose(out.found, [0, -6, 6], atol=0.1)
    assert out.found[0] == 0


def test_more_factors_are_refused():
    with pytest.raises(UnsupportedError, match="product of 17 factors") as caught:
        prepared(single("prod", np.ones((1, 17)), axis=(1,)))
    assert "grows with every factor" in caught.value.why


def test_lowered_at_batch_one_it_runs_at_batch_three():
    data = rng_of(0).uniform(-1, 1, (3, 2, 1, 3)).astype(np.float32)
    graph = prepared(single("prod", data[:1], axis=(1, 3)))
    check_batches(lowered(graph, {n.name: 1.0 for n in graph.nodes}), {"data": data})
