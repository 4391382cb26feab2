import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.top import put_on_top
from mrt_studio.errors import UnsupportedError
from tests.nets import built, lowered, prepared
from tests.unit.ops.single import single

X = np.arange(-6, 7)[None].astype(np.int64)
ON_INTEGERS = {
    "_greater_scalar": X > 2,
    "_greater_equal_scalar": X >= 2,
    "_lesser_scalar": X < 2,
    "_lesser_equal_scalar": X <= 2,
    "_equal_scalar": X == 2,
    "_not_equal_scalar": X != 2,
    "_logical_and_scalar": X != 0,
    "_logical_or_scalar": np.ones_like(X),
    "_logical_xor_scalar": X == 0,
}


def on_top(name, scalar):
    """The operator on raw integers of eight bits, above a base that is an identity."""
    base = lowered(prepared(built(lambda b, _: b.op("relu", b.input("data", X.shape), name="base"))), {"data": 127.0, "base": 127.0})
    graph = put_on_top(base.graph, single(name, X, scalar=scalar), {"data": base.inputs["data"].ref})
    return run_reference(graph, {"data": X})[0]


@pytest.mark.parametrize("name", ON_INTEGERS)
def test_on_integers_the_scalar_is_an_integer(name):
    np.testing.assert_array_equal(on_top(name, 2.0), ON_INTEGERS[name])


def test_on_integers_the_scalar_is_truncated():
    np.testing.assert_array_equal(on_top("_greater_scalar", 2.9), X > 2)
    np.testing.assert_array_equal(on_top("_greater_scalar", -2.9), X > -2)


def test_on_integers_a_scalar_beyond_them_is_refused():
    with pytest.raises(UnsupportedError, match="3e\\+09") as refusal:
        on_top("_greater_scalar", 3e9)
    assert "INT32" in refusal.value.why
