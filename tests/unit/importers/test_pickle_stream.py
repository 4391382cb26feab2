import io
import pickle

import pytest

from mrt_studio.errors import FormatError
from mrt_studio.importers import pickle_stream
from mrt_studio.importers.pickle_stream import PickleReader, read_file
from tests.unit.importers.streams import NONE, call, group, listing, mapping, name, nested, program, text, whole


def read(stream: bytes, **names):
    return PickleReader(names).read(io.BytesIO(stream))


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, 255, 65535, -1, 1 << 80, "", "naïve", (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1, [2]], {}, {"a": {"b": [1]}}, b"bytes"],
    ids=repr,
)
def test_plain_values_are_those_that_were_pickled(value):
    assert read(pickle.dumps(value, protocol=3)) == value


def test_one_object_stored_twice_is_one_object():
    shared = [1]
    first, second = read(pickle.dumps((shared, shared), protocol=2))
    assert first is second


def test_the_stream_is_left_behind_the_pickle():
    stream = io.BytesIO(program(whole(1)) + program(whole(2)) + b"rest")
    reader = PickleReader({})
    assert [reader.read(stream), reader.read(stream), stream.read()] == [1, 2, b"rest"]


def test_a_known_name_is_called_with_its_arguments():
    reader = PickleReader({"here join": "-".join})
    assert reader.read(io.BytesIO(program(call(name("here", "join"), text("a"), text("b"))))) == "a-b"


def test_a_state_is_given_to_the_object():
    given = []
    reader = PickleReader({}, build=lambda target, state: given.append((target, state)))
    assert reader.read(io.BytesIO(program(b"]" + whole(7) + b"b"))) == []
    assert given == [([], 7)]


def test_a_persistent_id_is_looked_up():
    reader = PickleReader({}, persistent=len)
    assert reader.read(io.BytesIO(program(group(NONE, NONE) + b"Q"))) == 2


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (program(call(name("os", "system"), text("true"))), "os.system"),
        (program(name("builtins", "eval")), "builtins.eval"),
        (pickle.dumps(print, protocol=2), "print"),
        (program(b"(ios\nsystem\n"), "INST"),
        (program(text("os") + text("system") + b"\x93"), "STACK_GLOBAL"),
        (program(b"]" + b"b"), "BUILD"),
        (program(group() + b"Q"), "BINPERSID"),
        (program(b"Pname\n"), "PERSID"),
        (program(b"(o"), "OBJ"),
        (program(b"))\x81"), "NEWOBJ"),
        (program(b"\x82\x01"), "EXT1"),
        (pickle.dumps(1.5, protocol=2), "BINFLOAT"),
        (pickle.dumps([1], protocol=4), "FRAME"),
        (program(b"\x8f"), "EMPTY_SET"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_known_is_refused_by_name(stream, said):
    with pytest.raises(FormatError, match=said):
        read(stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\x80",
        b"\xff.",
        program(b""),
        program(NONE + NONE),
        program(b"(" + NONE),
        program(b"t"),
        program(b"\x85"),
        program(b"u"),
        program(b"}s"),
        program(b"a"),
        program(b"}" + NONE + b"a"),
        program(b"R"),
        program(b"h\x07"),
        program(b"q\x07"),
        program(b"](" + whole(1) + b"u"),
        program(b"}(" + whole(1) + b"e"),
        program(b"}(" + text("key") + b"u"),
        program(mapping({"a": NONE}) + text("a") + NONE + b"s"),
        program(b"}" + whole(1) + NONE + b"s"),
        program(call(NONE)),
        program(NONE + NONE + b"R"),
        program(name("here", "known") + listing() + b"R"),
        b"X\xff\xff\xff\xffshort",
        b"X\x01\x00\x00\x00\xff.",
        b"cno newline",
        b"c\xff\n\xff\n.",
    ],
)
def test_damage_is_a_format_error(stream):
    with pytest.raises(FormatError):
        PickleReader({"here known": list}).read(io.BytesIO(stream))


@pytest.mark.parametrize(
    "body", [b"}" + nested(300_000) + NONE + b"s", nested(300_000) + b")R", NONE + nested(300_000) + b"R"], ids=["key", "call", "arguments"]
)
def test_deep_nesting_does_not_overflow_the_stack(body):
    with pytest.raises(FormatError):
        read(program(body))


def test_the_number_of_instructions_is_bounded(monkeypatch):
    monkeypatch.setattr(pickle_stream, "MAX_INSTRUCTIONS", 100)
    assert read(program(listing(*[NONE] * 90))) == [None] * 90
    with pytest.raises(FormatError, match="more than 100 instructions"):
        read(program(listing(*[NONE] * 100)))


def test_read_file_refuses_a_folder_and_a_missing_file(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(FormatError, match="regular file"):
            read_file(path)


def test_read_file_refuses_a_large_file_before_it_reads(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(pickle_stream.MAX_BYTES + 1)
    with pytest.raises(FormatError, match="too large"):
        read_file(path)
