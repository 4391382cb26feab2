"""Certificates: the same everywhere for the same inputs, and the first difference is named."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from mrt_studio.errors import ArtifactError, FormatError
from mrt_studio.session.certificate import certify, check_certificate, read_certificate, write_certificate
from mrt_studio.session.environment import environment
from mrt_studio.session.project_format import seal
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe, write_model


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give a compiled project with its model's folder, and its certificate."""
    folder = tmp_path_factory.mktemp("made")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.save()
    certificate = certify(session)
    session.close()
    return folder, certificate


@pytest.fixture
def project(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "copy")
    session = Session(tmp_path / "copy" / "project")
    session.configure("load", model=str(tmp_path / "copy" / "tiny-symbol.json"))
    return session


def test_a_certificate_covers_every_node_and_file(made, project):
    _, found = made
    graph = project.artifact("quantize").lowered.graph
    assert list(found["nodes"]) == [f"{n.name}:{i}" for n in graph.operators for i in range(n.op.outputs)]
    assert set(found["files"]) == {f"model/{name}" for name in ("symbol", "params", "ext", "data.npy", "manifest.json")}
    assert {name: float.fromhex(text) for name, text in found["thresholds"].items()} == dict(project.artifact("quantize").thresholds)
    assert found["environment"] == environment()
    assert found["recipe"]["quantize.shift_bits"] == "shift_bits = 5"


def test_the_same_inputs_in_another_place_agree(made, project):
    assert certify(project) == made[1]
    assert check_certificate(project, made[1]) is None


def test_a_project_without_results_makes_them_to_check(made, project):
    shutil.rmtree(project.store.folder / "artifacts")
    assert check_certificate(Session(project.store.folder, project.recipe()), made[1]) is None


@pytest.mark.parametrize(
    ("stage", "options", "part", "entry"),
    [
        ("quantize", {"shift_bits": 3}, "recipe", "quantize.shift_bits"),
        ("quantize", {"thresholds": {"conv1": 1.5}}, "recipe", "quantize.thresholds"),
        ("calibrate", {"start": 1}, "recipe", "calibrate.start"),
        ("compile", {"batch": 2}, "recipe", "compile.batch"),
    ],
)
def test_another_option_is_named(made, project, stage, options, part, entry):
    project.configure(stage, **options)
    found = check_certificate(project, made[1])
    assert (found.part, found.entry) == (part, entry)
    assert found.certified != found.found


def test_another_weight_is_named(made, project, tmp_path):
    graph = tiny_graph()
    weight = graph.params["conv1_weight"].copy()
    weight[0, 0, 0, 0] = np.nextafter(weight[0, 0, 0, 0], np.float32(9))
    write_model(dataclasses.replace(graph, params={**graph.params, "conv1_weight": weight}), tmp_path / "copy", "tiny")
    found = check_certificate(project, made[1])
    assert (found.part, found.entry) == ("model", "conv1_weight")


@pytest.mark.parametrize(("part", "entry"), [("thresholds", "conv1"), ("nodes", None), ("files", "model/params"), ("sample", "integers")])
def test_the_first_entry_that_differs_is_named(made, project, part, entry):
    changed = json.loads(json.dumps(made[1]))
    entry = entry or list(changed[part])[3]
    changed[part][entry] = "0x0"
    found = check_certificate(project, changed)
    assert (found.part, found.entry, found.certified) == (part, entry, "0x0")
    del changed[part][entry]
    assert check_certificate(project, changed).certified == ""


def test_files_that_are_not_what_the_stages_make_are_not_certified(project):
    folder = project.folder("compile")
    other = folder / "model" / "params"
    other.write_bytes(other.read_bytes()[:-1] + b"\0")
    with pytest.raises(ArtifactError, match="damaged"):
        certify(project)


def test_a_certificate_is_read_back(made, tmp_path):
    write_certificate(tmp_path / "c.json", made[1])
    assert read_certificate(tmp_path / "c.json") == made[1]
    data = (tmp_path / "c.json").read_bytes()
    write_certificate(tmp_path / "c.json", made[1])
    assert (tmp_path / "c.json").read_bytes() == data


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"certificate": 2}', '{"certificate": 1}', '{"certificate": 1.5}', "\0", "[" * 100_000])
def test_what_is_no_certificate_is_refused(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(FormatError) as caught:
        read_certificate(tmp_path / "c.json")
    assert "c.json" in caught.value.where
    with pytest.raises(FormatError, match="cannot be read"):
        read_certificate(tmp_path / "nothing")


def test_a_changed_certificate_is_refused_even_with_a_new_seal_of_the_wrong_kind(made, tmp_path):
    for change in ({"nodes": {"x": "0"}}, {"nodes": {"x": 1}, "seal": None}, {"files": []}):
        body = {**made[1], **change}
        if "seal" in change:
            body["seal"] = seal(body)
        (tmp_path / "c.json").write_text(json.dumps(body))
        with pytest.raises(FormatError, match="seal"):
            read_certificate(tmp_path / "c.json")


def test_the_environment_says_what_native_code_chooses_by():
    found = environment()
    assert set(found) == {"mrt_studio", "python", "mxnet", "numpy", "machine", "cpu", "isa"}
    assert found["mxnet"] == "1.9.1"
    assert json.loads(json.dumps(found)) == found
