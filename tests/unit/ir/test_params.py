"""Parameter files: round trips, MXNet itself, and one row for each thing that can be wrong."""

import io
import json
import pickle
import zipfile
from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mrt_studio.errors import FormatError, ModelError
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.params import load_params, read_params, save_params, write_params

V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
TYPES = ["float32", "float64", "float16", "uint8", "int32", "int8", "int64"]


def file(*arrays, names=("arg:w",), count=None):
    """A parameter file from the bytes of its arrays."""
    texts = [n if isinstance(n, bytes) else n.encode() for n in names]
    return (
        pack("<QQQ", 0x112, 0, len(arrays) if count is None else count)
        + b"".join(arrays)
        + pack("<Q", len(texts))
        + b"".join(pack("<Q", len(t)) + t for t in texts)
    )


def array(shape=(2,), data=bytes(8), *, magic=V2, stype=0, device=(1, 0), flag=0, rank=None):
    storage = () if magic == V1 else (stype,)
    rank = len(shape) if rank is None else rank
    return pack(f"<I{len(storage)}ii{len(shape)}qiii", magic, *storage, rank, *shape, *device, flag) + data


def npz():
    out = io.BytesIO()
    np.savez(out, w=np.zeros(3))
    return out.getvalue()


def npy():
    out = io.BytesIO()
    np.save(out, np.zeros(3))
    return out.getvalue()


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in names:
            z.writestr(name, b"x")
    return out.getvalue()


NAN = np.array([np.nan, np.inf], "<f4").tobytes()

