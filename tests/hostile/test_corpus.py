"""Files that people really hand in, and files made to harm, kept: every reader refuses every one that is not its own."""

from pathlib import Path

import pytest

from mrt_studio.errors import StudioError
from tests.hostile.kinds import KINDS

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
OWN = {
    "whole.params": {"params"},
    "whole-symbol.json": {"symbol", "integer symbol"},
    "arrays.npz": {"npz"},
    "array.npy": {"npy"},
    "empty": {"toml recipe", "yaml recipe", "ini recipe"},
    "native-symbol.json": {"symbol", "integer symbol"},  # an unknown operator, which is shown but never run
    **{name: {"npz"} for name in ("torch.pt", "traversal.zip", "bomb.zip")},  # an archive without arrays
}
SAID = {
    "empty": "empty",
    "page.html": "a web page",
    "error.xml": "a web page",
    "lfs_pointer": "Git LFS pointer",
    "truncated.params": "ends too early",
    "torch.pt": "a PyTorch file",
    "torch_legacy.pth": "a PyTorch file",
    "pickle.pkl": "a pickled Python object",
    "model.onnx": "an ONNX model",
    "model.tflite": "a TensorFlow Lite model",
    "keras.h5": "an HDF5 file",
    "model.safetensors": "a safetensors file",
    "arrays.npz": "a NumPy archive",
    "array.npy": "a NumPy array",
    "params.gz": "a gzip archive",
    "model.tar": "a tar archive",
    "traversal.zip": "a zip archive",
    "whole-symbol.json": "a JSON text",
}
"""What the message about a parameter file says."""


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.name)
def test_every_reader_refuses_what_is_not_its_own(tmp_path, path):
    for name, kind in KINDS.items():
        (folder := tmp_path / name).mkdir()
        if name in OWN.get(path.name, ()):
            continue
        with pytest.raises(StudioError) as caught:
            kind.read(path.read_bytes(), folder)
        error = caught.value
        assert error.where or error.why, name
        assert len(str(error)) < 4000, name
        assert "<img" not in error.what or "'<img" in error.what, name
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize("name", SAID)
def test_what_was_handed_in_instead_of_parameters_is_named(tmp_path, name):
    path = Path(__file__).parent / "corpus" / name
    with pytest.raises(StudioError) as caught:
        KINDS["params"].read(path.read_bytes(), tmp_path)
    assert SAID[name] in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["symbol", "compiled symbol", "compiled params", "npy", "npz", "png", "archive"])
@pytest.mark.parametrize("name", ["page.html", "lfs_pointer", "torch_legacy.pth", "model.onnx"])
def test_other_readers_name_it_too(tmp_path, kind, name):
    path = Path(__file__).parent / "corpus" / name
    with pytest.raises(StudioError) as caught:
        KINDS[kind].read(path.read_bytes(), tmp_path)
    assert SAID[name] in str(caught.value)
