import zipfile

import numpy as np
import pytest

from mrt_studio.datasets.arrays import Arrays
from mrt_studio.errors import DataError, OptionError

ROWS = np.arange(4 * 3 * 2 * 2, dtype=np.float32).reshape(4, 3, 2, 2)


def saved(folder, array, name="rows.npy"):
    np.save(folder / name, array, allow_pickle=True)
    return str(folder / name)


@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8", "|u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_read_as_it_is(tmp_path, dtype, order):
    dataset = Arrays(path=saved(tmp_path, np.asarray(ROWS.astype(dtype), order=order)))
    np.testing.assert_array_equal(dataset.batch(0, 4).data, ROWS)
    assert dataset.batch(0, 4).labels is None


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npz_is_read_with_labels(tmp_path, save, order):
    save(tmp_path / "a.npz", pictures=np.asarray(ROWS, order=order), y=np.array([3, 1, 4, 1], np.uint8))
    batch = Arrays(path=str(tmp_path / "a.npz"), labels="y").batch(1, 4)
    np.testing.assert_array_equal(batch.data, ROWS[1:])
    assert batch.labels.tolist() == [1, 4, 1]


def test_npz_prefers_the_array_called_data(tmp_path):
    np.savez(tmp_path / "a.npz", other=ROWS[:1], data=ROWS)
    assert len(Arrays(path=str(tmp_path / "a.npz"))) == 4


def test_labels_from_another_file(tmp_path):
    dataset = Arrays(path=saved(tmp_path, ROWS), labels=saved(tmp_path, np.array([3, 1, 4, 1]), "y.npy"))
    assert dataset.batch(2, 4).labels.tolist() == [4, 1]


def test_scale_mean_and_deviation(tmp_path):
    dataset = Arrays(path=saved(tmp_path, np.full((2, 3, 5), 51, np.uint8)), scale=1 / 255, mean=[0.2, 0.1, 0], std=(1, 2, 4))
    np.testing.assert_allclose(dataset.batch(0, 2).data[1, :, 4], [0, 0.05, 0.05], atol=1e-7)


def test_flat_samples_are_allowed(tmp_path):
    assert Arrays(path=saved(tmp_path, np.ones((5, 7)))).sample_shape == (7,)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_named(tmp_path, bad):
    rows = ROWS.copy()
    rows[2, 1, 0, 0] = bad
    dataset = Arrays(path=saved(tmp_path, rows))
    assert len(dataset.batch(0, 2)) == 2
    with pytest.raises(DataError, match="not finite") as caught:
        dataset.batch(1, 4)
    assert "row 2" in caught.value.where


def test_values_beyond_float32_are_refused(tmp_path):
    with pytest.raises(DataError, match="not finite"):
        Arrays(path=saved(tmp_path, np.full((1, 1), 1e300))).batch(0, 1)


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (np.array(["a"], object), "'|O'"),
        (np.array([[1.0, {}]], object), "'|O'"),
        (np.array(["text"]), "type '<U4'"),
        (np.zeros(3, [("x", "f4")]), "numbers"),
        (np.zeros((2, 2), complex), "'<c16'"),
        (np.zeros((2, 2), bool), "'|b1'"),
        (np.zeros((2, 2), np.int64), "int64"),
        (np.float32(3), "shape is ()"),
        (np.zeros(3, np.float32), "(3,)"),
        (np.zeros((0, 3), np.float32), "(0, 3)"),
        (np.zeros((3, 0), np.float32), "(3, 0)"),
    ],
)
def test_arrays_that_are_no_samples_are_refused(tmp_path, array, why):
    with pytest.raises(DataError) as caught:
        Arrays(path=saved(tmp_path, array))
    assert why in caught.value.why
    assert caught.value.where
    assert caught.value.remedy


def test_a_pickle_is_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    for name in ("a.npy", "b.npz"):
        (np.save if name.endswith("npy") else np.savez)(tmp_path / name, np.array([Bomb()], object))
        with pytest.raises(DataError):
            Arrays(path=str(tmp_path / name))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "labels",
    [np.array([1, 2, 3]), np.array([1.0, 2, 3, 4]), np.ones((4, 1), int)],
)
def test_labels_must_be_one_integer_a_sample(tmp_path, labels):
    with pytest.raises(DataError) as caught:
        Arrays(path=saved(tmp_path, ROWS), labels=saved(tmp_path, labels, "y.npy"))
    assert "labels are" in caught.value.why


@pytest.mark.parametrize("labels", ["y", "nowhere.npy"])
def test_labels_that_are_not_there_are_told(tmp_path, labels):
    with pytest.raises(DataError):
        Arrays(path=saved(tmp_path, ROWS), labels=labels)


def test_an_archive_must_say_which_array(tmp_path):
    np.savez(tmp_path / "a.npz", a=ROWS, b=ROWS)
    with pytest.raises(DataError) as caught:
        Arrays(path=str(tmp_path / "a.npz"))
    assert caught.value.why == "The arrays are a, b."


@pytest.mark.parametrize(
    "options",
    [
        {"path": "rows.txt"},
        {"path": 3},
        {"labels": 3},
        {"scale": 0},
        {"scale": float("nan")},
        {"scale": "1"},
        {"mean": (1, 2)},
        {"std": 0.0},
        {"std": (1, 2, 0)},
    ],
)
def test_bad_options_are_refused(tmp_path, options):
    with pytest.raises(OptionError):
        Arrays(**{"path": saved(tmp_path, ROWS), **options})


def test_nothing_but_the_asked_rows_is_held(tmp_path):
    """A file of 10 GB: it is sparse, and only two rows are touched."""
    shape = (1 << 16, 3, 224, 224)
    header = np.lib.format.header_data_from_array_1_0(np.zeros(1, np.uint8)) | {"shape": shape}
    with (tmp_path / "big.npy").open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        stream.truncate(stream.tell() + int(np.prod(shape)))
    dataset = Arrays(path=str(tmp_path / "big.npy"))
    assert dataset.batch(len(dataset) - 2, len(dataset)).data.sum() == 0


def test_an_archive_entry_in_another_case_or_folder_is_not_confused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("../data.txt", b"x")
    with pytest.raises(DataError) as caught:
        Arrays(path=str(tmp_path / "a.npz"))
    assert "missing" in caught.value.why
