"""What is written for MRT is read back as it was, as far as MRT has a setting."""

from pathlib import Path

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import read_recipe, recipe_formats
from mrt_studio.recipes.mrt_writer import is_mrt_observer, write_ini, write_yaml

DATA = Path(__file__).parent / "data"
WRITERS = {"mrt_yaml": write_yaml, "mrt_ini": write_ini}
MERGED = {"attribute_deps": {"_greater_scalar.scalar": "score", "box_nms.valid_thresh": "score", "box_nms.overlap_thresh": "box"}}
RECIPE = {
    "load": {"model": "nets/a b.json"},
    "prepare": {"input_shape": [-1, 3, 224, 224], "split_keys": ["score", "box, 'quoted'"]},
    "calibrate": {"dataset": "photos(size=224)", "batch": 8, "count": 2},
    "quantize": {
        "observer": "mrt_lambda(lambd=25)",
        "thresholds": {"conv: 0": 1.5, "#x=y": 1e-07},
        "input_precision": 8,
        "output_precision": 20,
        "shift_bits": 4,
        "softmax_lambd": 12.5,
        "table_bits": 8,
        "top": "integer",
        "output_maps": {"slice_0": "None", "slice_1": "score"},
        **MERGED,
    },
    "evaluate": {"dataset": "photos(size=224)", "batch": 4, "count": 3},
    "compile": {"batch": 2},
}


def read(form, text):
    found = recipe_formats[form]().read(text, (), form).recipe
    found.pop("run", None)
    found["quantize"].pop("restore", None)
    found.get("compile", {}).pop("folder", None)
    return found


@pytest.mark.parametrize("form", WRITERS)
def test_every_setting_that_mrt_has_comes_back(form):
    assert read(form, WRITERS[form](RECIPE)) == RECIPE


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", ["lenet.yaml", "lenet.ini", "detector.yaml", "detector.ini"])
def test_mrts_own_files_come_back(form, name):
    recipe = read_recipe(DATA / name).recipe
    found = read(form, WRITERS[form](recipe))
    for stage, option in (("load", "model"), ("prepare", "input_shape"), ("quantize", "thresholds"), ("quantize", "attribute_deps"), ("quantize", "observer")):
        assert found[stage].get(option) == recipe[stage].get(option), (stage, option)
    assert {**found["calibrate"]} == recipe["calibrate"]


@pytest.mark.parametrize("form", WRITERS)
def test_a_name_that_would_make_a_line_of_its_own_is_refused(form):
    with pytest.raises(OptionError):
        WRITERS[form]({**RECIPE, "load": {"model": "nets/a\nKeys=b"}})


def test_the_observers_of_mrt():
    assert is_mrt_observer("absmax")
    assert is_mrt_observer("mrt_lambda(lambd=10)")
    assert not is_mrt_observer("mse(bits=8)")
    assert not is_mrt_observer("mrt_lambda")
