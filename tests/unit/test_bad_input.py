"""What people get wrong: one clear error each, through the session and through the command, and nothing half written."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mrt_studio.errors import StudioError
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe, write_model

COMMAND = Path(sys.executable).with_name("mrt-studio")


def text_of(files, old, new):
    text = files.symbol.read_text()
    assert old in text
    files.symbol.write_text(text.replace(old, new))


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def with_value(files, value):
    import dataclasses

    graph = tiny_graph()
    weight = graph.params["conv1_weight"].copy()
    weight[1, 2, 0, 0] = value
    write_model(dataclasses.replace(graph, params={**graph.params, "conv1_weight": weight}), files.symbol.parent, "tiny")


def of_other_shape(files):
    import dataclasses

    graph = tiny_graph()
    params = {**graph.params, "conv1_weight": np.ones((8, 7, 3, 3), np.float32)}
    write_model(dataclasses.replace(graph, params=params), files.symbol.parent, "tiny")


def without_weight(files):
    import dataclasses

    graph = tiny_graph()
    params = {name: array for name, array in graph.params.items() if name != "conv1_weight"}
    saved = write_model(dataclasses.replace(graph, params=params), files.symbol.parent, "other")
    files.params.write_bytes(saved.params.read_bytes())


def saved_array(files, name, array):
    np.save(files.symbol.parent / name, array)


def nothing(files):
    pass


def data(text):
    return {"calibrate": {"dataset": text}}


MODEL = [
    ("missing symbol", lambda f: f.symbol.unlink(), "load", ["does not exist", "tiny-symbol.json"]),
    ("missing params", lambda f: f.params.unlink(), "load", ["does not exist", "tiny-0000.params"]),
    ("symbol is a folder", lambda f: (f.symbol.unlink(), f.symbol.mkdir()), "load", ["does not exist"]),
    ("truncated symbol", lambda f: cut(f.symbol, 0.5), "load", ["tiny-symbol.json"]),
    ("empty symbol", lambda f: cut(f.symbol, 0), "load", ["tiny-symbol.json"]),
    ("garbage symbol", lambda f: f.symbol.write_bytes(bytes(range(256)) * 8), "load", ["tiny-symbol.json"]),
    ("symbol is a list", lambda f: f.symbol.write_text("[1, 2]"), "load", ["tiny-symbol.json"]),
    ("symbol is deep", lambda f: f.symbol.write_text("[" * 100000), "load", ["tiny-symbol.json"]),
    ("truncated params", lambda f: cut(f.params, 0.6), "load", ["ends too early", "tiny-0000.params"]),
    ("empty params", lambda f: cut(f.params, 0), "load", ["tiny-0000.params"]),
    ("garbage params", lambda f: f.params.write_bytes(b"\xff" * 999), "load", ["tiny-0000.params"]),
    ("symbol as params", lambda f: f.params.write_bytes(f.symbol.read_bytes()), "load", ["tiny-0000.params"]),
    ("params as symbol", lambda f: f.symbol.write_bytes(f.params.read_bytes()), "load", ["tiny-symbol.json"]),
    ("params without a weight", without_weight, "load", ["conv1_weight"]),
    ("params of another shape", of_other_shape, "prepare", ["conv1"]),
    ("unknown operator", lambda f: text_of(f, '"elemwise_add"', '"elemwise_what"'), "prepare", ["elemwise_what", "add0", "split keys"]),
    ("operator in a wrong place", lambda f: text_of(f, '"elemwise_add"', '"relu"'), "load", ["relu", "inputs"]),
    ("unsupported attribute", lambda f: text_of(f, '"act_type": "relu"', '"act_type": "tan"'), "prepare", ["relu0", "tan"]),
    ("unknown attribute", lambda f: text_of(f, '"act_type": "relu"', '"act_type": "relu", "twist": "1"'), "prepare", ["relu0", "twist"]),
    ("NaN weight", lambda f: with_value(f, np.nan), "load", ["conv1_weight", "not finite"]),
    ("infinite weight", lambda f: with_value(f, np.inf), "load", ["conv1_weight", "not finite"]),
    ("overflow on the data", lambda f: with_value(f, 3e38), "calibrate", ["conv1", "not finite"]),
]

OPTIONS = [
    ("unknown demo", {"load": {"model": "demo:what"}}, "load", ["what"]),
    ("no model", {"load": {"model": ""}}, "load", ["No model"]),
    ("home of nobody", {"load": {"model": "~nobody_at_all/net"}}, "load", ["nobody_at_all"]),
    ("too long a name", {"load": {"model": "x" * 3000}}, "load", ["too long"]),
    ("root as model", {"load": {"model": "/"}}, "load", ["does not exist"]),
    ("wrong channels", {"prepare": {"input_shape": [-1, 4, 8, 8]}}, "prepare", ["conv0"]),
    ("wrong size", {"prepare": {"input_shape": [-1, 3, 12, 8]}}, "prepare", ["fc0"]),
    ("wrong rank", {"prepare": {"input_shape": [-1, 3]}}, "prepare", ["conv0"]),
    ("two open sizes", {"prepare": {"input_shape": [-1, -1, 8, 8]}}, "prepare", ["input_shape"]),
    ("no shape", {"prepare": {"input_shape": []}}, "prepare", ["input_shape", "input shape"]),
    ("unknown split key", {"prepare": {"split_keys": ["what"]}}, "prepare", ["what"]),
    ("unknown data set", data("pictures()"), "calibrate", ["pictures"]),
    ("no data set", data("what is this?"), "calibrate", ["what is this?"]),
    ("code as data set", data("__import__('os').system('x')"), "calibrate", ["form"]),
    ("unknown option of a data set", data("stdrandom(size=3)"), "calibrate", ["size"]),
    ("missing folder", data("images(path='nowhere')"), "calibrate", ["nowhere"]),
    ("missing array", data("arrays(path='nowhere.npy')"), "calibrate", ["nowhere.npy"]),
    ("empty array", data("arrays(path='{folder}/empty.npy')"), "calibrate", ["empty.npy"]),
    ("array with NaN", data("arrays(path='{folder}/nan.npy')"), "calibrate", ["nan.npy", "not finite"]),
    ("array of another shape", data("arrays(path='{folder}/other.npy')"), "calibrate", ["(3, 9, 8)", "(3, 8, 8)"]),
    ("array of objects", data("arrays(path='{folder}/objects.npy')"), "calibrate", ["objects.npy"]),
    ("folder without pictures", data("images(path='{folder}/none')"), "calibrate", ["none"]),
    ("too few samples", data("stdrandom(shape=(3, 8, 8), count=3)"), "calibrate", ["too few"]),
    ("unknown observer", {"quantize": {"observer": "maximum"}}, "quantize", ["maximum"]),
    ("wrong observer option", {"quantize": {"observer": "mrt_lambda(lambd=-1)"}}, "quantize", ["lambd"]),
    ("threshold of no node", {"quantize": {"thresholds": {"what": 1.0}}}, "quantize", ["what"]),
    ("evaluation without samples", {"evaluate": {"start": 64}}, "evaluate", ["too few"]),
]


@pytest.fixture
def folder(tmp_path):
    files = tiny_model(tmp_path)
    saved_array(files, "empty.npy", np.zeros((0, 3, 8, 8), np.float32))
    saved_array(files, "nan.npy", np.full((64, 3, 8, 8), np.nan, np.float32))
    saved_array(files, "other.npy", np.zeros((64, 3, 9, 8), np.float32))
    saved_array(files, "objects.npy", np.array([{}] * 64, dtype=object))
    (tmp_path / "none").mkdir()
    return tmp_path


def project(folder, options=None):
    """Give a project on the tiny net with some options changed; `{folder}` stands for the folder."""
    recipe = tiny_recipe(tiny_model(folder / "none")) | {"load": {"model": str(folder / "tiny")}}
    for stage, values in (options or {}).items():
        placed = {name: v.replace("{folder}", str(folder)) if isinstance(v, str) else v for name, v in values.items()}
        recipe[stage] = {**recipe.get(stage, {}), **placed}
    for path in (folder / "none").iterdir():
        path.unlink()
    return Session(folder / "project", recipe)


def check_error(session, stage, says):
    with pytest.raises(StudioError) as error:
        session.run("evaluate")
    found = error.value
    assert any(part in str(found) for part in says), str(found)
    assert found.what.strip()
    assert found.where.strip()
    assert "Traceback" not in str(found)
    assert len(str(found)) < 2000
    done = [name for name in ORDER if session.done(name)]
    assert done == list(ORDER[: ORDER.index(stage)])
    assert sorted(p.name.partition("-")[0] for p in (session.store.folder / "artifacts").iterdir()) == sorted(done)
    return found


@pytest.mark.parametrize(("break_", "stage", "says"), [row[1:] for row in MODEL], ids=[row[0] for row in MODEL])
def test_a_broken_model_is_one_clear_error(folder, break_, stage, says):
    session = project(folder)
    break_(tiny_model(folder))
    check_error(session, stage, says)


@pytest.mark.parametrize(("options", "stage", "says"), [row[1:] for row in OPTIONS], ids=[row[0] for row in OPTIONS])
def test_a_wrong_option_is_one_clear_error(folder, options, stage, says):
    check_error(project(folder, options), stage, says)


def command(folder, *words):
    found = subprocess.run([COMMAND, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 1, found.stderr
    assert "Traceback" not in found.stderr
    assert found.stderr.count("error: ") == 1
    parts = json.loads(found.stdout)["error"]
    assert parts["what"]
    return parts


COMMANDS = [*[(row[0], row[1], {}) for row in MODEL[::4]], *[(row[0], nothing, row[1]) for row in OPTIONS[::5]]]


@pytest.mark.parametrize(("break_", "options"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS])
def test_the_command_says_the_same(folder, break_, options):
    session = project(folder, options)
    session.save()
    break_(tiny_model(folder))
    with pytest.raises(StudioError) as error:
        session.run("evaluate")
    session.store.recipe_path.rename(folder / "recipe.toml")
    assert command(folder, "run", "recipe.toml", "--json", "--project", "other") == error.value.to_dict()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.toml", None),
        ("broken.toml", b"[load"),
        ("binary.toml", b"\xff\xfe\0"),
        ("stage.toml", b"[what]\nx = 1"),
        ("option.toml", b"[load]\nx = 1"),
        ("value.toml", b"[calibrate]\nbatch = 'many'"),
        ("broken.yaml", b"COMMON: [\n"),
        ("alias.yaml", b"a: &a [*a]\n"),
        ("broken.ini", b"[DEFAULT\n"),
        ("other.docx", b"PK"),
    ],
)
def test_a_recipe_that_is_none_is_one_clear_error(folder, name, content):
    if content is not None:
        (folder / name).write_bytes(content)
    parts = command(folder, "run", name, "--json")
    assert name in parts["where"] or parts["where"].startswith(("calibrate", "load")) or parts["remedy"]
    assert not (folder / name).with_suffix(".mrt").exists()


def test_a_project_in_a_file_is_one_clear_error(folder):
    (folder / "file").touch()
    parts = command(folder, "load", "--model", "tiny", "--project", "file/project", "--json")
    assert parts["kind"] == "ArtifactError"
    assert parts["why"] == "Not a directory"
    assert parts["remedy"]


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from mrt_studio.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(("limit", "stage"), [(64, None), (1024, "load"), (7000, "calibrate")])
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(folder, limit, stage):
    """Files may only grow to a limit, as on a disk that is full."""
    session = project(folder)
    session.save()
    session.store.recipe_path.rename(folder / "recipe.toml")
    words = ["run", "recipe.toml", "--json", "--project", "small"]
    found = subprocess.run([sys.executable, "-c", FULL, str(limit), *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 1, found.stderr
    assert "Traceback" not in found.stderr
    parts = json.loads(found.stdout)["error"]
    assert parts["kind"] == "ArtifactError"
    assert parts["why"] == "File too large"
    assert "disk space" in parts["remedy"]
    if stage is not None:
        assert stage in parts["what"]
    made = sorted(p.name.partition("-")[0] for p in (folder / "small" / "artifacts").iterdir())
    assert made == sorted(ORDER[: ORDER.index(stage)] if stage else [])
    again = subprocess.run([COMMAND, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0, again.stderr
