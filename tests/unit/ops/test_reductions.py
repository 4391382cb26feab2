"""Reductions never take a form in which the machine's back ends differ, and reduce what they should."""

import numpy as np
import pytest

from mrt_studio.cvm.ops.base import make as make_cvm
from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.shared.reductions import reduce
from tests.nets import check_exact, rng_of

CASES = [
    ((2, 3), (1,)),
    ((2, 3, 1), (1,)),
    ((2, 3, 1, 4), (1,)),
    ((2, 3, 1, 4, 1), (-4,)),
    ((2, 1, 3), (2,)),
    ((1, 1, 3), (2,)),
    ((1, 3, 1), (1,)),
    ((4, 1), (0,)),
    ((3, 1, 2), (0, 2)),
    ((2, 3), ()),
    ((2, 1, 1), (1, 2)),
]


class Plain:
    """Just what `reduce` asks of a lowering, over a builder of the machine's operators."""

    def __init__(self):
        self.builder = Builder(make_cvm)

    def shape(self, ref):
        return self.builder.shape(ref)

    def emit(self, op, *inputs, hint="", **attributes):
        return self.builder.op(op, *inputs, hint=hint, **attributes)


def reduced(kind, data, axes, keepdims):
    q = Plain()
    out = reduce(q, kind, q.builder.input("data", data.shape, 8), axes, keepdims=keepdims)
    return check_exact(q.builder.graph([out]), {"data": data})[0]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("kind", ["sum", "max"])
@pytest.mark.parametrize(("shape", "axes"), CASES, ids=str)
def test_values_and_shapes_are_those_of_numpy(kind, shape, axes, keepdims):
    data = rng_of(0).integers(-100, 0, shape)
    expected = getattr(np, kind)(data, axis=axes or None, keepdims=keepdims)
    found = reduced(kind, data, axes, keepdims)
    assert found.shape == (expected.shape or (1,))
    np.testing.assert_array_equal(found, expected.reshape(found.shape))


def test_an_axis_that_does_not_exist_is_refused():
    with pytest.raises(ShapeError, match="do not exist"):
        reduced("sum", np.zeros((2, 3), np.int64), (2,), keepdims=False)
