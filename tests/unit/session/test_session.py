import gc
import shutil
from pathlib import Path

import pytest

from mrt_studio.demos.base import demos
from mrt_studio.errors import ArtifactError, OptionError, StudioError
from mrt_studio.session.options import as_text, parse_option, stage_options
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER
from mrt_studio.stages.load import Load
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a project that ran to its end; tests copy it."""
    folder = tmp_path_factory.mktemp("finished")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("evaluate")
    session.run("compile")
    session.save()
    return folder / "project"


@pytest.fixture
def project(finished, tmp_path):
    return Session(shutil.copytree(finished, tmp_path / "copy"))


def keys(session):
    return {stage: session.key(stage) for stage in ORDER}


def changed(before, after):
    return [stage for stage in ORDER if before[stage] != after[stage]]


def test_a_run_makes_what_is_missing_and_nothing_else(session):
    assert session.plan("compile") == ("load", "prepare", "calibrate", "quantize", "compile")
    session.run("prepare")
    assert session.plan("compile") == ("calibrate", "quantize", "compile")
    session.run("quantize")
    assert [stage for stage in ORDER if session.done(stage)] == ["load", "prepare", "calibrate", "quantize"]
    made = sorted(session.store.folder.glob("artifacts/*"))
    session.run("quantize")
    assert sorted(session.store.folder.glob("artifacts/*")) == made
    assert session.plan("evaluate") == ("evaluate",)


def test_a_result_is_there_for_the_next_session(project):
    assert all(project.done(stage) for stage in ORDER)
    assert project.plan("compile") == ()
    assert project.artifact("quantize").lowered.graph.operators
    assert project.summary("evaluate")["summary"]["samples"] == 8


@pytest.mark.parametrize(
    ("stage", "option", "value", "expected"),
    [
        ("prepare", "input_shape", [2, 3, 8, 8], ["prepare", "calibrate", "quantize", "evaluate", "compile"]),
        ("calibrate", "batch", 2, ["calibrate", "quantize", "evaluate", "compile"]),
        ("quantize", "observer", "mrt_lambda(lambd=3)", ["quantize", "evaluate", "compile"]),
        ("quantize", "thresholds", {"conv1": 1.0}, ["quantize", "evaluate", "compile"]),
        ("evaluate", "verify", 0, ["evaluate"]),
        ("compile", "batch", 3, ["compile"]),
    ],
)
def test_an_option_changes_the_keys_that_depend_on_it(session, stage, option, value, expected):
    before, old = keys(session), session[stage].options()[option]
    session.configure(stage, **{option: value})
    assert changed(before, keys(session)) == expected
    session.configure(stage, **{option: old})
    assert keys(session) == before


def test_a_key_follows_the_content_of_the_files(session, tmp_path):
    before = keys(session)
    moved = tiny_model(tmp_path / "project")
    session.open(str(moved.symbol))
    assert keys(session) == before  # a project that is moved keeps its results
    tiny_model(tmp_path / "project", seed=1)
    assert changed(before, keys(session)) == list(ORDER)


def test_changing_an_option_back_finds_the_old_result(project):
    project.configure("quantize", shift_bits=2)
    assert not project.done("quantize")
    assert project.plan("compile") == ("quantize", "compile")
    project.run("compile")
    project.configure("quantize", shift_bits=5)
    assert project.plan("compile") == ()
    assert project.plan("evaluate") == ()


def test_none_restores_a_default(session):
    session.configure("quantize", shift_bits=7, output_precision=8, observer="mrt_lambda(lambd=2)")
    session.configure("quantize", shift_bits=None, output_precision=None, observer=None)
    assert session["quantize"] == Session()["quantize"]


def test_zero_batches_are_all_the_data(session):
    session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=11)", batch=4, count=0)
    session.save()
    again = Session(session.store.folder)
    assert again["calibrate"].count == 0
    assert again.run("calibrate").summary()["samples"] == 11


@pytest.mark.parametrize(
    ("stage", "options"),
    [
        ("calibrate", {"batch": 8, "count": -1}),
        ("calibrate", {"batch": 8, "counts": 3}),
        ("calibrate", {"batch": 8, "start": 1.5}),
        ("quantize", {"shift_bits": 3, "thresholds": {"conv1": float("nan")}}),
        ("quantize", {"shift_bits": 3, "thresholds": {"conv1": -1.0}}),
        ("quantize", {"shift_bits": 3, "input_precision": True}),
        ("prepare", {"split_keys": ["fc0"], "input_shape": "8"}),
        ("nonsense", {}),
    ],
)
def test_configure_is_all_or_nothing(session, stage, options):
    before, told = session.recipe(), []
    session.watch(told.append)
    with pytest.raises(OptionError):
        session.configure(stage, **options)
    assert session.recipe() == before
    assert told == []


def test_use_is_all_or_nothing(session):
    before = session.recipe()
    for bad in ({"calibrate": {"batch": 0}}, {"quantize": {"what": 1}}, {"what": {}}):
        with pytest.raises(OptionError):
            session.use({"compile": {"batch": 7}, **bad})
        assert session.recipe() == before


def test_watchers_hear_of_changes_only(session):
    told = []
    stop = session.watch(told.append)
    session.configure("calibrate", batch=5)
    session.configure("calibrate", batch=5)
    session.use({"quantize": {"shift_bits": 4}, "compile": {"batch": 1}, "calibrate": {"batch": 6}})
    session.thresholds["conv1"] = 2.0
    assert told == ["calibrate", "quantize", "calibrate", "quantize"]
    stop()
    session.configure("calibrate", batch=7)
    assert len(told) == 4


def test_the_recipe_survives_the_folder(session):
    session.configure("quantize", thresholds={"conv1": 1e-7, 'a "name" = [x]': 3.0}, output_precision=8)
    session.configure("prepare", split_keys=["fc0", "relu0"])
    session.save()
    again = Session(session.store.folder)
    assert again.recipe() == session.recipe()
    assert {stage: again[stage] for stage in ORDER} == {stage: session[stage] for stage in ORDER}
    text = session.store.recipe_path.read_bytes()
    again.save()
    assert session.store.recipe_path.read_bytes() == text


def test_a_recipe_replaces_what_the_folder_holds(session):
    session.save()
    assert Session(session.store.folder, {"calibrate": {"batch": 3}})["load"].model == ""
    assert Session(session.store.folder)["load"].model != ""


@pytest.mark.parametrize("text", ["[calibrate]\nbatch = 0\n", "[what]\n", "[calibrate", "x = 1\n"])
def test_a_damaged_recipe_is_an_error(session, text):
    session.store.recipe_path.write_text(text)
    with pytest.raises(OptionError):
        Session(session.store.folder)


def test_restore_undoes_every_change(session):
    before = session.recipe()
    session.use({"calibrate": {"batch": 9, "count": 0}, "quantize": {"output_precision": 8, "thresholds": {"a": 1.0}}, "compile": {"batch": 2}})
    session.replace(before)
    assert session.recipe() == before


@pytest.mark.parametrize("stage", ORDER)
def test_options_survive_as_text(session, stage):
    session.use({"quantize": {"thresholds": {"conv1": 0.1, "fc0": 2e-9}, "output_precision": 8}, "prepare": {"split_keys": ["a", "b"]}})
    for name, declared in stage_options(stage).items():
        value = getattr(session[stage], name)
        assert parse_option(stage, name, declared, as_text(value)) == value


# Thresholds


def test_thresholds_are_a_mapping_of_observed_and_edited(project):
    observed = dict(project.thresholds)
    assert dict(project.thresholds.observed()) == observed
    assert project.thresholds.edited == {}
    assert set(observed) == {n.name for n in project.artifact("prepare").graph.nodes}
    assert len(project.thresholds) == len(observed)
    project.thresholds["conv1"] = 1.25
    assert project.thresholds["conv1"] == 1.25
    assert project.thresholds.edited == {"conv1": 1.25}
    assert dict(project.thresholds) == {**observed, "conv1": 1.25}
    assert project.plan("compile") == ("quantize", "compile")
    project.run("quantize")
    assert project.artifact("quantize").thresholds["conv1"] == 1.25
    assert project.artifact("quantize").observed["conv1"] == observed["conv1"]
    del project.thresholds["conv1"]
    assert dict(project.thresholds) == observed
    assert project.plan("compile") == ()


def test_the_observer_changes_only_what_is_not_edited(project):
    before = dict(project.thresholds)
    project.thresholds["conv1"] = 1.25
    project.configure("quantize", observer="mrt_lambda(lambd=1)")
    after = dict(project.thresholds)
    assert after["conv1"] == 1.25
    assert after["data"] < before["data"]


def test_thresholds_replaced_at_once(project):
    project.thresholds["conv1"] = 1.25
    project.thresholds.replace({"fc0": 3.0})
    assert project.thresholds.edited == {"fc0": 3.0}
    with pytest.raises(OptionError):
        project.thresholds.replace({"fc0": 4.0, "conv1": -1.0})
    assert project.thresholds.edited == {"fc0": 3.0}


def test_thresholds_before_calibration_and_of_no_node(session, project):
    assert dict(session.thresholds) == {}
    with pytest.raises(KeyError):
        session.thresholds["conv1"]
    with pytest.raises(KeyError):
        del project.thresholds["conv1"]
    project.thresholds["nothing"] = 1.0
    with pytest.raises(OptionError, match="nothing"):
        project.run("quantize")
    assert not project.done("quantize")


# Damage


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


FILES = [
    ("load", "model.json"),
    ("load", "model.params"),
    ("prepare", "prepared.json"),
    ("prepare", "prepared.params"),
    ("calibrate", "stats.npz"),
    ("calibrate", "sample.npy"),
    ("calibrate", "dataset.txt"),
    ("quantize", "quantized.json"),
    ("quantize", "quantized.params"),
    ("quantize", "quantized.tensors.json"),
    ("evaluate", "evaluation.json"),
    ("compile", "model/symbol"),
    ("compile", "model/params"),
    ("compile", "model/ext"),
    ("compile", "model/data.npy"),
    ("compile", "model/manifest.json"),
]


def test_all_files_are_in_the_table(project):
    found = {(stage, p.relative_to(project.folder(stage)).as_posix()) for stage in ORDER for p in project.folder(stage).rglob("*") if p.is_file()}
    assert found - {(stage, "summary.json") for stage in ORDER} == set(FILES)


@pytest.mark.parametrize("damage", [flip, truncate, empty, Path.unlink])
@pytest.mark.parametrize(("stage", "name"), FILES)
def test_a_damaged_file_is_an_error_and_the_stage_runs_again(project, stage, name, damage):
    bytes_before = (project.folder(stage) / name).read_bytes()
    summary = dict(project.summary(stage)["summary"])
    damage(project.folder(stage) / name)
    with pytest.raises(StudioError) as error:
        project.artifact(stage)
    assert type(error.value) is ArtifactError
    assert error.value.where.endswith(name)
    assert error.value.why
    assert stage in error.value.remedy
    assert not project.done(stage)
    project.run(stage)
    assert (project.folder(stage) / name).read_bytes() == bytes_before
    assert project.summary(stage)["summary"] == summary


def test_a_damaged_input_stops_the_run_and_the_next_one_makes_it_again(project):
    flip(project.folder("prepare") / "prepared.params")
    project.configure("quantize", shift_bits=4)
    with pytest.raises(ArtifactError, match="prepare is damaged"):
        project.run("quantize")
    assert project.plan("quantize") == ("prepare", "quantize")
    project.run("quantize")
    assert project.plan("compile") == ("compile",)


def test_a_damaged_summary_is_dropped(project):
    truncate(project.folder("evaluate") / "summary.json")
    with pytest.raises(ArtifactError, match="damaged"):
        project.summary("evaluate")
    assert project.plan("evaluate") == ("evaluate",)


# Demos


def test_opening_a_demo_brings_its_options(tmp_path):
    session = Session(tmp_path)
    session.open("demo:squeezenet1_1")
    recipe = demos["squeezenet1_1"]().recipe()
    assert session["load"].model == "demo:squeezenet1_1"
    assert session["prepare"].options()["input_shape"] == recipe["prepare"]["input_shape"]
    assert session["calibrate"].dataset == recipe["calibrate"]["dataset"]
    session.open("other-symbol.json", "other.params")
    assert (session["load"].model, session["load"].params) == ("other-symbol.json", "other.params")


def test_opening_an_unknown_demo_changes_nothing(session):
    before = session.recipe()
    with pytest.raises(OptionError, match="squeezenet"):
        session.open("demo:squeezenet")
    assert session.recipe() == before


def test_a_session_without_a_folder_leaves_nothing():
    session = Session()
    folder = session.store.folder
    assert folder.is_dir()
    del session
    gc.collect()
    assert not folder.exists()


def test_a_session_held_still_works_a_key_out_once_and_sees_options_change(tmp_path, monkeypatch):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    asked = []
    fingerprint = Load.fingerprint
    monkeypatch.setattr(Load, "fingerprint", lambda self: asked.append(self) or fingerprint(self))
    before = session.key("compile")
    with session.still():
        asked.clear()
        assert [session.key("compile") for _ in range(3)] == [before] * 3
        assert len(asked) == 1
        session.configure("calibrate", count=2)
        assert session.key("compile") != before
        session.configure("calibrate", count=1)
        assert session.key("compile") == before
    asked.clear()
    assert session.key("load") == session.key("load")
    assert len(asked) == 2
