from pathlib import Path

import pytest

from mrt_studio.datasets.base import datasets
from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Override, read_recipe
from mrt_studio.recipes.mrt_yaml import MrtYaml
from mrt_studio.recipes.toml import Toml, write_toml
from mrt_studio.registry import parse_call

DATA = Path(__file__).parent / "data"

LENET = {
    "load": {"model": "~/mrt_model/lenet"},
    "prepare": {"input_shape": [-1, 1, 28, 28], "split_keys": []},
    "calibrate": {"dataset": "mnist()", "batch": 16, "count": 1},
    "quantize": {"observer": "absmax", "thresholds": {}, "input_precision": 8, "softmax_lambd": 10.0, "shift_bits": 5, "table_bits": 8, "restore": []},
    "evaluate": {"dataset": "mnist(split='held_out')", "batch": 16, "count": 10},
    "compile": {"batch": 1, "folder": "~/mrt_dump"},
}
DETECTOR = {
    "load": {"model": "~/nets/detector_300"},
    "prepare": {"input_shape": [-1, 3, 300, 300], "split_keys": ["head_score", "head_box"]},
    "calibrate": {"dataset": "images(path='~/pictures', size=300, resize=343)", "batch": 8, "count": 4},
    "quantize": {
        "observer": "mrt_lambda(lambd=25)",
        "thresholds": {"stem_weight": 29.25, "head_score": 1},
        "input_precision": 8,
        "output_precision": 30,
        "softmax_lambd": 12.5,
        "shift_bits": 4,
        "table_bits": 8,
        "restore": ["_OP_softmax"],
        "top": "integer",
        "attribute_deps": {
            "_greater_scalar.scalar": "head_score",
            "_contrib_box_nms.valid_thresh": "head_score",
            "_contrib_box_nms.overlap_thresh": "head_box",
        },
        "output_maps": {"slice_0": "None", "slice_1": "head_score"},
    },
    "evaluate": {"dataset": "images(path='~/pictures', size=300, resize=343)", "batch": 32, "count": 20},
    "compile": {"batch": 2, "folder": "~/dump"},
    "run": {"only": "quantize", "start_after": "calibrate", "skip": ["evaluate"]},
}


def read(text, *words):
    pairs = zip(words[::2], words[1::2], strict=True)
    return MrtYaml().read(text, [Override(*flag.split("."), value) for flag, value in pairs], "my.yaml")


@pytest.mark.parametrize(("name", "expected"), [("lenet", LENET), ("detector", DETECTOR)])
def test_files_become_our_stages(name, expected):
    found = read_recipe(DATA / f"{name}.yaml").recipe
    assert found == expected
    assert list(found) == list(expected)
    assert Toml().read(write_toml(found), (), "").recipe == found


def test_what_has_no_effect_is_named_with_its_line():
    assert read_recipe(DATA / "lenet.yaml").ignored == ()
    assert read_recipe(DATA / "detector.yaml").ignored == (
        "detector.yaml, line 6: COMMON.VERBOSITY = info has no effect here.",
        "detector.yaml, line 8: COMMON.DEVICE_TYPE = gpu has no effect here.",
        "detector.yaml, line 9: COMMON.DEVICE_IDS = [0, 1] has no effect here.",
    )


def test_an_empty_file_is_all_defaults():
    recipe = read("").recipe
    assert "load" not in recipe
    assert "run" not in recipe
    assert recipe["calibrate"]["dataset"] == "images(path='~/.mxnet/datasets', size=224, resize=256)"
    assert read("COMMON:\nPREPARE: ~\nEVALUATE: {}").recipe == recipe


def test_defaults_are_not_shared_between_recipes():
    read("").recipe["prepare"]["input_shape"].append(1)
    assert read("").recipe["prepare"]["input_shape"] == [-1, 3, 224, 224]


def test_overrides_win_and_are_read_like_the_file():
    words = ["common.batch", "4", "calibrate.lambd", "16", "quantize.thresholds", "[['a', 2.5]]", "prepare.split_keys", "['x']", "COMMON.Model_Name", "net"]
    recipe = read("COMMON: {BATCH: 32, MODEL_NAME: old}", *words).recipe
    assert recipe["calibrate"]["batch"] == recipe["evaluate"]["batch"] == 4
    assert recipe["quantize"]["observer"] == "mrt_lambda(lambd=16)"
    assert recipe["quantize"]["thresholds"] == {"a": 2.5}
    assert recipe["prepare"]["split_keys"] == ["x"]
    assert recipe["load"]["model"] == "~/mrt_model/net"


