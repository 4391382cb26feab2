from pathlib import Path

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Override, read_recipe
from mrt_studio.recipes.mrt_ini import MrtIni

DATA = Path(__file__).parent / "data"
LEAST = "[DEFAULT]\nModel_name=net\nInput_shape=(-1,3,8,8)\n[CALIBRATION]\nDataset=stdrandom\n"


def read(text, *words):
    pairs = zip(words[::2], words[1::2], strict=True)
    return MrtIni().read(text, [Override(*flag.split("."), value) for flag, value in pairs], "my.ini")


def test_empty_values_are_defaults():
    assert read_recipe(DATA / "lenet.ini") == (
        {
            "load": {"model": "~/mrt_model/lenet"},
            "prepare": {"input_shape": [-1, 1, 28, 28], "split_keys": []},
            "calibrate": {"dataset": "mnist()", "batch": 16, "count": 1},
            "quantize": {"observer": "absmax", "thresholds": {}, "input_precision": 8, "softmax_lambd": 10.0, "shift_bits": 5, "table_bits": 8, "restore": []},
            "run": {"skip": ["evaluate", "compile"]},
        },
        (),
    )


def test_ini_and_yaml_say_the_same():
    ini, yaml = read_recipe(DATA / "detector.ini").recipe, read_recipe(DATA / "detector.yaml").recipe
    for stage in ("load", "prepare", "calibrate", "quantize"):
        assert ini[stage] == yaml[stage]


def test_evaluation_and_compilation():
    recipe = read_recipe(DATA / "detector.ini").recipe
    assert recipe["evaluate"] == {"dataset": "images(path='~/pictures', size=300, resize=343)", "batch": 8, "count": 20}
    assert recipe["compile"] == {"batch": 2, "folder": "~/nets"}
    assert recipe["run"] == {"start_after": "prepare"}


def test_what_has_no_effect_is_named_with_its_line():
    assert read_recipe(DATA / "detector.ini").ignored == (
        "detector.ini, line 6: DEFAULT.VERBOSITY = 20 has no effect here.",
        "detector.ini, line 4: DEFAULT.DEVICE_TYPE = gpu has no effect here.",
        "detector.ini, line 5: DEFAULT.DEVICE_IDS = 2 has no effect here.",
        "detector.ini, line 11: PREPARE.DUMP = True has no effect here.",
        "detector.ini, line 18: SPLIT_MODEL.DUMP = True has no effect here.",
        "detector.ini, line 28: CALIBRATION.DEVICE_TYPE = gpu has no effect here.",
        "detector.ini, line 29: CALIBRATION.DEVICE_IDS = 2 has no effect here.",
        "detector.ini, line 30: CALIBRATION.DUMP = True has no effect here.",
    )


def test_batches_are_handed_from_section_to_section():
    recipe = read(LEAST + "Batch=4\n[EVALUATION]\nIter_num=3\nBatch=6\n[COMPILATION]\n").recipe
    assert (recipe["calibrate"]["batch"], recipe["evaluate"]["batch"], recipe["compile"]["batch"]) == (4, 6, 6)
    recipe = read(LEAST + "Batch=4\n[COMPILATION]\n").recipe
    assert recipe["compile"]["batch"] == 4


@pytest.mark.parametrize(
    ("start", "stage"),
    [("PREPARE", "prepare"), ("SPLIT_MODEL", "prepare"), ("CALIBRATION", "calibrate"), ("QUANTIZATION", "quantize"), ("MERGE_MODEL", "quantize")],
)
def test_the_starting_point(start, stage):
    assert read(LEAST, "default.start", start).recipe["run"]["start_after"] == stage


def test_overrides_win():
    assert read(LEAST, "calibration.lambda", "8.5").recipe["quantize"]["observer"] == "mrt_lambda(lambd=8.5)"


@pytest.mark.parametrize("name", ["DEFAULT.MODEL_NAME", "DEFAULT.INPUT_SHAPE", "CALIBRATION.DATASET"])
def test_required_settings(name):
    key = name.partition(".")[2].lower()
    text = "\n".join(line for line in LEAST.splitlines() if not line.lower().startswith(key))
    with pytest.raises(OptionError, match=f"{name} is missing"):
        read(text)


def test_settings_for_single_layers_are_refused_and_not_dropped():
    with pytest.raises(OptionError, match="single layers") as caught:
        read(LEAST + 'Cfg_groups=["a"]: quant_type: UniformAffine\n')
    assert caught.value.where == "my.ini, line 6"


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        (LEAST + "Bacth=3\n", "my.ini, line 6", "Did you mean BATCH?"),
        (LEAST + "Softmax_lambd=3\n", "my.ini, line 6", "Did you mean QUANTIZATION.SOFTMAX_LAMBD?"),
        (LEAST + "[QUANTIZE]\nShift_bits=3\n", "my.ini, line 7", "Did you mean QUANTIZATION?"),
    ],
)
def test_unknown_keys_name_line_and_close_matches(text, where, remedy):
    with pytest.raises(OptionError, match="There is no") as caught:
        read(text)
    assert caught.value.where == where
    assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    "text",
    [
        "Model_name=net",
        "[DEFAULT\nModel_name=net",
        LEAST + "Batch=1\nbatch=2",
        LEAST + "[CALIBRATION]\nBatch=1",
        LEAST + "[calibration]\nBatch=1",
        LEAST + "no delimiter",
        "[" * 10_000,
        LEAST + "Calibrate_num=" + "(" * 10_000,
    ],
)
def test_hostile_files_are_refused(text):
    with pytest.raises(OptionError) as caught:
        read(text)
    assert caught.value.where.startswith("my.ini")


def test_values_are_not_interpolated():
    assert read(LEAST + "Dataset_dir=%(model_name)s\n[COMPILATION]\nDump_dir=%(x)s").recipe["compile"]["folder"] == "%(x)s"


def test_sections_do_not_inherit_from_default():
    with pytest.raises(OptionError, match="There is no key"):
        read(LEAST.replace("[DEFAULT]", "[DEFAULT]\nShift_bits=3"))


TEXT_KEYS = {"DEFAULT.MODEL_DIR", "DEFAULT.MODEL_NAME", "COMPILATION.DUMP_DIR", "SPLIT_MODEL.KEYS", "QUANTIZATION.RESTORE_NAME"}


@pytest.mark.parametrize(
    "key",
    [
        *sorted(TEXT_KEYS),
        "DEFAULT.INPUT_SHAPE",
        "DEFAULT.START",
        "PREPARE.DUMP",
        "CALIBRATION.BATCH",
        "CALIBRATION.LAMBDA",
        "CALIBRATION.DATASET",
        "CALIBRATION.CFG_GROUPS",
        "QUANTIZATION.THRESHOLDS",
        "MERGE_MODEL.ATTRIBUTE_DEPS",
        "MERGE_MODEL.OSCALE_MAPS",
        "EVALUATION.ITER_NUM",
    ],
)
def test_code_is_refused_or_stays_text(tmp_path, monkeypatch, key):
    monkeypatch.chdir(tmp_path)
    code = "open('ran', 'w')"
    if key in TEXT_KEYS:
        assert "open('ran'" in str(read(LEAST, key, code)).replace("\\", "")
    else:
        with pytest.raises(OptionError):
            read(LEAST, key, code)
    assert not (tmp_path / "ran").exists()
