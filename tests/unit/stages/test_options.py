"""Options of every kind: from words, from data, and what is refused."""

import math
from dataclasses import dataclass

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.stages.base import Silent, Stage
from mrt_studio.stages.options import Option, check_options, options_of, parse_option

OPTIONS = {
    "integer": Option("integer", "how many", low=2, high=16),
    "maybe": Option("integer", "how many", low=1, optional=True),
    "number": Option("number", "how much", low=0.1, high=15),
    "free": Option("number", "how much"),
    "text": Option("text", "words"),
    "path": Option("path", "where"),
    "flag": Option("flag", "whether"),
    "integers": Option("integers", "a shape", low=-1, high=1000),
    "names": Option("names", "nodes"),
    "numbers": Option("numbers", "thresholds", low=0),
    "words": Option("words", "observers"),
    "choice": Option("choice", "which", choices=("CPU", "GPU")),
    "grown": Option("choice", "how much", choices=("off", "some", "all"), was_flag=("off", "some")),
}

WORDS = [
    ("integer", "8", 8),
    ("integer", "8.0", 8),
    ("maybe", "none", None),
    ("maybe", "", None),
    ("maybe", "3", 3),
    ("number", "10", 10.0),
    ("number", "1e-1", 0.1),
    ("text", "none", "none"),
    ("text", "f(a=1)", "f(a=1)"),
    ("path", "a b.json", "a b.json"),
    ("flag", "True", True),
    ("flag", "false", False),
    ("integers", "-1,3,224,224", (-1, 3, 224, 224)),
    ("integers", "[1, 2]", (1, 2)),
    ("integers", "(5,)", (5,)),
    ("integers", "5", (5,)),
    ("integers", "()", ()),
    ("names", " a, b ,a,", ("a", "b")),
    ("names", "", ()),
    ("numbers", "b=2, a=1e-3", {"a": 0.001, "b": 2.0}),
    ("numbers", "a=b=3", {"a=b": 3.0}),
    ("numbers", "", {}),
    ("words", "a=b, c = d", {"a": "b", "c": "d"}),
    ("words", "a=mse(bits=8, unsigned=True),b=absmax", {"a": "mse(bits=8, unsigned=True)", "b": "absmax"}),
    ("choice", "CPU", "CPU"),
    ("grown", "all", "all"),
    ("grown", "true", "some"),
    ("grown", "False", "off"),
]


@pytest.mark.parametrize(("name", "word", "value"), WORDS)
def test_a_word_of_the_command_line(name, word, value):
    found = parse_option("stage", name, OPTIONS[name], word)
    assert found == value
    assert type(found) is type(value)


BAD_WORDS = [
    ("integer", "1"),
    ("integer", "17"),
    ("integer", "2.5"),
    ("integer", "True"),
    ("integer", "'8'"),
    ("integer", "__import__('os')"),
    ("integer", "8 8"),
    ("integer", ""),
    ("maybe", "0"),
    ("number", "0.09"),
    ("number", "nan"),
    ("number", "1e999"),
    ("free", "1e999"),
    ("free", "9" * 400),
    ("free", "9" * 5000),
    ("free", "(" * 3000),
    ("free", "True"),
    ("flag", "yes"),
    ("integers", "1.5"),
    ("integers", "1,2000"),
    ("integers", "1,'a'"),
    ("integers", "{1: 2}"),
    ("integers", "{1, 2}"),
    ("numbers", "a"),
    ("numbers", "5"),
    ("numbers", "=5"),
    ("numbers", "a=x"),
    ("numbers", "a=-1"),
    ("numbers", "a=nan"),
    ("numbers", "a=inf"),
    ("choice", "cpu"),
]


@pytest.mark.parametrize(("name", "word"), BAD_WORDS, ids=range(len(BAD_WORDS)))
def test_a_bad_word_is_refused_with_option_and_help(name, word):
    with pytest.raises(OptionError) as caught:
        parse_option("stage", name, OPTIONS[name], word)
    assert caught.value.where == f"stage.{name}"
    assert caught.value.remedy == OPTIONS[name].help
    assert caught.value.why.endswith(".")


VALUES = [
    ("integer", 4.0, 4),
    ("number", 3, 3.0),
    ("integers", [1, -1], (1, -1)),
    ("names", ["b", "a", "b"], ("b", "a")),
    ("numbers", {"b": 1, "a": 2}, {"a": 2.0, "b": 1.0}),
    ("maybe", None, None),
    ("grown", True, "some"),
]


@pytest.mark.parametrize(("name", "value", "canonical"), VALUES)
def test_plain_data_becomes_canonical(name, value, canonical):
    found = OPTIONS[name].check(value)
    assert found == canonical
    assert type(found) is type(canonical)
    assert repr(OPTIONS[name].check(found)) == repr(found)


def test_a_table_is_sorted_so_that_equal_tables_are_written_alike():
    assert list(OPTIONS["numbers"].check({"b": 1, "a": 2, "c": 0})) == ["a", "b", "c"]


BAD_VALUES = [
    ("integer", True),
    ("integer", "8"),
    ("integer", math.inf),
    ("integer", math.nan),
    ("integer", None),
    ("number", True),
    ("number", math.nan),
    ("free", math.inf),
    ("free", 10**400),
    ("free", -(10**400)),
    ("text", 3),
    ("text", "a\0b"),
    ("text", "x" * 4097),
    ("path", None),
    ("flag", 1),
    ("integers", "1"),
    ("integers", [True]),
    ("integers", [1.0]),
    ("names", "abc"),
    ("names", [1]),
    ("numbers", [("a", 1)]),
    ("numbers", {"a": True}),
    ("numbers", {"a": 10**400}),
    ("numbers", {"a": None}),
    ("choice", None),
]


@pytest.mark.parametrize(("name", "value"), BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_bad_plain_data_is_refused(name, value):
    with pytest.raises(ValueError, match=r"must be|is needed"):
        OPTIONS[name].check(value)


def test_the_reason_states_the_limits():
    with pytest.raises(ValueError, match="it must be an integer of at least 2 and at most 16"):
        OPTIONS["integer"].check(1)
    with pytest.raises(ValueError, match=r"it must be a number$"):
        OPTIONS["free"].check("x")
    with pytest.raises(ValueError, match=r"of at most 5$"):
        Option("number", "h", high=5).check(6)
    with pytest.raises(OptionError) as caught:
        parse_option("stage", "choice", OPTIONS["choice"], "x")
    assert caught.value.why == "It must be one of CPU, GPU."


@dataclass(frozen=True)
class Probe(Stage):
    """A stage that nothing registers."""

    name = "probe"
    title = "Probe"

    def run(self, inputs, report):
        return None


def test_an_unknown_option_is_refused_by_name():
    with pytest.raises(OptionError, match="The stage probe has no option 'x'") as caught:
        check_options("probe", Probe, {"x": 1})
    assert caught.value.remedy == "Its options are: none."
    assert options_of(Probe) == {}
    assert Probe().run({}, Silent()) is None
