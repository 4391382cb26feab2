"""The real command in processes of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mrt_studio import __version__
from mrt_studio.cli import main
from mrt_studio.cvm.artifact import verify_artifact
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER, stages
from mrt_studio.stages.options import options_of
from tests.models.tiny import tiny_model, tiny_recipe

COMMAND = Path(sys.executable).with_name("mrt-studio")
NOISE = "stdrandom(shape=(3, 8, 8), count=64)"


def run(folder, *words, code=0):
    found = subprocess.run([COMMAND, *map(str, words)], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == code, found.stderr
    assert "Traceback" not in found.stderr
    return found


@pytest.fixture
def folder(tmp_path):
    tiny_model(tmp_path)
    return tmp_path


@pytest.fixture
def recipe(folder):
    session = Session(folder / "writer", {**tiny_recipe(tiny_model(folder)), "load": {"model": "tiny"}})
    session.save()
    return session.store.recipe_path.rename(folder / "tiny.toml")


def test_version_and_help(folder):
    assert run(folder, "--version").stdout == f"mrt-studio {__version__}\n"
    text = run(folder, "--help").stdout
    assert all(name in text for name in (*ORDER, "run", "serve", "demos"))


@pytest.mark.parametrize("stage", ORDER)
def test_every_option_is_a_flag_with_help(capsys, stage):
    with pytest.raises(SystemExit) as end:
        main([stage, "--help"])
    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, option in options_of(stages[stage]).items():
        assert f"--{name.replace('_', '-')} {option.kind.upper()}" in text
        assert option.help.split("=")[0].strip() in text


@pytest.mark.parametrize("words", [[], ["what"], ["load", "--what"], ["load", "more"], ["run"], ["load", "--project"], ["demos", "more"]])
def test_wrong_usage_is_code_2(folder, words):
    found = run(folder, *words, code=2)
    assert "usage: mrt-studio" in found.stderr
    assert found.stdout == ""
    assert not (folder / "artifacts").exists()


def test_a_recipe_runs_from_end_to_end(folder, recipe):
    found = run(folder, "run", recipe.name)
    assert [line.split()[0] for line in found.stdout.splitlines() if not line.startswith(" ")] == list(ORDER)
    assert "sqnr" in found.stdout
    assert [line for line in found.stderr.splitlines() if line.endswith("…")] == [f"{stages[name].title} …" for name in ORDER]
    (artifact,) = (folder / "tiny.mrt" / "artifacts").glob("compile-*/model")
    assert verify_artifact(artifact).equal
    again = run(folder, "run", recipe.name)
    assert again.stderr == ""  # nothing was left to do
    assert again.stdout == found.stdout
    forced = run(folder, "run", recipe.name, "--force")
    assert [line for line in forced.stderr.splitlines() if line.endswith("…")] == ["Evaluate …", "Compile …"]


def test_json_is_what_the_session_says(folder, recipe, monkeypatch):
    found = run(folder, "run", recipe.name, "--json", "--project", "here")
    monkeypatch.chdir(folder)
    session = Session("here")
    expected = {name: {**session.summary(name), "folder": str(session.folder(name))} for name in ORDER}
    assert json.loads(found.stdout) == expected
    assert json.loads(found.stdout)["evaluate"]["summary"]["samples"] == 8


def test_overrides_replace_lines_of_a_recipe(folder, recipe):
    words = ["--calibrate.batch", "2", "--evaluate.count", "1", "--prepare.input_shape", "[-1, 3, 8, 8]", "--quantize.observer", "mrt_lambda(lambd=3)"]
    found = json.loads(run(folder, "run", recipe.name, "--json", *words).stdout)
    assert found["calibrate"]["summary"]["samples"] == 2
    assert found["evaluate"]["summary"]["samples"] == 4
    assert 'observer = "mrt_lambda(lambd=3)"' in (folder / "tiny.mrt" / "recipe.toml").read_text()


def test_each_stage_from_a_project_folder(folder):
    flags = {
        "load": ["--model", "tiny-symbol.json"],
        "prepare": ["--input-shape", "-1,3,8,8"],
        "calibrate": ["--dataset", NOISE, "--batch", "4", "--count", "0"],
        "quantize": ["--observer", "mrt_lambda(lambd=10)", "--thresholds", "conv1=1.5, fc0=2", "--output-precision", "8"],
        "evaluate": ["--batch", "4", "--count", "1", "--start=2"],
        "compile": ["--batch", "2"],
    }
    for at, name in enumerate(ORDER):
        found = json.loads(run(folder, name, "--json", *flags[name]).stdout)
        assert list(found) == list(ORDER[: at + 1])
    assert found["prepare"]["summary"]["inputs"] == {"data": [1, 3, 8, 8]}
    assert found["calibrate"]["summary"]["samples"] == 64
    assert found["compile"]["summary"]["input_shape"] == [2, 3, 8, 8]
    session = Session(folder)
    assert session.thresholds.edited == {"conv1": 1.5, "fc0": 2.0}
    assert session["quantize"].output_precision == 8
    run(folder, "quantize", "--output-precision", "none")
    assert Session(folder)["quantize"].output_precision is None


def test_a_later_stage_runs_what_is_missing(folder):
    run(folder, "prepare", "--input-shape=-1,3,8,8", code=1)  # no model yet; the option is kept all the same
    run(folder, "calibrate", "--dataset", NOISE, "--batch=4", code=1)
    run(folder, "load", "--model", "tiny")
    found = run(folder, "compile")
    assert [line for line in found.stderr.splitlines() if line.endswith("…")] == ["Prepare …", "Calibrate …", "Quantize …", "Compile …"]


YAML = """
COMMON:
  MODEL_DIR: .
  MODEL_NAME: tiny
  DEVICE_TYPE: gpu
