"""The commands that only tell: ops, check, proof."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mrt_studio.cli import main
from mrt_studio.session.session import Session
from mrt_studio.session.support import as_data, as_markdown, support_table
from tests.models.tiny import tiny_model, tiny_recipe, write_model
from tests.nets import built

COMMAND = Path(sys.executable).with_name("mrt-studio")


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Give a function that runs the command in this process, in the folder of the model."""
    monkeypatch.chdir(folder)

    def run(*words, code=0):
        try:
            ended = main([str(word) for word in words])
        except SystemExit as end:
            ended = end.code
        found = capsys.readouterr()
        assert ended == code, found.err
        return found

    return run


@pytest.fixture
def folder(tmp_path):
    tiny_model(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Give the folder of a quantized project; tests only read it."""
    folder = tmp_path_factory.mktemp("proof")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("quantize")
    session.save()
    return folder / "project"


def steep(folder):
    """Write a model whose last but one operator has no integer form."""

    def write(b, param):
        x = b.op("relu", b.input("data", None), name="below")
        return b.op("relu", b.op("tan", x, name="steep"), name="after")

    write_model(built(write), folder, "steep")


def test_ops_prints_the_table(run):
    text = run("ops").out.splitlines()
    assert len(text) == 1 + len(support_table())
    assert run("ops", "--markdown").out == as_markdown(support_table())
    assert json.loads(run("ops", "--json").out) == json.loads(json.dumps(as_data(support_table())))


def test_check_passes_a_model(run, folder):
    assert run("check", "tiny", "--input-shape", "-1,3,8,8").out.startswith("All 8 operators")
    found = json.loads(run("check", "tiny-symbol.json", "--params", "tiny-0000.params", "--input-shape", "-1,3,8,8", "--json").out)
    assert (found["passed"], found["problems"], found["split_keys"], found["error"]) == (True, [], [], None)
    assert sorted(path.name for path in folder.iterdir()) == ["tiny-0000.params", "tiny-symbol.json"]  # nothing is left behind


def test_check_names_what_is_refused_and_the_keys_that_prepare_takes(run, folder):
    steep(folder)
    words = ["check", "steep", "--input-shape", "1,3,4,4"]
    lines = run(*words, code=1).out.splitlines()
    assert lines[0] == "1 of 3 operators cannot become integers:"
    assert lines[1].startswith("  tan 'steep': ")
    assert lines[2] == "These split keys go round them: --split-keys below"
    found = json.loads(run(*words, "--json", code=1).out)
    assert (found["passed"], found["split_keys"], [problem["node"] for problem in found["problems"]]) == (False, ["below"], ["steep"])
    run("load", "--model", "steep")
    run("prepare", "--input-shape", "1,3,4,4", code=1)
    run("prepare", "--split-keys", "below")


def test_check_of_a_wrong_shape_says_so(run):
    found = run("check", "tiny", "--input-shape", "-1,4,8,8", code=1)
    assert "conv0" in found.out
    assert "cannot become" not in found.out
    data = json.loads(run("check", "tiny", "--input-shape", "-1,4,8,8", "--json", code=1).out)
    assert (data["passed"], data["problems"], data["error"]["kind"]) == (False, [], "ShapeError")


def test_check_takes_the_shapes_of_several_inputs(run, folder):
    def write(b, param):
        return b.op("broadcast_mul", b.input("picture", None), b.input("mask", None), name="product")

    write_model(built(write), folder, "two")
    assert "picture" in run("check", "two", code=1).out
    assert run("check", "two", "--input-shapes", "picture=1x3x4x4, mask=1x1x4x4").out == "The operator can become integers.\n"


@pytest.mark.parametrize("words", [["nowhere"], ["tiny", "--input-shape", "what"], ["demo:nothing"], ["tiny", "--params", "nowhere"]])
def test_check_of_what_is_not_there_is_an_error(run, words):
    found = run("check", *words, "--json", code=1)
    assert json.loads(found.out)["error"]["what"]
    assert found.err.startswith("error: ")


def test_proof_prints_the_ledger(run, project):
    lines = run("proof", project).out.splitlines()
    graph = Session(project).artifact("quantize").lowered.graph
    assert [line.split()[0] for line in lines[1:]] == [node.name for node in graph.nodes]
    found = json.loads(run("proof", project, "--json").out)
    conv = next(entry for entry in found if entry["name"] == "conv0")
    assert (conv["input_bits"], conv["weight_bits"][0], conv["accumulation_bits"]) == ([8], 8, 8 + 8 + 5)  # 3 * 3 * 3 products
    assert all(entry["bits"] + entry["head_room"] == 32 for entry in found)


def test_proof_of_a_node_is_the_chain_of_its_causes(run, project):
    found = json.loads(run("proof", project, "--node", "conv0", "--json").out)
    assert [entry["name"] for entry in found] == ["conv0", "data"]
    assert [line.split()[0] for line in run("proof", project, "--node", "conv0").out.splitlines()] == ["node", "conv0", "data"]
    missing = run("proof", project, "--node", "nothing", code=1)
    assert "'nothing'" in missing.err


def test_proof_needs_a_quantized_project(run, folder):
    run("load", "--model", "tiny")
    assert "Run quantize" in run("proof", ".", code=1).err
    assert run("proof", "elsewhere", code=1).err.startswith("error: ")
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize("words", [["check"], ["proof"], ["ops", "more"], ["check", "tiny", "more"], ["proof", ".", "--what"]])
def test_wrong_usage_is_code_2(run, words):
    assert "usage: mrt-studio" in run(*words, code=2).err


def test_the_command_ends_with_the_code_in_a_process_of_its_own(folder):
    steep(folder)
    found = subprocess.run([COMMAND, "check", "steep", "--input-shape", "1,3,4,4"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.splitlines()[-1].endswith("--split-keys below")