BAD = {
    "empty": (b"", "it is empty"),
    "html": (b"\n <!DOCTYPE html><html>", "a web page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
    "npz": (npz(), "a NumPy archive"),
    "npy": (npy(), "a NumPy array"),
    "zip": (archive("readme.txt"), "a zip archive"),
    "torch zip": (archive("archive/data.pkl"), "a PyTorch file"),
    "torch": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "never read"),
    "pickle": (pickle.dumps({"w": [1.0]}), "a pickled Python object"),
    "onnx": (b"\x08\x07\x12\x07pytorch:", "an ONNX model"),
    "tflite": (b"\x1c\0\0\0TFL3\0\0", "a TensorFlow Lite model"),
    "safetensors": (pack("<Q", 40) + b'{"w":{}}', "a safetensors file"),
    "hdf5": (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    "gzip": (b"\x1f\x8b\x08\0", "a gzip archive"),
    "tar": (b"a" * 257 + b"ustar", "a tar archive"),
    "json": (json.dumps({"nodes": []}).encode(), "a JSON text"),
    "cvm": (pack("<Q", 0xF7E58D4F05049CB7), "of TVM or the CVM"),
    "noise": (b"0123456789", "begins with 30 31 32 33"),
    "reserved": (pack("<QQQ", 0x112, 1, 0), "reserved field is 0x1"),
    "short header": (pack("<QQ", 0x112, 0), "the number of arrays needs 8 bytes and 0 are left"),
    "count": (pack("<QQQ", 0x112, 0, 1 << 60), "claims to hold 1,152,921,504,606,846,976 arrays"),
    "magic": (file(array(magic=0xDEADBEEF)), "unknown magic number 0xdeadbeef"),
    "row sparse": (file(array(stype=1)), "The array is row-sparse"),
    "csr": (file(array(stype=2)), "The array is CSR"),
    "storage": (file(array(stype=-1)), "unknown way -1"),
    "no dimensions": (file(array((), b"")), "has no dimensions"),
    "negative rank": (file(array(rank=-1)), "claims to have -1 dimensions"),
    "rank": (file(array(rank=9)), "claims to have 9 dimensions"),
    "legacy rank 0": (file(pack("<I", 0)), "has no dimensions"),
    "zero dimension": (file(array((2, 0))), "claims to have the shape (2, 0)"),
    "negative dimension": (file(array((-2,))), "claims to have the shape (-2,)"),
    "wrapping product": (file(array((1 << 62, 4))), "at most 4,294,967,296 elements"),
    "device": (file(array(device=(99, 0))), "unknown device type 99"),
    "device number": (file(array(device=(1, -1))), "device type 1, number -1"),
    "bool": (file(array(flag=7)), "elements of type bool"),
    "type": (file(array(flag=-5)), "elements of type -5"),
    "cut data": (file(array((1000,)))[:-1], "the data of shape (1000,), type float32 needs 4,000 bytes and 28 are left"),
    "cut array": (file(array())[:40], "array 1 of 1, byte 36"),
    "cut says sizes": (file(array((1000,))), "At least 4,056 bytes were expected and 85 found"),
    "no names": (file(array(), array(), names=()), "2 arrays but 0 names"),
    "more names": (file(array(), names=("arg:a", "arg:b")), "1 arrays but 2 names"),
    "name length": (file(array())[:-13] + pack("<Q", 1 << 40), "claims to have 1,099,511,627,776 bytes"),
    "cut name": (file(array())[:-1], "the name needs 5 bytes and 4 are left"),
    "encoding": (file(array(), names=(b"arg:\xff",)), "not UTF-8"),
    "empty name": (file(array(), names=("arg:",)), "The name is empty"),
    "long name": (file(array(), names=("arg:" + "w" * 1025,)), "has 1,025 characters"),
    "control": (file(array(), names=("arg:a\nb",)), r"cannot be printed: 'a\nb'"),
    "right to left": (file(array(), names=("arg:a\u202eb",)), "cannot be printed"),
    "duplicate": (file(array(), array(), names=("arg:w", "arg:w")), "Two arrays are called 'w'"),
    "clash": (file(array(), array(), names=("arg:w", "aux:w")), "Two arrays are called 'w': 'arg:w' and 'aux:w'"),
    "trailing": (file(array()) + b"xyz", "3 bytes follow the end"),
    "not finite": (file(array(data=NAN)), "2 of 2 values are not finite (1 NaN, 1 infinite)"),
    "not finite where": (file(array(data=NAN)), "model.params, array 'w'"),
}


@pytest.mark.parametrize(("data", "part"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_the_reason(data, part, tmp_path):
    with pytest.raises(FormatError) as caught:
        read_params(data, where="model.params")
    assert part in str(caught.value)
    assert "model.params" in caught.value.where
    path = tmp_path / "model.params"
    path.write_bytes(data)
    with pytest.raises(FormatError) as again:
        load_params(path)
    assert again.value.what == caught.value.what


@pytest.mark.parametrize("name", [n for n, (d, _) in BAD.items() if d[:8] == pack("<Q", 0x112) and "not finite" not in n])
def test_errors_inside_the_list_say_the_byte(name):
    with pytest.raises(FormatError) as caught:
        read_params(BAD[name][0], where="f")
    assert "byte " in caught.value.where


def test_a_file_that_cannot_be_opened(tmp_path):
    for path in (tmp_path / "none.params", tmp_path):
        with pytest.raises(FormatError, match="cannot be opened"):
            load_params(path)


def test_limits_are_kept():
    data = write_params({"w": np.zeros(8, np.float32), "v": np.zeros(8, np.float32)})
    for limits in (Limits(params_bytes=10), Limits(arrays=1), Limits(elements=7), Limits(name=0)):
        with pytest.raises(FormatError):
            read_params(data, where="f", limits=limits)


def test_non_finite_values_pass_when_allowed():
    assert np.isnan(read_params(file(array(data=NAN)), where="f", allow_non_finite=True)["w"][0])


def test_non_finite_values_are_counted_in_all_of_a_large_array():
    values = np.zeros(600_000, np.float32)
    values[[0, 300_000, 599_999]] = np.nan, np.inf, -np.inf
    with pytest.raises(FormatError, match=r"3 of 600,000 values are not finite \(1 NaN, 2 infinite\)"):
        read_params(write_params({"w": values}), where="f")


def test_prefixes_are_stripped_once():
    found = read_params(file(array(), array(), array(), array(), names=("arg:a", "aux:b", "c", "arg:arg:d")), where="f")
    assert list(found) == ["a", "b", "c", "arg:d"]


def test_older_forms_give_the_same_array():
    values = np.arange(6, dtype="<f4")
    v1 = array((2, 3), values.tobytes(), magic=V1)
    v3 = array((2, 3), values.tobytes(), magic=V3)
    legacy = pack("<IIIiii", 2, 2, 3, 1, 0, 0) + values.tobytes()
    found = read_params(file(v1, v3, legacy, names=("1", "3", "0")), where="f")
    for name in "130":
        np.testing.assert_array_equal(found[name], values.reshape(2, 3))


def test_older_forms_are_read_as_mxnet_reads_them(mx, tmp_path):
    values = np.arange(6, dtype="<f4")
    legacy = pack("<IIIiii", 2, 2, 3, 1, 0, 0) + values.tobytes()
    path = tmp_path / "old.params"
    path.write_bytes(file(array((2, 3), values.tobytes(), magic=V1), legacy, names=("arg:a", "arg:b")))
    theirs, ours = mx.nd.load(str(path)), load_params(path)
    for name in "ab":
        np.testing.assert_array_equal(theirs[f"arg:{name}"].asnumpy(), ours[name])


@pytest.mark.filterwarnings("ignore:Please import `csr_matrix`:DeprecationWarning")
@pytest.mark.parametrize("dtype", TYPES)
def test_mxnet_and_the_studio_read_each_other(mx, dtype, tmp_path):
    values = {"b": np.arange(-3, 9).astype(dtype).reshape(3, 4), "ä 名": np.ones((1, 2, 1), dtype)}
    ours, theirs = tmp_path / "ours.params", tmp_path / "theirs.params"
    ours.write_bytes(write_params(values))
    mx.nd.save(str(theirs), {f"arg:{k}": mx.nd.array(v, dtype=dtype) for k, v in values.items()})
    read, back = load_params(theirs), mx.nd.load(str(ours))
    for name, value in values.items():
        assert read[name].dtype == value.dtype
        np.testing.assert_array_equal(read[name], value)
        np.testing.assert_array_equal(back[f"arg:{name}"].asnumpy(), value)


NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs")), min_size=1, max_size=20)
ARRAYS = hnp.arrays(st.sampled_from([np.dtype(t) for t in TYPES]), hnp.array_shapes(max_dims=8, max_side=3))


@settings(deadline=None)
@given(st.dictionaries(NAMES, ARRAYS, max_size=5))
def test_what_is_written_is_read_back(params):
    data = write_params(params)
    assert data == write_params(dict(reversed(params.items())))
    out = io.BytesIO()
    save_params(params, out)
    assert out.getvalue() == data
    found = read_params(data, where="f", allow_non_finite=True)
    assert list(found) == sorted(params)
    for name, value in params.items():
        assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
        assert found[name].tobytes() == value.tobytes()
        assert found[name].flags.aligned
        assert not found[name].flags.writeable


def test_other_layouts_in_memory_give_the_same_bytes():
    plain = np.arange(12, dtype=np.float32).reshape(3, 4)
    expected = write_params({"w": plain})
    assert write_params({"w": np.asfortranarray(plain)}) == expected
    assert write_params({"w": plain.astype(">f4")}) == expected
    assert write_params({"w": np.repeat(plain, 2, axis=1)[:, ::2]}) == expected


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("w", np.zeros(2, bool), "type bool"),
        ("w", np.zeros(2, object), "type object"),
        ("w", np.float32(1)[...], "shape ()"),
        ("w", np.zeros((2, 0), np.float32), "shape (2, 0)"),
        ("a\0", np.zeros(2, np.float32), "cannot be printed"),
    ],
)
def test_what_could_not_be_read_is_not_written(name, value, part):
    out = io.BytesIO()
    with pytest.raises(ModelError) as caught:
        save_params({"a": np.zeros(1, np.float32), name: np.asarray(value)}, out)
    assert part in str(caught.value)
    assert out.getvalue() == b""


def test_loaded_arrays_do_not_depend_on_the_file(tmp_path):
    path = tmp_path / "model.params"
    path.write_bytes(write_params({"w": np.arange(100_000, dtype=np.float32)}))
    found = load_params(path)["w"]
    path.write_bytes(b"")
    np.testing.assert_array_equal(found, np.arange(100_000))
    assert not found.flags.writeable


def test_bytes_are_not_copied():
    data = write_params({"w": np.arange(8, dtype=np.float32)})
    assert np.shares_memory(read_params(data, where="f")["w"], np.frombuffer(data, np.uint8))
