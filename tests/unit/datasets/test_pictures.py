import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mrt_studio.datasets import pictures
from mrt_studio.datasets.images import Images
from mrt_studio.datasets.pictures import read_picture
from mrt_studio.errors import DataError, OptionError


def images(folder, **options):
    return Images(path=str(folder), **{"size": 8, "resize": 8, "mean": 0, "std": 1, **options})


def test_the_centre_is_cropped_after_the_shorter_side_is_resized(tmp_path):
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    data = images(tmp_path, size=10, resize=10).batch(0, 1).data
    np.testing.assert_array_equal(data[:, :, :, 1:-1], 1)
    assert images(tmp_path, size=10, resize=10).sample_shape == (3, 10, 10)


def test_a_tall_picture_is_resized_by_its_width(tmp_path):
    pixels = np.zeros((60, 20, 3), np.uint8)
    pixels[20:40] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(images(tmp_path, size=10, resize=10).batch(0, 1).data[:, :, 1:-1], 1)


def test_a_picture_of_the_right_size_keeps_its_pixels(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, (8, 8, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    data = images(tmp_path).batch(0, 1).data
    np.testing.assert_array_equal(data, np.float32(pixels.transpose(2, 0, 1)[None]) / np.float32(255))


def test_mean_and_deviation_follow_the_order_of_channels(tmp_path):
    Image.new("RGB", (8, 8), (255, 51, 0)).save(tmp_path / "a.png")
    rgb = images(tmp_path, mean=(1, 0.2, 0.1), std=(1, 1, 0.5)).batch(0, 1).data
    np.testing.assert_allclose(rgb[0, :, 0, 0], [0, 0, -0.2], atol=1e-6)
    bgr = images(tmp_path, order="BGR", mean=(1, 0.2, 0.1), std=(1, 1, 0.5)).batch(0, 1).data
    np.testing.assert_allclose(bgr[0, :, 0, 0], [-1, 0, 1.8], atol=1e-6)


def test_bicubic_and_bilinear_differ(tmp_path):
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (30, 30, 3)).astype(np.uint8)).save(tmp_path / "a.png")
    assert (images(tmp_path).batch(0, 1).data != images(tmp_path, filter="bicubic").batch(0, 1).data).any()


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    Image.new("RGB", (8, 8), (255, 255, 255)).convert(mode).save(path)
    np.testing.assert_allclose(images(tmp_path).batch(0, 1).data, 1, atol=0.01)


def test_a_palette_with_transparency_is_read(tmp_path):
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.save(tmp_path / "a.png", transparency=bytes([0, 128]))
    np.testing.assert_array_equal(images(tmp_path).batch(0, 1).data[0, :, 0, 0], [1, 0, 0])


def test_sixteen_bits_are_refused_and_not_clipped(tmp_path):
    Image.fromarray(np.full((8, 8), 40000, np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="picture cannot be used") as caught:
        images(tmp_path).batch(0, 1)
    assert "16 bits" in caught.value.why


def test_other_formats_are_refused_whatever_their_name(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", format="GIF")
    with pytest.raises(DataError, match="picture cannot be used") as caught:
        images(tmp_path).batch(0, 1)
    assert caught.value.where == str(tmp_path / "a.png")


def png(width, height):
    """A PNG that announces a size and holds almost nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(9000, 9000), (12000, 12000), (30000, 30000), (2**31 - 1, 2**31 - 1), (0, 5)])
def test_decompression_bombs_are_refused(tmp_path, size):
    (tmp_path / "a.png").write_bytes(png(*size))
    with pytest.raises(DataError, match="picture cannot be used") as caught:
        read_picture(tmp_path / "a.png")
    assert caught.value.why
    assert caught.value.remedy


def test_a_picture_too_long_to_resize_is_refused(tmp_path):
    Image.new("RGB", (1, pictures.MAX_PIXELS // 60000)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="picture cannot be used") as caught:
        images(tmp_path, size=256, resize=256).batch(0, 1)
    assert "too long" in caught.value.why


def test_damaged_exif_data_is_no_matter(tmp_path):
    Image.new("RGB", (8, 8), (255, 255, 255)).save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01\x12")
    np.testing.assert_array_equal(images(tmp_path).batch(0, 1).data, 1)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_damaged_files_give_one_clear_error_or_a_picture(tmp_path, suffix):
    path, chance = tmp_path / f"a.{suffix}", random.Random(0)
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (24, 24, 3)).astype(np.uint8)).save(path)
    good, refused = path.read_bytes(), 0
    damaged = [good[:cut] for cut in range(0, len(good), 97)]
    for _ in range(150):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken) // 3)] = chance.randrange(256)
        damaged.append(bytes(broken))
    for content in damaged:
        path.write_bytes(content)
        try:
            assert read_picture(path).mode == "RGB"
        except DataError:
            refused += 1
    assert refused >= len(good) // 97


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("size", 0),
        ("size", "8"),
        ("size", 9),
        ("resize", 10**6),
        ("order", "GBR"),
        ("filter", "nearest"),
        ("mean", (1, 2)),
        ("mean", float("nan")),
        ("std", 0),
        ("std", (1, 1, -1)),
        ("std", "1"),
        ("std", ()),
    ],
)
def test_bad_options_are_refused(tmp_path, option, value):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(OptionError) as caught:
        images(tmp_path, **{option: value})
    assert caught.value.why
