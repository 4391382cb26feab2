import numpy as np
import pytest

from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.rules import check_rules
from mrt_studio.errors import ModelError, OverflowError32, ShapeError
from mrt_studio.ir.graph import Builder
from tests.unit.cvm.graphs import CASES, of


def refused(graph, kind=ModelError):
    with pytest.raises(kind) as caught:
        check_rules(graph)
    assert caught.value.remedy
    return caught.value


def named(*names):
    b = Builder(make)
    refs = [b.input(name, (1, 2), 8) for name in names]
    return b.graph([b.op("cvm.concatenate", *refs)])


def outputs(*shapes):
    b = Builder(make)
    x = b.input("data", (1, 2, 3, 4), 8)
    made = {(1, 24): lambda: b.op("cvm.flatten", x), (1, 2, 3): lambda: b.op("cvm.sum", x, axis=(3,)), (1, 2, 3, 4): lambda: b.op("cvm.relu", x)}
    return b.graph([made[shape]() for shape in shapes])


@pytest.mark.parametrize("name", CASES)
def test_the_samples_keep_the_rules(name):
    graph, _ = CASES[name]()
    assert check_rules(graph).keys() == {node.name for node in graph.nodes}


def test_the_input_is_called_data():
    error = refused(named("image"))
    assert error.what == "The model's input is called 'image'."
    assert error.remedy == "Rename the input to 'data' before exporting the network."


def test_there_is_one_input():
    error = refused(named("data", "mask"))
    assert error.what == "The model has 2 inputs: data, mask."
    b = Builder(make)
    none = b.graph([b.op("cvm.relu", b.param("", np.ones((1, 2), np.int8), name="w", precision=2))])
    assert "0 inputs" in refused(none).what


def test_outputs_of_as_many_rows_are_joined_and_others_refused():
    check_rules(outputs((1, 2, 3, 4), (1, 2, 3, 4)))
    error = refused(outputs((1, 2, 3, 4), (1, 24)))
    assert error.what == "The outputs of shapes (1, 2, 3, 4), (1, 24) cannot be joined."


@pytest.mark.parametrize("shape", [(1,) * 7, (1, (1 << 24) + 1), (1 << 12, 1 << 19)])
def test_shapes_beyond_the_runtime(shape):
    b = Builder(make)
    graph = b.graph([b.op("cvm.relu", b.input("data", shape, 8))])
    error = refused(graph, ShapeError)
    assert error.where == "data"
    assert error.what == f"The tensor has the shape {shape}."


def test_an_input_of_two_gibibytes_is_refused():
    b = Builder(make)
    graph = b.graph([b.op("cvm.sum", b.input("data", (512, 1 << 20), 2), axis=(1,))])
    assert refused(graph, OverflowError32).what == "The input has 2,147,483,648 bytes; the limit is 2,147,483,647."


def shifted(bits, precision, shift, *, factor=None):
    b = Builder(make)
    x = b.input("data", (1, 4), bits)
    if factor:
        x = b.op("cvm.broadcast_mul", x, b.param("", np.array([factor], np.int32), name="factor", precision=factor.bit_length() + 1))
    return b.graph([b.op("cvm.cvm_right_shift", x, name="shift", precision=precision, shift_bit=shift)])


@pytest.mark.parametrize("case", [(31, 16, 16), (32, 17, 16), (32, 15, 16), (32, 31, 2)])
def test_shifts_whose_result_fits_or_is_limited(case):
    check_rules(shifted(*case))


def test_a_shift_that_only_some_back_ends_limit_is_refused():
    error = refused(shifted(32, 16, 16), OverflowError32)
    assert error.what == "A value of up to 2,147,483,647 shifted right by 16 can exceed 16 bits."
    assert error.where == "cvm.cvm_right_shift 'shift'"
    refused(shifted(32, 31, 1), OverflowError32)


def test_a_product_of_32_bits_cannot_reach_that_case():
    check_rules(shifted(24, 8, 24, factor=127))


def test_what_has_no_proof_is_refused():
    assert refused(of("broadcast_mul", (1, 2), ((1, 2), 31), bits=8)[0], OverflowError32).what == "The result has 39 bits; the limit is 32."
