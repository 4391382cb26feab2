import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrt_studio.errors import FormatError
from mrt_studio.importers.numpy_pickle import read_numpy_pickle
from tests.unit.importers.streams import FALSE, NONE, call, group, listing, mapping, name, nested, numbers, program, raw, text, whole

WEIGHTS = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.fixture(scope="session")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("numpy") / "weights.pkl"


def read(path, content: bytes):
    path.write_bytes(content)
    return read_numpy_pickle(path)


def empty(shape: bytes = numbers(0)) -> bytes:
    return call(name("numpy.core.multiarray", "_reconstruct"), name("numpy", "ndarray"), shape, raw(b"b"))


def dtype(code: str = "f4", order: str = "<") -> bytes:
    kind = call(name("numpy", "dtype"), text(code), whole(0), whole(1))
    return kind + group(whole(3), text(order), NONE, NONE, NONE, whole(-1), whole(-1), whole(0)) + b"b"


def array(shape: bytes, kind: bytes, data: bytes, fortran: bytes = FALSE) -> bytes:
    return empty() + group(whole(1), shape, kind, fortran, raw(data)) + b"b"


GOOD = program(mapping({"conv": listing(array(numbers(2), dtype(), bytes(8)))}))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_those_that_were_pickled(path, kind, order):
    weights = {"conv": [np.asarray(WEIGHTS.astype(kind), order=order), WEIGHTS[0, 0].astype(kind)]}
    found = read(path, pickle.dumps(weights, protocol=3))
    assert list(found) == ["conv"]
    for got, wanted in zip(found["conv"], weights["conv"], strict=True):
        assert got.dtype == wanted.dtype
        assert np.array_equal(got, wanted)
        assert not got.flags.writeable


@pytest.mark.parametrize(
    "value",
    [
        [WEIGHTS],
        {"conv": WEIGHTS},
        {"conv": []},
        {"conv": [1]},
        {"conv": [WEIGHTS, None]},
        {"conv": [np.array([object()])]},
        {"conv": [np.array(["text"])]},
        {"conv": [WEIGHTS.astype(">f4")]},
        {"conv": [WEIGHTS[:0]]},
        {"conv": [np.float32(1)]},
    ],
    ids=lambda value: str(value)[:20],
)
def test_anything_but_plain_arrays_is_refused(path, value):
    with pytest.raises(FormatError):
        read(path, pickle.dumps(value, protocol=3))


@pytest.mark.parametrize(
    "entry",
    [
        empty(),
        empty(nested(300_000)),
        array(numbers(3), dtype(), bytes(8)),
        array(numbers(-2), dtype(), bytes(8)),
        array(numbers(1 << 2000, 1 << 2000), dtype(), bytes(8)),
        array(numbers(*[1] * 9), dtype(), bytes(4)),
        array(nested(300_000), dtype(), bytes(8)),
        array(numbers(2), dtype(order=">"), bytes(8)),
        array(numbers(2), dtype("O"), bytes(16)),
        array(numbers(2), call(name("numpy", "dtype"), text("f4"), whole(0), whole(1)), bytes(8)),
        array(numbers(2), dtype(), bytes(8)) + group(whole(1), numbers(2), dtype(), FALSE, raw(bytes(8))) + b"b",
        call(name("numpy.core.multiarray", "_reconstruct"), name("numpy", "dtype"), numbers(0), raw(b"b")),
    ],
)
def test_hostile_arrays_are_refused(path, entry):
    with pytest.raises(FormatError):
        read(path, program(mapping({"conv": listing(entry)})))


def test_what_follows_the_pickle_is_refused(path):
    assert read(path, GOOD)["conv"][0].tolist() == [0, 0]
    with pytest.raises(FormatError, match="goes on"):
        read(path, GOOD + b"\x00")


@given(place=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_one_wrong_byte_never_does_harm(path, place, value):
    content = bytearray(GOOD)
    content[place] = value
    try:
        found = read(path, bytes(content))
    except FormatError:
        return
    assert sum(array.nbytes for arrays in found.values() for array in arrays) <= 8
