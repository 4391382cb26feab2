"""Typed attributes: text, checks, and the text again."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from mrt_studio.errors import FormatError, UnsupportedError
from mrt_studio.ir.attributes import Attributes, choice, flag, integer, ints, real, reals


@dataclass(frozen=True, kw_only=True)
class Sample(Attributes):
    name = "Sample"
    ignored: ClassVar[frozenset[str]] = frozenset({"workspace"})

    size: int = integer(low=1, high=100)
    count: int | None = integer(None, low=0, high=9, optional=True)
    rate: float = real(0.5, low=0, high=1)
    on: bool = flag(default=False)
    layout: str = choice("NCHW", "None", default="NCHW")
    kernel: tuple[int, ...] = ints((1, 1), low=-1, high=64, lengths=(0, 1, 2))
    axes: tuple[int, ...] | None = ints(None, low=0, high=5, optional=True)
    begin: tuple[int | None, ...] = ints((), low=-9, high=9, gaps=True)
    scales: tuple[float, ...] = reals((1.0,), low=-2, high=1e6, lengths=(1, 2))


def sample(**texts):
    return Sample.parse({"size": "3"} | texts)


GOOD = [
    ("size", "7", 7),
    ("count", "None", None),
    ("count", "0", 0),
    ("rate", "1e-3", 0.001),
    ("on", "True", True),
    ("on", "1", True),
    ("on", "false", False),
    ("layout", "None", "None"),
    ("kernel", "(3, 5)", (3, 5)),
    ("kernel", "[3L, -1]", (3, -1)),
    ("kernel", "()", ()),
    ("kernel", "(4,)", (4,)),
    ("kernel", "4", (4,)),
    ("axes", "None", None),
    ("axes", "()", ()),
    ("axes", "2", (2,)),
    ("begin", "(None, 3)", (None, 3)),
    ("begin", "[None]", (None,)),
    ("scales", "(0.5, 1e-05)", (0.5, 1e-05)),
    ("scales", "[-1, 2.5]", (-1, 2.5)),
    ("scales", "0.25", (0.25,)),
]


@pytest.mark.parametrize(("key", "text", "value"), GOOD)
def test_a_good_text_gives_its_value_and_round_trips(key, text, value):
    made = sample(**{key: text})
    assert getattr(made, key) == value
    assert type(getattr(made, key)) is type(value)
    assert Sample.parse(made.attributes()) == made


BAD = [
    ("size", "0", "from 1 to 100"),
    ("size", "1.0", "no integer"),
    ("size", "None", "no integer"),
    ("size", "9" * 19, "no integer"),
    ("count", "10", "from 0 to 9"),
    ("rate", "nan", "number from 0 to 1"),
    ("rate", "inf", "number from 0 to 1"),
    ("rate", "x", "could not convert"),
    ("on", "yes", "True or False"),
    ("layout", "NHWC", "Supported values are NCHW, None."),
    ("kernel", "(1, 2, 3)", "0 or 1 or 2 numbers"),
    ("kernel", "(1, 65)", "from -1 to 64"),
    ("kernel", "(1, (2, 3))", "tuple of integers"),
    ("kernel", "1.5", "no tuple"),
    ("kernel", "(1,,2)", "no tuple"),
    ("kernel", "1-2", "no tuple"),
    ("kernel", "(" * 300, "no tuple"),
    ("kernel", "1," * 300, "no tuple"),
    ("kernel", "", "no tuple"),
    ("kernel", "None", "no tuple"),
    ("kernel", "(None,)", "no tuple"),
    ("axes", "(None,)", "no tuple"),
    ("axes", "(6,)", "from 0 to 5"),
    ("begin", "None", "tuple of integers"),
    ("begin", "(None, 10)", "from -9 to 9"),
    ("begin", "NoneNone", "no tuple"),
    ("scales", "(1e999,)", "from -2 to 1e+06"),
    ("scales", "(nan,)", "no tuple"),
    ("scales", "9" * 3000, "from -2 to 1e+06"),
    ("scales", "(1, 2, 3)", "1 or 2 numbers"),
    ("scales", "((1,), 2)", "tuple of numbers"),
    ("scales", "(" * 300, "no tuple"),
    ("scales", "None", "no tuple"),
]


@pytest.mark.parametrize(("key", "text", "reason"), BAD)
def test_a_bad_text_is_refused_with_the_reason(key, text, reason):
    with pytest.raises(UnsupportedError) as caught:
        sample(**{key: text})
    assert caught.value.what.startswith(f"The operator Sample has {key}=")
    assert len(caught.value.what) < 140
    assert reason.lower() in caught.value.why.lower()
    assert caught.value.why[0].isupper()
    assert caught.value.why.endswith(".")


def test_the_reason_keeps_the_words_letters():
    with pytest.raises(UnsupportedError) as caught:
        sample(layout="NHWC")
    assert caught.value.why == "Supported values are NCHW, None."


def test_values_from_code_are_checked_too():
    for values in ({"size": True}, {"size": 2.0}, {"size": 3, "kernel": [1, 1]}, {"size": 3, "on": 1}, {"size": 3, "rate": 2}):
        with pytest.raises(UnsupportedError):
            Sample(**values)


def test_unknown_missing_and_ignored():
    with pytest.raises(UnsupportedError, match="unknown attribute 'pad'") as caught:
        sample(pad="1")
    assert caught.value.remedy == "Known attributes: size, count, rate, on, layout, kernel, axes, begin, scales."
    with pytest.raises(FormatError, match="lacks the attribute 'size'"):
        Sample.parse({})
    assert sample(workspace="anything at all") == sample()


def test_attributes_are_written_in_order_as_mxnet_writes_them():
    assert sample(kernel="7", begin="(None, 2)").attributes() == {
        "size": "3",
        "count": "None",
        "rate": "0.5",
        "on": "False",
        "layout": "NCHW",
        "kernel": "(7,)",
        "axes": "None",
        "begin": "(None, 2)",
        "scales": "(1.0,)",
    }
