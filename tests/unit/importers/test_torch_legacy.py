import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrt_studio.errors import FormatError
from mrt_studio.importers.pickle_stream import MAX_BYTES
from mrt_studio.importers.torch_legacy import read_legacy_checkpoint
from tests.unit.importers.streams import (
    FALSE,
    HEADER,
    NONE,
    ORDERED_DICT,
    TRUE,
    blocks,
    call,
    checkpoint,
    group,
    listing,
    mapping,
    name,
    nested,
    numbers,
    program,
    storage,
    tensor,
    text,
    whole,
)

SIX = {"0": np.arange(6, dtype=np.float32)}
MATRIX = tensor(storage(6), (2, 3), (3, 1))
GOOD = checkpoint(mapping({"weight": MATRIX}), SIX)


@pytest.fixture(scope="session")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("torch") / "net.pth"


def read(path, content: bytes):
    path.write_bytes(content)
    return read_legacy_checkpoint(path)


def refused(path, content: bytes) -> str:
    with pytest.raises(FormatError) as error:
        read(path, content)
    assert error.value.where
    return str(error.value)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("Float", "f4"), ("Double", "f8"), ("Half", "f2"), ("Long", "i8"), ("Int", "i4"), ("Short", "i2"), ("Char", "i1"), ("Byte", "u1")],
)
def test_each_storage_type_gives_its_element_type(path, kind, dtype):
    values = np.arange(6).astype(dtype)
    found = read(path, checkpoint(mapping({"x": tensor(storage(6, kind=kind), (2, 3), (3, 1))}), {"0": values}))["x"]
    assert found.dtype == np.dtype(dtype)
    assert np.array_equal(found, values.reshape(2, 3))


@pytest.mark.parametrize(
    ("sizes", "strides", "offset", "expected"),
    [
        ((), (), 5, 5.0),
        ((6,), (1,), 0, [0, 1, 2, 3, 4, 5]),
        ((3, 2), (1, 3), 0, [[0, 3], [1, 4], [2, 5]]),
        ((2,), (2,), 1, [1, 3]),
        ((2, 3), (0, 1), 3, [[3, 4, 5], [3, 4, 5]]),
        ((1, 6), (99, 1), 0, [[0, 1, 2, 3, 4, 5]]),
    ],
)
def test_a_tensor_is_a_view_of_its_storage(path, sizes, strides, offset, expected):
    found = read(path, checkpoint(mapping({"x": tensor(storage(6), sizes, strides, offset)}), SIX))["x"]
    assert np.array_equal(found, np.array(expected, np.float32))


def test_arrays_are_read_only(path):
    array = read(path, GOOD)["weight"]
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1
    assert array.flags.aligned


def test_parameters_metadata_and_shared_storages_are_understood(path):
    parameter = call(name("torch._utils", "_rebuild_parameter"), MATRIX, TRUE, ORDERED_DICT)
    state = mapping({"a": parameter, "b": tensor(storage(6), (1,), (1,), 4)}) + mapping({"_metadata": ORDERED_DICT}) + b"b"
    found = read(path, checkpoint(state, SIX))
    assert {key: value.tolist() for key, value in found.items()} == {"a": [[0, 1, 2], [3, 4, 5]], "b": [4]}


@pytest.mark.parametrize(
    ("sizes", "strides", "offset"),
    [
        ((7,), (1,), 0),
        ((6,), (1,), 1),
        ((2, 3), (4, 1), 0),
        ((1,), (1,), 6),
        ((1,), (1,), -1),
        ((2,), (-1,), 1),
        ((-1,), (1,), 0),
        ((0,), (1,), 0),
        ((2, 3), (1,), 0),
        ((1,) * 9, (1,) * 9, 0),
        ((1 << 29,), (0,), 0),
        ((1 << 2000,), (0,), 0),
        ((2,), (1 << 2000,), 0),
        ((1 << 29,) * 8, (0,) * 8, 0),
    ],
)
def test_a_tensor_that_leaves_its_storage_is_refused(path, sizes, strides, offset):
    said = refused(path, checkpoint(mapping({"x": tensor(storage(6), sizes, strides, offset)}), SIX))
    assert "does not fit its storage" in said


@pytest.mark.parametrize(
    "arguments",
    [
        (storage(6), TRUE, numbers(6), numbers(1), FALSE, ORDERED_DICT),
        (storage(6), whole(0), group(TRUE), numbers(1), FALSE, ORDERED_DICT),
        (storage(6), whole(0), listing(whole(6)), numbers(1), FALSE, ORDERED_DICT),
        (storage(6), whole(0), group(nested(300_000)), numbers(1), FALSE, ORDERED_DICT),
        (text("storage"), whole(0), numbers(6), numbers(1), FALSE, ORDERED_DICT),
        (storage(6), whole(0), numbers(6), numbers(1), FALSE),
        (),
    ],
)
def test_a_tensor_that_is_described_otherwise_is_refused(path, arguments):
    refused(path, checkpoint(mapping({"x": call(name("torch._utils", "_rebuild_tensor_v2"), *arguments)}), SIX))


