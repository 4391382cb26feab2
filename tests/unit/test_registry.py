"""Names, decorators, and text that makes an entry."""

import sys
from dataclasses import dataclass

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.observers.base import observers
from mrt_studio.registry import Registry, parse_call

GOOD = {
    "absmax": ("absmax", {}),
    " absmax ": ("absmax", {}),
    "absmax()": ("absmax", {}),
    "mrt_lambda(lambd=10)": ("mrt_lambda", {"lambd": 10}),
    "f(a=-1.5, b='x', c=(1, 2), d=[3], e=None, g=True)": ("f", {"a": -1.5, "b": "x", "c": (1, 2), "d": [3], "e": None, "g": True}),
}
BAD = (
    *("", "1", "a.b", "a.b(c=1)", "f(1)", "f(*[1])", "f(a=b)", "f(a=1", "f(a=1) g", "f(a=f())", "f[0]", "f\0", "lambda: 0", "import os"),
    *("f(a=1, a=2)", "f(**{'a': 1})", "f(a={[]: 1})", "f(a=__import__('os'))", "f(a=1)(b=2)"),
    *(f"f(a={'(' * 2000}{')' * 2000})", f"f(a={'-' * 5000}1)", f"f(a={'9' * 5000})"),
)


@pytest.mark.parametrize("text", GOOD)
def test_a_call_is_read_as_literals(text):
    assert parse_call(text) == GOOD[text]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_anything_else_is_refused(text):
    with pytest.raises(OptionError, match="is not of the form"):
        parse_call(text)


def test_an_unknown_name_offers_close_ones():
    with pytest.raises(OptionError) as caught:
        observers["absmx"]
    assert caught.value.remedy == "Did you mean: absmax."
    with pytest.raises(OptionError) as caught:
        observers["zzzzzz"]
    assert caught.value.remedy.startswith("Known names are: absmax, ")


def test_arguments_that_do_not_fit_are_refused():
    for text in (
        "absmax(x=1)",
        "mrt_lambda(lambd=0)",
        "mrt_lambda(lambd='1')",
        "mrt_lambda(lambd=True)",
        f"mrt_lambda(lambd={'9' * 400})",
        "mrt_lambda(lambd=1e999)",
    ):
        with pytest.raises(OptionError):
            observers.create(text)


def test_a_folder_is_imported_on_first_use_and_a_name_is_entered_once(tmp_path, monkeypatch):
    package = tmp_path / "drop_in_point"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from tests_registry_probe import things\n\n@things.register('one')\nclass One:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    probe = type(sys)("tests_registry_probe")
    probe.things = Registry("thing", "drop_in_point")
    monkeypatch.setitem(sys.modules, "tests_registry_probe", probe)
    assert "drop_in_point.one" not in sys.modules
    assert list(probe.things) == ["one"]
    assert "drop_in_point.one" in sys.modules
    assert probe.things["one"].__name__ == "One"
    with pytest.raises(ValueError, match="thing 'one' is registered twice"):
        probe.things.register("one")(int)


def test_create_passes_errors_of_the_entry_on():
    @dataclass(frozen=True)
    class Picky:
        size: int = 1

        def __post_init__(self):
            raise OptionError("No.")

    registry = Registry("thing", "mrt_studio.observers")
    registry.register("picky")(Picky)
    with pytest.raises(OptionError, match=r"^No\."):
        registry.create("picky(size=2)")
