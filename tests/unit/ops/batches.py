"""Models that are lowered at one batch and run at another."""

import numpy as np

from mrt_studio.cvm.lower import Lowered
from mrt_studio.cvm.ops.base import make
from mrt_studio.ir.graph import Array, with_input_shapes
from tests.nets import Feeds, check_exact, integers


def check_batches(model: Lowered, feeds: Feeds) -> Array:
    """Run a model of batch 1 at the batch of `feeds`, assert that each sample gives what it gives alone, and return the integers."""
    whole = with_input_shapes(model.graph, make, {name: x.shape for name, x in feeds.items()})
    codes = integers(model, feeds)
    found = check_exact(whole, codes)[0]
    alone = [check_exact(model.graph, {name: x[i : i + 1] for name, x in codes.items()})[0] for i in range(len(found))]
    np.testing.assert_array_equal(found, np.concatenate(alone))
    return found