PREPARE:
  INPUT_SHAPE: [-1, 3, 8, 8]
CALIBRATE:
  DATASET_NAME: stdrandom
  BATCH: 4
  LAMBD: 12
QUANTIZE:
  OUTPUT_PRECISION: 8
  THRESHOLDS: [[conv1, 1.5]]
EVALUATE:
  BATCH: 4
  ITER_NUM: 2
COMPILE:
  BATCH: 2
  DUMP_DIR: out
"""

INI = """
[DEFAULT]
Model_dir=.
Model_name=tiny
Input_shape=(-1, 3, 8, 8)
[CALIBRATION]
Dataset=stdrandom
Batch=4
Lambda=12
[QUANTIZATION]
Output_precision=8
Thresholds=conv1: 1.5
[EVALUATION]
Batch=4
Iter_num=2
[COMPILATION]
Batch=2
Dump_dir=out
"""


def test_mrts_files_run_from_end_to_end_and_agree(folder):
    found = {}
    for name, text in (("net.yaml", YAML), ("net.ini", INI)):
        (folder / name).write_text(text)
        ran = run(folder, "run", name, "--json", "--project", name.replace(".", "-"))
        assert "note: " in ran.stderr
        assert "out" in ran.stderr
        found[name] = {stage: entry["summary"] for stage, entry in json.loads(ran.stdout).items()}
    assert found["net.yaml"] == found["net.ini"]
    assert found["net.yaml"]["compile"]["input_shape"] == [2, 3, 8, 8]
    assert found["net.yaml"]["evaluate"]["samples"] == 8
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("net.yaml", YAML, ["--calibrate.batch", "2", "--PREPARE.INPUT_SHAPE", "-1,3,8,8", "--common.run_compile", "False"]),
        ("net.ini", INI, ["--Calibration.Batch", "2", "--DEFAULT.INPUT_SHAPE", "-1,3,8,8", "--quantization.shift_bits", "3"]),
    ],
)
def test_overrides_of_mrts_files(folder, name, text, words):
    (folder / name).write_text(text)
    found = json.loads(run(folder, "run", name, "--json", *words).stdout)
    assert found["calibrate"]["summary"]["samples"] == 2
    assert ("compile" in found) == (name == "net.ini")


@pytest.mark.parametrize("only", ["prepare", "quantize"])
def test_one_pass_of_mrts_file(folder, only):
    (folder / "net.yaml").write_text(YAML)
    found = json.loads(run(folder, "run", "net.yaml", "--json", "--common.pass_name", only).stdout)
    assert list(found) == list(ORDER[: ORDER.index(only) + 1])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--quantize.restore_names", "['conv1']"], "conv1 in float"),
        (["--quantize.oscale_maps", "[['a', 'b']]"], "merges"),
        (["--calibrate.batches", "2"], "BATCHES"),
        (["--calibrate.batch"], "missing"),
        (["--calibrate.batch", "0"], "BATCH"),
        (["calibrate.batch", "2"], "not understood"),
    ],
)
def test_what_a_recipe_cannot_have_is_refused(folder, words, says):
    (folder / "net.yaml").write_text(YAML)
    found = run(folder, "run", "net.yaml", *words, code=1)
    assert says in found.stderr
    assert "why: " in found.stderr or "remedy: " in found.stderr
    assert not (folder / "net.mrt").exists()


def test_an_error_has_four_parts_in_text_and_json(folder):
    run(folder, "load", "--model", "tiny")
    found = run(folder, "prepare", "--input-shape", "-1,4,8,8", "--json", code=1)
    parts = json.loads(found.stdout)["error"]
    assert list(parts) == ["kind", "what", "where", "why", "remedy"]
    assert parts["kind"] == "ShapeError"
    assert "conv0" in parts["where"]
    text = found.stderr[found.stderr.index("error: ") :]
    assert text.startswith(f"error: {parts['what']}\n  where: {parts['where']}\n")
    found = run(folder, "load", "--model", "nowhere/net", code=1)
    assert re.search(r"error: The file 'nowhere/net' does not exist\.\n  where: nowhere\n  why: Tried .*\.\n  remedy: .*\.\n", found.stderr)


SLOW = """
import sys
if any(word.endswith("mrt-studio") for word in sys.orig_argv):
    import time
    from mrt_studio.stages.calibrate import Calibrate
    run = Calibrate.run
    def slow(self, inputs, report):
        report.log("calibrating now")
        time.sleep(60)
    Calibrate.run = slow
