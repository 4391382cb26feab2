import json
import os
import shutil
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from mrt_studio.cvm.artifact import FILES, load_artifact, save_artifact, verify_artifact
from mrt_studio.cvm.format import canonical, read_artifact
from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.manifest import _sealed
from mrt_studio.errors import ArtifactError, DataError, FormatError, ModelError, OptionError
from mrt_studio.ir.limits import DEFAULT_LIMITS
from tests.unit.cvm.graphs import CASES, lowered

EVERYTHING = {*FILES, "manifest.json"}


def saved(folder, name="residual"):
    graph, sample = CASES[name]()
    save_artifact(folder, graph, input_scale=42.5, output_scales=[3.0] * len(graph.outputs), sample=sample)
    return graph, sample


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", CASES)
def test_an_artifact_is_read_back_and_verified(tmp_path, name):
    graph, sample = saved(tmp_path / "model", name)
    found = load_artifact(tmp_path / "model")
    assert found.graph.nodes == canonical(graph).with_own_origin().nodes
    assert (found.sample == sample).all()
    assert found.sample.dtype == (np.int8 if graph["data"].op.precision <= 8 else np.int32)
    assert (found.ext.scale, found.ext.shape, found.ext.precision) == (42.5, sample.shape, graph["data"].op.precision)
    report = verify_artifact(tmp_path / "model")
    assert report.equal
    assert report.gas == gas(graph).total
    expected = [sha256(y.astype("<i4").tobytes()).hexdigest() for y in run_reference(graph, {"data": sample})]
    assert list(report.manifest) == list(report.reference) == list(report.fast) == expected


def test_a_quantized_net_is_compiled(tmp_path):
    model, sample = lowered()
    save_artifact(tmp_path / "net", model.graph, input_scale=model.inputs["data"].scale, output_scales=[model.outputs[0].scale], sample=sample)
    assert verify_artifact(tmp_path / "net").equal
    assert load_artifact(tmp_path / "net").ext.output_scales == (model.outputs[0].scale,)


def test_the_files_of_an_artifact(tmp_path):
    _, sample = saved(tmp_path / "model")
    assert content(tmp_path / "model").keys() == EVERYTHING
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    ext = (tmp_path / "model" / "ext").read_text()
    assert ext == '{"inputs_ext": {"data": {"scale": 42.5, "target_bit": 8}}, "oscales": [3.0], "input_shapes": {"data": [1, 4, 6, 6]}}\n'
    assert (np.load(tmp_path / "model" / "data.npy", allow_pickle=False) == sample).all()
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert list(manifest) == sorted(manifest) == ["files", "gas", "input", "outputs", "seal", "versions"]
    assert manifest["files"] == {name: sha256((tmp_path / "model" / name).read_bytes()).hexdigest() for name in FILES}
    assert manifest["input"] == {"precision": 8, "sha256": sha256(sample.tobytes()).hexdigest(), "shape": [1, 4, 6, 6]}
    assert manifest["outputs"][0]["shape"] == [1, 72]


