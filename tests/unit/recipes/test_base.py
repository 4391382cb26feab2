import subprocess
import sys

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import MAX_BYTES, Override, check_recipe, parse_overrides, presets, read_recipe, recipe_formats


def test_overrides_are_split():
    assert parse_overrides(["--common.batch", "8", "--QUANTIZE.shift_bits", "--1"]) == (
        Override("common", "batch", "8"),
        Override("QUANTIZE", "shift_bits", "--1"),
    )


@pytest.mark.parametrize(
    "words", [["--batch", "8"], ["common.batch", "8"], ["--common.batch"], ["--a.b.c", "1"], ["--a.b=1", "2"], ["8", "--a.b"], ["--a.b\n", "1"]]
)
def test_other_arguments_are_refused(words):
    with pytest.raises(OptionError, match="not understood") as caught:
        parse_overrides(words)
    assert caught.value.why
    assert caught.value.remedy


def test_mrt_v3_has_upstreams_defaults():
    preset = presets()["mrt_v3"]
    assert preset["calibrate"] == {"batch": 16, "count": 1}
    assert preset["quantize"] == {"observer": "absmax", "input_precision": 8, "softmax_lambd": 10.0, "shift_bits": 5, "table_bits": 8}


def test_presets_are_new_data_each_time():
    presets()["mrt_v3"]["quantize"]["shift_bits"] = 99
    assert presets()["mrt_v3"]["quantize"]["shift_bits"] == 5


def test_every_format_says_which_files_it_reads():
    suffixes = [suffix for cls in recipe_formats.values() for suffix in cls.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert set(suffixes) >= {".toml", ".yaml", ".ini"}


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(OptionError, match="no recipe file") as caught:
        read_recipe(tmp_path / "a.json")
    assert ".toml" in caught.value.why


def hostile_files(folder):
    (folder / "big.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    (folder / "latin.toml").write_bytes(b"# \xe4")
    (folder / "folder.toml").mkdir()
    return ["missing.toml", "big.toml", "latin.toml", "folder.toml", "x" * 3000 + ".toml"]


def test_files_that_cannot_be_read_are_told(tmp_path):
    for name in hostile_files(tmp_path):
        with pytest.raises(OptionError, match="cannot be read") as caught:
            read_recipe(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)


def test_a_byte_order_mark_is_no_matter(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf[a]\nb = 1\n")
    assert read_recipe(tmp_path / "a.toml").recipe == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"a": 1},
        {1: {}},
        {"a": {1: 2}},
        {"a": {"b": None}},
        {"a": {"b": (1, 2)}},
        {"a": {"b": float("nan")}},
        {"a": {"b": [float("inf")]}},
        {"a": {"b": {1: 2}}},
        {"a": {"b": "\ud800"}},
        {"a": {"b": [[[[[[[[[[1]]]]]]]]]]}},
        {"a": {"b": b"x"}},
    ],
)
def test_what_is_no_recipe_is_refused(data):
    with pytest.raises(OptionError):
        check_recipe(data)


def test_no_reader_needs_mxnet():
    code = "import sys; from mrt_studio.recipes.base import presets; presets(); sys.exit('mxnet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