"""


def test_ctrl_c_keeps_what_was_finished(folder, recipe):
    (folder / "fault").mkdir()
    (folder / "fault" / "sitecustomize.py").write_text(textwrap.dedent(SLOW))
    environment = {**os.environ, "PYTHONPATH": str(folder / "fault")}
    with subprocess.Popen([COMMAND, "run", recipe.name], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        lines = []
        for line in command.stderr:
            lines.append(line)
            if "calibrating now" in line:
                break
        command.send_signal(signal.SIGINT)
        rest = command.stderr.read()
        assert command.wait(30) == 130
        assert rest == "Stopped. What was finished is kept.\n"
        assert command.stdout.read() == ""
    found = run(folder, "run", recipe.name)
    assert [line for line in found.stderr.splitlines() if line.endswith("…")] == ["Calibrate …", "Quantize …", "Evaluate …", "Compile …"]


def test_ctrl_c_in_the_middle_of_a_real_calibration(folder, recipe):
    words = ["run", recipe.name, "--calibrate.dataset", "stdrandom(shape=(3, 8, 8), count=400000)", "--calibrate.count", "100000"]
    with subprocess.Popen([COMMAND, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        for line in command.stderr:
            if line.startswith("400000 samples"):
                break
        command.send_signal(signal.SIGINT)
        rest = command.stderr.read()
        assert command.wait(30) == 130
    assert "Traceback" not in rest
    artifacts = [path.name.partition("-")[0] for path in (folder / "tiny.mrt" / "artifacts").iterdir()]
    assert sorted(artifacts) == ["load", "prepare"]


def test_demos_are_listed(folder):
    found = json.loads(run(folder, "demos", "--json").stdout)
    assert {demo["model"] for demo in found} >= {"demo:efficientnet_lite0", "demo:mobilenet_v2", "demo:squeezenet1_1"}
    assert all(set(demo) == {"model", "title", "summary", "installed", "install"} for demo in found)
    text = run(folder, "demos").stdout
    assert all(demo["model"] in text for demo in found)


def test_the_module_runs_as_the_command_does(folder):
    found = subprocess.run([sys.executable, "-m", "mrt_studio.cli", "--version"], cwd=folder, capture_output=True, text=True, check=True)
    assert found.stdout == f"mrt-studio {__version__}\n"
