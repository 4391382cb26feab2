import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import read_recipe
from mrt_studio.recipes.toml import Toml, write_toml

TEXT = st.text(st.characters(blacklist_categories=("Cs",)))
SCALARS = st.one_of(TEXT, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)), max_leaves=8)
RECIPES = st.dictionaries(TEXT, st.dictionaries(TEXT, VALUES, max_size=4), max_size=4)


def typed(value):
    """The value with the type of everything in it: 1, 1.0 and True are equal, but not the same."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [typed(item) for item in value] if isinstance(value, list) else (type(value), repr(value))


@given(RECIPES)
def test_what_is_written_reads_back_the_same(recipe):
    try:
        text = write_toml(recipe)
    except OptionError:  # nested deeper than a recipe may be
        return
    read = Toml().read(text, (), "x").recipe
    assert typed(read) == typed(recipe)
    assert list(read) == list(recipe)
    assert write_toml(read) == text


def test_the_text_is_plain():
    recipe = {"load": {"model": "a/b"}, "quantize": {"thresholds": {"conv0_weight": 29.5, "a.b": 1e-7}, "restore": [], "exact": True}}
    assert write_toml(recipe) == ('[load]\nmodel = "a/b"\n\n[quantize]\nthresholds = {conv0_weight = 29.5, "a.b" = 1e-07}\nrestore = []\nexact = true\n')


@pytest.mark.parametrize("text", ["\x7f", "\0", "\t\r\n", '"\\', "\x85\u2028", "é😀"])
def test_characters_that_need_care(text):
    assert tomllib.loads(write_toml({"a": {text: text}})) == {"a": {text: text}}


@pytest.mark.parametrize("value", [None, (1,), float("nan"), {1: 2}, object()])
def test_what_toml_cannot_say_is_refused(value):
    with pytest.raises(OptionError, match=r"a\.b"):
        write_toml({"a": {"b": value}})


HOSTILE = ["x", "[a", "[a]\nb = ", "[a]\nb = 2020-01-01", "a = 1", "[a]\nb = nan", "[[a]]\nb = 1", "[a]\nb = " + "[" * 5000, "[a]\nb=1\nb=2"]
LONG = ["[a]\n" + "b." * 100_000 + "b = 1", "[" + "b ." * 80_000 + "b]", "[a]\nb = {" + "'c'." * 60_000 + "d = 1}"]


@pytest.mark.parametrize("text", [*HOSTILE, *LONG], ids=[*HOSTILE, "dots", "dots of a table", "dots inside"])
def test_hostile_text_is_refused_with_the_file(text):
    with pytest.raises(OptionError) as caught:
        Toml().read(text, (), "mine.toml")
    assert caught.value.where == "mine.toml"


def test_overrides_are_toml_values_or_text(tmp_path):
    (tmp_path / "a.toml").write_text("[calibrate]\nbatch = 16\n")
    words = ["--calibrate.batch", "8", "--calibrate.dataset", "images(path='x')", "--quantize.exact", "true", "--prepare.input_shape", "[-1, 3]"]
    read = read_recipe(tmp_path / "a.toml", words)
    assert read.recipe == {"calibrate": {"batch": 8, "dataset": "images(path='x')"}, "quantize": {"exact": True}, "prepare": {"input_shape": [-1, 3]}}
    assert read.ignored == ()


def test_an_override_cannot_smuggle_in_another_key(tmp_path):
    (tmp_path / "a.toml").write_text("")
    assert read_recipe(tmp_path / "a.toml", ["--a.b", "1\nc = 2"]).recipe == {"a": {"b": "1\nc = 2"}}


def test_an_override_that_is_no_plain_value_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text("")
    with pytest.raises(OptionError, match=r"a\.b"):
        read_recipe(tmp_path / "a.toml", ["--a.b", "2020-01-01"])