def test_equal_models_give_equal_bytes(tmp_path):
    saved(tmp_path / "a")
    saved(tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_every_flipped_bit_is_refused_naming_the_file(tmp_path, name):
    saved(tmp_path / "model", "conv2d")
    path = tmp_path / "model" / name
    good = path.read_bytes()
    step = max(1, len(good) // 60)
    for at in range(0, len(good), step):
        bad = bytearray(good)
        bad[at] ^= 1 << at % 8
        path.write_bytes(bad)
        with pytest.raises(ArtifactError) as caught:
            load_artifact(tmp_path / "model")
        assert caught.value.what == f"The file {name!r} of the artifact is damaged."
        assert caught.value.where == str(path)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_missing_and_foreign_files(tmp_path, name):
    saved(tmp_path / "model", "conv2d")
    path = tmp_path / "model" / name
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ArtifactError) as caught:
        load_artifact(tmp_path / "model")
    assert caught.value.what == f"The artifact has no file {name!r}."


def resealed(folder, change):
    """Change the manifest and seal it again, as someone who means it would."""
    path = folder / "manifest.json"
    body = {key: value for key, value in json.loads(path.read_text()).items() if key != "seal"}
    for name in FILES:
        body["files"][name] = sha256((folder / name).read_bytes()).hexdigest()
    change(body)
    path.write_bytes(_sealed(body))


MANIFEST_CHANGES = {
    "shape": lambda body: body["input"].update(shape=[4, 1, 6, 6]),
    "sample": lambda body: body["input"].update(sha256="0" * 64),
    "gas": lambda body: body["gas"].update(memory=1),
    "precision": lambda body: body["outputs"][0].update(precision=9),
    "more": lambda body: body.update(more=1),
}


@pytest.mark.parametrize("name", MANIFEST_CHANGES)
def test_a_manifest_that_tells_something_else_is_refused(tmp_path, name):
    saved(tmp_path / "model")
    resealed(tmp_path / "model", MANIFEST_CHANGES[name])
    with pytest.raises(ArtifactError) as caught:
        load_artifact(tmp_path / "model")
    assert caught.value.why == "It does not describe these files."


def test_an_output_count_that_does_not_fit_is_refused(tmp_path):
    saved(tmp_path / "model")
    resealed(tmp_path / "model", lambda body: body["outputs"].append(body["outputs"][0]))
    with pytest.raises(FormatError, match="do not fit the graph"):
        load_artifact(tmp_path / "model")


def test_wrong_outputs_are_reported(tmp_path):
    saved(tmp_path / "model")
    resealed(tmp_path / "model", lambda body: body["outputs"][0].update(sha256="0" * 64))
    report = verify_artifact(tmp_path / "model")
    assert not report.equal
    assert report.reference == report.fast != report.manifest == ("0" * 64,)


EXT = '{"inputs_ext": {"data": {"scale": 42.5, "target_bit": 8}}, "oscales": [3.0], "input_shapes": {"data": [1, 4, 6, 6]}}\n'
EXT_CHANGES = {
    "no JSON": (EXT[:-3], "The file is no JSON."),
    "infinite": (EXT.replace("42.5", "Infinity"), "The file is no JSON."),
    "beyond doubles": (EXT.replace("42.5", "1e999"), "The file is not as the compiler writes it: positive scales, whole numbers, one line."),
    "negative": (EXT.replace("42.5", "-42.5"), "The file is not as the compiler writes it: positive scales, whole numbers, one line."),
    "true bits": (EXT.replace("8}", "true}"), "The file is not as the compiler writes it: positive scales, whole numbers, one line."),
    "text": (EXT.replace("3.0", '"3"'), "The file is not as the compiler writes it: positive scales, whole numbers, one line."),
    "deep": ("[" * 100_000, "The file is no JSON."),
    "other input": (EXT.replace('"data": {', '"image": {'), "The file does not hold the scales of one input called 'data' and its outputs."),
    "other bits": (EXT.replace("8}", "7}"), "The scales or the manifest do not fit the graph."),
    "other shape": (EXT.replace("[1,", "[2,"), "The scales or the manifest do not fit the graph."),
    "two scales": (EXT.replace("[3.0]", "[3.0, 3.0]"), "The scales or the manifest do not fit the graph."),
    "long": (EXT + " " * (1 << 20), "The file has 1,048,693 bytes."),
}


@pytest.mark.parametrize("name", EXT_CHANGES)
def test_changed_scales_are_refused(tmp_path, name):
    text, what = EXT_CHANGES[name]
    saved(tmp_path / "model")
    (tmp_path / "model" / "ext").write_text(text)
    resealed(tmp_path / "model", lambda _: None)
    with pytest.raises(FormatError) as caught:
        load_artifact(tmp_path / "model")
    assert caught.value.what == what


@pytest.mark.parametrize("change", [lambda x: x.astype(np.int32), lambda x: x.reshape(4, 1, 6, 6), lambda x: x[..., :5]])
def test_a_sample_of_another_form_is_refused(tmp_path, change):
    _, sample = saved(tmp_path / "model")
    np.save(tmp_path / "model" / "data.npy", change(sample))
    resealed(tmp_path / "model", lambda _: None)
    with pytest.raises(FormatError, match="of int8 with the shape"):
        load_artifact(tmp_path / "model")


def test_an_artifact_is_replaced_and_other_folders_are_not(tmp_path):
    saved(tmp_path / "model", "conv2d")
    before = content(tmp_path / "model")
    saved(tmp_path / "model", "dense")
    assert content(tmp_path / "model") != before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    (tmp_path / "model" / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match="which is no part of an artifact"):
        saved(tmp_path / "model", "conv2d")
    assert content(tmp_path / "model").keys() == {*EVERYTHING, "notes.txt"}
    shutil.rmtree(tmp_path / "model")
    (tmp_path / "model").mkdir()
    saved(tmp_path / "model")
    assert verify_artifact(tmp_path / "model").equal


def test_a_failure_while_writing_leaves_what_was_there(tmp_path, monkeypatch):
    saved(tmp_path / "model", "conv2d")
    before = content(tmp_path / "model")
    write = type(tmp_path).write_bytes

    def full(path, data):
        if path.name == "ext":
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    with pytest.raises(ArtifactError) as caught:
        saved(tmp_path / "model", "dense")
    assert caught.value.why == "No space left on device."
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert content(tmp_path / "model") == before


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(ArtifactError, match="The artifact cannot be written"):
        saved(tmp_path / "no" / "such" / "model")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArtifactError, match="The artifact cannot be written"):
        saved(tmp_path / "file")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"input_scale": 0.0}, OptionError),
        ({"input_scale": float("nan")}, OptionError),
        ({"output_scales": []}, OptionError),
        ({"output_scales": [float("inf")]}, OptionError),
        ({"sample": np.zeros((1, 4, 6, 5), np.int8)}, DataError),
        ({"sample": np.zeros((1, 4, 6, 6), np.float32)}, DataError),
        ({"sample": np.full((1, 4, 6, 6), -128, np.int8)}, DataError),
    ],
)
def test_what_does_not_fit_is_not_compiled(tmp_path, options, kind):
    graph, sample = CASES["residual"]()
    with pytest.raises(kind) as caught:
        save_artifact(tmp_path / "model", graph, **({"input_scale": 1.0, "output_scales": [1.0], "sample": sample} | options))
    assert caught.value.what
    assert not any(tmp_path.iterdir())


def test_a_damaged_file_in_agreement_with_its_manifest_is_refused_by_the_reader(tmp_path):
    saved(tmp_path / "model")
    path = tmp_path / "model" / "params"
    path.write_bytes(path.read_bytes()[:-1])
    resealed(tmp_path / "model", lambda _: None)
    with pytest.raises(ModelError, match="The file ends too early"):
        load_artifact(tmp_path / "model")


def test_large_files_are_refused_before_they_are_read(tmp_path):
    saved(tmp_path / "model")
    with pytest.raises(ArtifactError, match="The file 'params' has"):
        load_artifact(tmp_path / "model", limits=replace(DEFAULT_LIMITS, params_bytes=200))
    with (tmp_path / "model" / "manifest.json").open("ab") as file:
        file.truncate(1 << 40)
    with pytest.raises(ArtifactError, match="has 1,099,511,627,776 bytes"):
        load_artifact(tmp_path / "model")


def test_the_symbol_and_parameters_can_be_read_alone(tmp_path):
    graph, _ = saved(tmp_path / "model")
    found = read_artifact((tmp_path / "model" / "symbol").read_bytes(), (tmp_path / "model" / "params").read_bytes())
    assert len(found.nodes) == len(graph.nodes)
