"""Pictures of samples: the pixels of the files they came from, small, and none where there are none."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from mrt_studio.session.pictures import MOST, thumbnails
from mrt_studio.session.session import Session


def pixels(address):
    head, _, data = address.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def session_on(folder, dataset):
    session = Session(folder / "project")
    session.configure("calibrate", dataset=dataset)
    return session


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_the_normalization_of_a_picture_is_undone(tmp_path, order):
    (tmp_path / "photos").mkdir()
    photo = np.zeros((32, 32, 3), np.uint8)
    photo[:, :16], photo[:, 16:] = (250, 120, 10), (0, 200, 90)
    Image.fromarray(photo).save(tmp_path / "photos" / "two.png")
    session = session_on(tmp_path, f"images(path={str(tmp_path / 'photos')!r}, size=32, resize=32, order={order!r})")
    assert np.array_equal(pixels(thumbnails(session, [0])[0]), photo)
    assert pixels(thumbnails(session, [0], pixels=8)[0]).shape == (8, 8, 3)


def test_other_arrays_are_drawn_from_their_least_to_their_largest(tmp_path):
    values = np.linspace(-3, 5, 16 * 16, dtype=np.float32).reshape(1, 1, 16, 16)
    np.save(tmp_path / "x.npy", values)
    found = pixels(thumbnails(session_on(tmp_path, f"arrays(path={str(tmp_path / 'x.npy')!r})"), [0])[0])
    assert np.array_equal(found[..., 0], np.rint(255 * (values[0, 0].astype(np.float64) + 3) / 8).astype(np.uint8))


@pytest.mark.parametrize("shape", [(3, 8, 8), (4, 32, 32), (100,), (1, 1, 16, 16)])
def test_what_is_no_picture_has_none(tmp_path, shape):
    assert thumbnails(session_on(tmp_path, f"stdrandom(shape={shape}, count=4)"), [0]) == {}


def test_only_so_many_are_made_and_only_of_samples_there_are(tmp_path):
    session = session_on(tmp_path, "stdrandom(shape=(1, 16, 16), count=100)")
    assert list(thumbnails(session, [1000, 3, 2])) == [3, 2]
    assert len(thumbnails(session, range(100))) == MOST