@pytest.mark.parametrize(
    "identity",
    [
        group(text("storage"), name("torch", "FloatStorage"), text("0"), text("cpu"), whole(6), numbers(0)),
        group(text("module"), name("torch", "FloatStorage"), text("0"), text("cpu"), whole(6), NONE),
        group(text("storage"), text("FloatStorage"), text("0"), text("cpu"), whole(6), NONE),
        group(text("storage"), name("torch", "FloatStorage"), text("0"), text("cpu"), TRUE, NONE),
        group(text("storage"), name("torch", "FloatStorage"), text("0"), text("cpu"), whole(0), NONE),
        group(text("storage"), name("torch", "FloatStorage"), text("0"), text("cpu"), whole(1 << 62), NONE),
        group(text("storage"), name("torch", "FloatStorage"), nested(300_000), text("cpu"), whole(6), NONE),
        nested(300_000),
        NONE,
    ],
)
def test_a_storage_that_is_described_otherwise_is_refused(path, identity):
    refused(path, checkpoint(mapping({"x": tensor(identity + b"Q", (1,), (1,))}), SIX))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (MATRIX, "does not hold a state dict"),
        (listing(MATRIX), "does not hold a state dict"),
        (mapping({"epoch": whole(3)}), "'epoch'"),
        (mapping({"state_dict": mapping({"weight": MATRIX})}), "'state_dict'"),
        (mapping({"x": storage(6)}), "'x'"),
        (mapping({"x": call(name("os", "system"), text("true"))}), "os.system"),
        (mapping({"x": name("torch", "BFloat16Storage")}), "torch.BFloat16Storage"),
        (call(name("collections", "OrderedDict"), listing()), "unknown way"),
        (mapping({"x": MATRIX}) + mapping({"__class__": NONE}) + b"b", "state that is not known"),
        (mapping({"x": MATRIX}) + NONE + b"b", "state that is not known"),
        (mapping({"x": MATRIX, "y": tensor(storage(5), (1,), (1,))}), "two types or sizes"),
        (mapping({"x": MATRIX, "y": tensor(storage(6, kind="Int"), (1,), (1,))}), "two types or sizes"),
        (mapping({"x": call(name("torch._utils", "_rebuild_parameter"), NONE, TRUE, ORDERED_DICT)}), "unknown way"),
        (mapping(dict.fromkeys("xy", tensor(storage(MAX_BYTES, kind="Byte"), (MAX_BYTES,), (1,)))), "too large"),
    ],
)
def test_more_than_plain_tensors_is_refused(path, state, said):
    assert said in refused(path, checkpoint(state, SIX))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (b"", "damaged"),
        (program(text("0")), "list of storages"),
        (program(listing(whole(0))), "list of storages"),
        (program(listing(text("0"), text("0"))), "list of storages"),
        (blocks({"1": SIX["0"]}), "list of storages"),
        (blocks({**SIX, "1": SIX["0"]}), "list of storages"),
        (blocks({"0": SIX["0"][:5]}), "another size"),
        (program(listing(text("0"))) + b"\x06", "ends too early"),
        (blocks(SIX)[:-1], "ends too early"),
        (blocks(SIX) + b"\x00", "goes on"),
    ],
)
def test_storages_must_be_those_that_tensors_need(path, end, said):
    assert said in refused(path, HEADER + program(mapping({"weight": MATRIX})) + end)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (program(whole(7)), "magic number"),
        (program(nested(300_000)), "magic number"),
        (program(whole(0x1950A86A20F9469CFC6C)) + program(whole(1000)), "protocol version"),
        (HEADER.replace(TRUE, FALSE), "little-endian"),
        (b"PK\x03\x04", "zip format"),
    ],
)
def test_other_formats_are_refused(path, head, said):
    assert said in refused(path, head)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FormatError, match=r"absent\.pth"):
        read_legacy_checkpoint(tmp_path / "absent.pth")


@given(place=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_one_wrong_byte_never_does_harm(path, place, value):
    content = bytearray(GOOD)
    content[place] = value
    try:
        found = read(path, bytes(content))
    except FormatError:
        return
    assert sum(array.size for array in found.values()) <= 6


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(path, content):
    refused(path, content)


@given(st.integers(0, len(GOOD) - 1))
def test_a_cut_file_is_refused(path, length):
    refused(path, GOOD[:length])
