"""What the reference API writes and reads, and what it compiles."""

import json

import numpy as np
import pytest

from mrt_studio import MRT, Model
from mrt_studio.cvm.artifact import load_artifact, verify_artifact
from mrt_studio.cvm.machine import run_reference
from mrt_studio.errors import ArtifactError, DataError, QuantizationError, StudioError
from tests.models.tiny import SHAPE
from tests.unit.mrt.helpers import digest, integers, noise, snapshot


def test_save_and_load_keep_everything(mrt, tmp_path):
    mrt.set_input_prec(7)
    mrt.set_out_prec(9)
    mrt.set_shift_bits(3)
    mrt.set_softmax_lambd(8)
    mrt.set_threshold("conv1", 1.5)
    mrt.quantize()
    mrt.save("net", tmp_path / "data")
    again = MRT.load("net", tmp_path / "data")
    for ask in ("get_output_scales", "get_maps", "get_inputs_ext", "observe"):
        assert getattr(again, ask)() == getattr(mrt, ask)()
    assert snapshot(again, tmp_path / "a") == snapshot(mrt, tmp_path / "b")
    again.quantize()
    assert snapshot(again, tmp_path / "c") == snapshot(mrt, tmp_path / "b")
    for tool in (mrt, again):
        tool.set_data(noise(3, seed=9))
    assert again.calibrate() == mrt.calibrate()
    assert digest(again.quantize()) == digest(mrt.quantize())


def test_save_and_load_before_quantization(mrt, prepared, tmp_path):
    mrt.save("net", tmp_path)
    again = MRT.load("net", tmp_path)
    assert again.observe() == mrt.observe()
    assert digest(again.quantize()) == digest(mrt.quantize())
    with pytest.raises(DataError):
        again.calibrate()
    prepared.get_mrt().save("bare", tmp_path)
    bare = MRT.load("bare", tmp_path)
    assert digest(bare.current_model) == digest(prepared)
    with pytest.raises(QuantizationError):
        bare.quantize()


def test_the_ext_file_begins_with_mrts_four_lines(mrt, tmp_path):
    mrt.quantize()
    mrt.save("net", tmp_path)
    old_names, thresholds, precisions, scales, _ = (json.loads(line) for line in (tmp_path / "net.ext").read_text().splitlines())
    assert old_names == ["fc0"]
    assert thresholds == mrt.observe()
    assert precisions["data"] == {"out_key": 8}
    assert scales["data"] == mrt.get_inputs_ext()["data"]["scale"]


@pytest.mark.parametrize("name", ["net.ext", "net.json", "net.params", "net.prepared.json", "net.prepared.params", "net.stats.npz", "net.sample.npy"])
@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b""), lambda p: p.write_bytes(p.read_bytes()[:-40])])
def test_damaged_files_are_errors(mrt, tmp_path, name, damage):
    mrt.quantize()
    mrt.save("net", tmp_path)
    damage(tmp_path / name)
    with pytest.raises(StudioError) as error:
        MRT.load("net", tmp_path)
    assert error.value.remedy


def test_folders_that_cannot_be_written_are_errors(mrt, prepared, tmp_path):
    (tmp_path / "file").touch()
    model = mrt.quantize()
    for write in (
        lambda: mrt.save("net", tmp_path / "file" / "x"),
        lambda: prepared.save(tmp_path / "file" / "a.json", tmp_path / "file" / "a.params"),
        lambda: prepared.save(tmp_path / "no" / "a.json", tmp_path / "no" / "a.params"),
        lambda: model.to_cvm("net", tmp_path / "file" / "x"),
    ):
        with pytest.raises(ArtifactError):
            write()
    assert [p.name for p in tmp_path.iterdir() if p.name not in ("tiny-symbol.json", "tiny-0000.params")] == ["file"]


def test_to_cvm_writes_a_sound_artifact(mrt, tmp_path):
    model = mrt.quantize()
    folder = model.to_cvm("net", tmp_path)
    assert folder == tmp_path / "net"
    assert verify_artifact(folder).equal
    compiled = load_artifact(folder)
    assert compiled.ext.scale == mrt.get_inputs_ext()["data"]["scale"]
    assert list(compiled.ext.output_scales) == mrt.get_output_scales()
    codes, (expected,) = integers(model, noise(1))
    assert np.array_equal(compiled.sample, codes)
    assert np.array_equal(run_reference(compiled.graph, {"data": codes})[0], expected)


@pytest.mark.parametrize(("shape", "batch"), [(None, 1), ((5, *SHAPE), 5), ((-1, *SHAPE), 1)])
def test_to_cvm_takes_a_batch(mrt, tmp_path, shape, batch):
    folder = mrt.quantize().to_cvm("net", str(tmp_path), input_shape=shape, target="cpu")
    assert load_artifact(folder).sample.shape == (batch, *SHAPE)
    assert verify_artifact(folder).equal


def test_two_runs_in_one_process_give_the_same_bytes(files, tmp_path):
    made = []
    for run in range(2):
        mrt = Model.load(*files).prepare((-1, *SHAPE)).get_mrt()
        mrt.set_data(noise(4))
        mrt.calibrate()
        mrt.quantize()
        made.append(snapshot(mrt, tmp_path / str(run)))
    assert made[0] == made[1]


@pytest.mark.parametrize("options", [{"target": "tpu"}, {"input_shape": (1, 3, 8)}, {"input_shape": (0, 3, 8, 8)}, {"input_shape": (1, 4, 8, 8)}])
def test_unusable_options_of_to_cvm_are_refused(mrt, tmp_path, options):
    with pytest.raises(StudioError):
        mrt.quantize().to_cvm("net", tmp_path, **options)
    assert not (tmp_path / "net").exists()


def test_a_float_model_cannot_be_compiled(prepared, tmp_path):
    with pytest.raises(QuantizationError):
        prepared.to_cvm("net", tmp_path)


def test_lenet_end_to_end(lenet, tmp_path):
    mrt = Model.load(*lenet.files).prepare((-1, 1, 28, 28)).get_mrt()
    mrt.set_data(lenet.calibration)
    mrt.calibrate()
    model = mrt.quantize()
    folder = model.to_cvm("lenet", tmp_path)
    assert verify_artifact(folder).equal
    _, (logits,) = integers(model, lenet.images[:100])
    assert (logits.argmax(1) == lenet.labels[:100]).mean() >= 0.95
    mrt.save("lenet", tmp_path / "data")
    assert snapshot(MRT.load("lenet", tmp_path / "data"), tmp_path / "again") == {p.name: p.read_bytes() for p in folder.iterdir()}
