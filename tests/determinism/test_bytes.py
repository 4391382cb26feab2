"""The same inputs give the same bytes, whatever the run, the threads, the hash seed, the folder, the locale and the time zone."""

import itertools
import json
import locale
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mrt_studio.session.certificate import certify
from mrt_studio.session.session import Session
from tests.determinism.maker import sums
from tests.models.tiny import tiny_model, tiny_recipe

ROOT = Path(__file__).parents[2]
MAKER = Path(__file__).with_name("maker.py")
OPTIONS = {"observer": "mrt_lambda(lambd=10)", "activations": "unsigned", "weights": "channel", "correct_bias": True, "rounding": "calibrated"}
CONDITIONS = [
    {"OMP_NUM_THREADS": threads, "PYTHONHASHSEED": seed, "LC_ALL": language, "TZ": zone, "MXNET_ENGINE_TYPE": engine}
    for threads, seed, language, zone, engine in itertools.product(
        ("1", "2", "4"), ("0", "1", "random"), ("C", "C.UTF-8"), ("UTC", "Asia/Kathmandu"), ("NaiveEngine", "ThreadedEnginePerDevice")
    )
]


@pytest.fixture(scope="module", params=[{}, OPTIONS], ids=["plain", "all steps"])
def made(request, tmp_path_factory):
    """Give a project that is calibrated only, and the sums of what this process makes of it."""
    folder = tmp_path_factory.mktemp("made")
    session = Session(folder / "project", {**tiny_recipe(tiny_model(folder)), "quantize": request.param})
    session.save()
    session.run("calibrate")
    calibrated = shutil.copytree(folder / "project", folder / "calibrated")
    session.run("compile")
    session.close()
    return calibrated, sums(session)


def made_under(condition, calibrated, folder):
    """The sums of what a fresh process makes under a condition, in another folder."""
    environment = {**os.environ, **condition, "PYTHONPATH": str(ROOT)}
    (folder / "work").mkdir(parents=True)
    words = [sys.executable, MAKER, calibrated, folder / "work"]
    found = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_quantize_and_compile_are_pure(made, tmp_path):
    calibrated, expected = made
    assert {name.partition("/")[0] for name in expected} == {"load", "prepare", "calibrate", "quantize", "compile"}
    for number, condition in enumerate(random.Random(len(expected)).sample(CONDITIONS, 2)):
        assert made_under(condition, calibrated, tmp_path / f"é {number}") == expected, condition


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_quantize_and_compile_are_pure_under_all_conditions(made, tmp_path, number):
    calibrated, expected = made
    assert made_under(CONDITIONS[number], calibrated, tmp_path / ("x" * (number % 5 + 1))) == expected


@pytest.mark.nightly
@pytest.mark.parametrize("run", range(20))
def test_every_run_gives_the_same(made, tmp_path, run):
    calibrated, expected = made
    assert made_under({}, calibrated, tmp_path) == expected


def calibrated_by(folder, batch, count):
    """The sums of a calibration of 24 samples."""
    recipe = tiny_recipe(tiny_model(folder))
    recipe["calibrate"] |= {"batch": batch, "count": count}
    session = Session(folder / "project", recipe)
    session.run("calibrate")
    return sums(session, ("calibrate",))


def test_calibration_does_not_depend_on_the_batch(tmp_path):
    """Merging is exact. MXNet's dense layer is not the same for every number of samples: for one, and for very many, it takes another kernel."""
    found = []
    for batch in (2, 4, 8):
        (tmp_path / str(batch)).mkdir()
        found.append(calibrated_by(tmp_path / str(batch), batch, 24 // batch))
    assert all(sums_ == found[0] for sums_ in found)


ISA = """
import json, sys
from mrt_studio.cli import main
sys.exit(main(["--isa", sys.argv[1], "calibrate", "--project", "project", "--json"] if sys.argv[1] else ["calibrate", "--project", "project", "--json"]))
"""


def calibrated_on(isa, made, folder):
    """The sums, and what the summary says, of a calibration in a fresh process that is held to an instruction set."""
    shutil.copytree(made[0], folder / "project")
    shutil.rmtree(next((folder / "project" / "artifacts").glob("calibrate-*")))
    words = [sys.executable, "-c", ISA, isa]
    subprocess.run(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    session = Session(folder / "project")
    stored = json.loads((session.folder("calibrate") / "summary.json").read_text())
    return sums(session, ("calibrate",)), stored["environment"], session.key("calibrate")


@pytest.mark.parametrize("made", [{}], indirect=True)
def test_an_instruction_set_is_pinned_and_noted_but_enters_no_key(made, tmp_path):
    found = {}
    for name in ("", "sse41", "sse41 again"):
        (folder := tmp_path / f"in {name}").mkdir()
        found[name] = calibrated_on(name.removesuffix(" again"), made, folder)
        assert found[name][1]["isa"] == name.removesuffix(" again")
    assert found["sse41"][0] == found["sse41 again"][0] != found[""][0]
    assert len({key for _, _, key in found.values()}) == 1
    assert found["sse41"][1]["cpu"] == found[""][1]["cpu"]


def test_a_locale_and_a_time_zone_are_not_asked_for(made):
    """The certificate of one process is that of another: it holds neither time nor place."""
    calibrated, _ = made
    copy = shutil.copytree(calibrated, calibrated.parent / f"copy of {calibrated.name}")
    first = certify(Session(copy))
    old = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C")
        assert certify(Session(copy)) == first
    finally:
        locale.setlocale(locale.LC_ALL, old)