def test_stages_that_do_not_run():
    assert read("COMMON: {RUN_COMPILE: False}").recipe["run"] == {"skip": ["compile"]}
    nothing = read("EVALUATE: {ITER_NUM: 0}").recipe
    assert nothing["run"] == {"skip": ["evaluate"]}
    assert "evaluate" not in nothing


def test_noise_has_the_shape_of_the_input_and_enough_samples():
    recipe = read("PREPARE: {INPUT_SHAPE: [-1, 2, 5]}\nCALIBRATE: {DATASET_NAME: stdrandom, NUM_CALIB: 3}").recipe
    calibrate, evaluate = (datasets.create(recipe[stage]["dataset"]) for stage in ("calibrate", "evaluate"))
    assert calibrate.sample_shape == evaluate.sample_shape == (2, 5)
    assert (len(calibrate), len(evaluate)) == (48, 160)
    assert (calibrate.batch(0, 1).data != evaluate.batch(0, 1).data).all()


def test_the_batch_axis_may_be_anywhere():
    recipe = read("PREPARE: {INPUT_SHAPE: [7, -1, 5]}\nCALIBRATE: {DATASET_NAME: stdrandom}").recipe
    assert datasets.create(recipe["calibrate"]["dataset"]).sample_shape == (7, 5)


def test_our_own_data_sets_can_be_named():
    text = "CALIBRATE: {DATASET_NAME: \"arrays(path='a.npy')\"}"
    assert read(text).recipe["calibrate"]["dataset"] == "arrays(path='a.npy')"
    with pytest.raises(OptionError, match="no data set called 'open'"):
        read("CALIBRATE: {DATASET_NAME: \"open(file='x')\"}")


@pytest.mark.parametrize("name", ["voc", "coco", "cifar10", "quickdraw", "trec"])
def test_data_that_is_not_shipped_is_told_with_a_way_out(name):
    with pytest.raises(OptionError, match="not part of the studio") as caught:
        read(f"CALIBRATE:\n  BATCH: 4\n  DATASET_NAME: {name}")
    assert caught.value.where == "my.yaml, line 3"
    suggested = caught.value.remedy.partition("such as ")[2].removesuffix(".")
    assert parse_call(suggested)[0] in datasets


def test_an_unknown_data_set_names_a_close_one():
    with pytest.raises(OptionError, match="'imagnet' is not known") as caught:
        read("CALIBRATE: {DATASET_NAME: imagnet}")
    assert "imagenet" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ("COMMON:\n  BATHC: 3", "my.yaml, line 2", "Did you mean BATCH?"),
        ("COMMON:\n  INPUT_SHAPE: [1]", "my.yaml, line 2", "Did you mean PREPARE.INPUT_SHAPE?"),
        ("CALIBRATION:\n  BATCH: 3", "my.yaml, line 2", "Did you mean CALIBRATE?"),
        ("COMMON:\n  XYZZY: 3", "my.yaml, line 2", "Known are PASS_NAME"),
    ],
)
def test_unknown_keys_name_line_and_close_matches(text, where, remedy):
    with pytest.raises(OptionError, match="There is no") as caught:
        read(text)
    assert caught.value.where == where
    assert caught.value.remedy.startswith(remedy)


def test_an_unknown_override_names_the_flag():
    with pytest.raises(OptionError, match="There is no") as caught:
        read("", "common.input_shape", "[1]")
    assert caught.value.where == "--common.input_shape"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("COMMON.PASS_NAME", "everything"),
        ("COMMON.MODEL_NAME", "1.0"),
        ("COMMON.RUN_EVALUATE", "3"),
        ("COMMON.DEVICE_TYPE", "tpu"),
        ("CALIBRATE.BATCH", "0"),
        ("CALIBRATE.LAMBD", "-1"),
        ("PREPARE.INPUT_SHAPE", "{a: 1}"),
        ("QUANTIZE.OUTPUT_PRECISION", "64"),
        ("QUANTIZE.THRESHOLDS", "[[a, .inf]]"),
        ("QUANTIZE.SHIFT_BITS", "2020-01-01"),
    ],
)
def test_values_out_of_range_name_key_and_line(key, value):
    section, _, name = key.partition(".")
    with pytest.raises(OptionError) as caught:
        read(f"{section}:\n  {name}: {value}")
    assert key in caught.value.what
    assert caught.value.where == "my.yaml, line 2"
    assert caught.value.why


BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nCOMMON: [*b, *b, *b]"
HOSTILE = {
    "aliases": BOMB,
    "merge": "x: &x {BATCH: 3}\nCOMMON:\n  <<: *x",
    "object": "COMMON: !!python/object/apply:os.system ['true']",
    "name": "COMMON: {BATCH: !!python/name:os.system }",
    "tag": "COMMON: {BATCH: !!int 3}",
    "timestamp tag": "COMMON: {BATCH: !!timestamp x}",
    "local tag": "COMMON: {BATCH: !mine 3}",
    "deep list": "COMMON: " + "[" * 5000,
    "deep table": "COMMON: " + "{a: " * 5000,
    "size": "#" * 70_000,
    "twice": "COMMON: {BATCH: 3, batch: 4}",
    "section twice": "COMMON: {BATCH: 3}\nCommon: {BATCH: 4}",
    "list": "[1, 2]",
    "text": "hello",
    "section text": "COMMON: hello",
    "key list": "COMMON: {[1, 2]: 3}",
    "documents": "COMMON: {}\n---\nCOMMON: {}",
    "tab": "COMMON:\n\tBATCH: 3",
    "digits": "COMMON: {BATCH: " + "9" * 5000 + "}",
    "date": "COMMON: {BATCH: 2020-99-99}",
    "control": "COMMON: {BATCH: \x00}",
    "binary": "COMMON: {BATCH: 0b_}",
    "equals": "COMMON: {BATCH: =}",
    "open": "COMMON: {BATCH: '",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name):
    with pytest.raises(OptionError) as caught:
        read(HOSTILE[name])
    assert caught.value.where.startswith("my.yaml")


TEXT_KEYS = {"COMMON.MODEL_DIR", "COMMON.MODEL_NAME", "COMMON.VERBOSITY", "CALIBRATE.DATASET_DIR", "COMPILE.DUMP_DIR"}


@pytest.mark.parametrize(
    "key",
    [
        *sorted(TEXT_KEYS),
        "COMMON.PASS_NAME",
        "COMMON.BATCH",
        "COMMON.RUN_EVALUATE",
        "COMMON.DEVICE_TYPE",
        "PREPARE.INPUT_SHAPE",
        "CALIBRATE.LAMBD",
        "CALIBRATE.DATASET_NAME",
        "QUANTIZE.THRESHOLDS",
        "QUANTIZE.ATTRIBUTE_DEPS",
        "QUANTIZE.OSCALE_MAPS",
        "EVALUATE.ITER_NUM",
    ],
)
@pytest.mark.parametrize("from_file", [True, False])
def test_code_is_refused_or_stays_text(tmp_path, monkeypatch, key, from_file):
    monkeypatch.chdir(tmp_path)
    code = "open('ran', 'w')"
    section, _, name = key.partition(".")
    words = () if key == "COMMON.MODEL_NAME" else ("COMMON.MODEL_NAME", "net")
    arguments = (f'{section}: {{{name}: "{code}"}}', *words) if from_file else ("", *words, key, code)
    if key in TEXT_KEYS:
        assert code in str(read(*arguments)).replace("\\", "")
    else:
        with pytest.raises(OptionError):
            read(*arguments)
    assert not (tmp_path / "ran").exists()


def test_a_folder_cannot_break_out_of_the_data_sets_text():
    folder = "x', size=1) or __import__('os').system('true') or images(path='"
    text = read(f'CALIBRATE: {{DATASET_DIR: "{folder}"}}').recipe["calibrate"]["dataset"]
    assert parse_call(text) == ("images", {"path": folder, "size": 224, "resize": 256})
