"""The left shift: what it computes, and that it is neither written nor read."""

import numpy as np
import pytest

from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import FormatError, OverflowError32, UnsupportedError
from tests.unit.cvm.one import graph_of

WHY, REMEDY = "The runtime's CPU back end fails on every call of it.", "Multiply by a power of two with broadcast_mul, then limit with cvm_clip."


@pytest.mark.parametrize(
    ("value", "precision", "shift", "shifted"),
    [(3, 32, 4, 48), (-3, 32, 4, -48), (5, 6, 3, 31), (-5, 6, 3, -31), (127, 32, 24, 127 << 24), (-127, 31, 24, 1 - 2**30), (1, 1, 1, 0)],
)
def test_values_are_multiplied_then_limited(value, precision, shift, shifted):
    graph = graph_of("cvm_left_shift", (1, 1), precision=precision, shift_bit=shift)
    feeds = {"data": np.array([[value]])}
    assert run_reference(graph, feeds)[0].tolist() == FastMachine(graph).run(feeds)[0].tolist() == [[shifted]]
    assert prove(graph)["node"].bits == precision


def test_a_shift_beyond_int32_has_no_proof():
    with pytest.raises(OverflowError32, match="The shifted value has 33 bits; the limit is 32"):
        prove(graph_of("cvm_left_shift", (1, 1), precision=8, shift_bit=25))


def test_it_is_not_compiled():
    with pytest.raises(UnsupportedError) as caught:
        write_artifact(graph_of("cvm_left_shift", (1, 2), precision=9, shift_bit=4))
    assert (caught.value.what, caught.value.why, caught.value.remedy) == ("The operator cvm_left_shift cannot be compiled.", WHY, REMEDY)
    assert caught.value.where == "cvm.cvm_left_shift 'node'"


def test_a_file_with_it_is_refused_with_the_reason():
    symbol, params = write_artifact(graph_of("cvm_right_shift", (1, 2), precision=9, shift_bit=4))
    with pytest.raises(FormatError) as caught:
        read_artifact(symbol.replace(b"cvm_right_shift", b"cvm_left_shift"), params)
    assert (caught.value.what, caught.value.why, caught.value.remedy) == ("The operator cvm_left_shift cannot be compiled.", WHY, REMEDY)
