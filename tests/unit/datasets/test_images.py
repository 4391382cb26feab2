import os

import pytest

from mrt_studio.datasets.images import Images
from mrt_studio.errors import DataError, OptionError


def names(folder, **options):
    dataset = Images(path=str(folder), size=8, resize=8, **options)
    batch = dataset.batch(0, len(dataset))
    return batch.names, None if batch.labels is None else batch.labels.tolist()


def test_pictures_are_sorted_by_path(tmp_path, write_pictures):
    write_pictures(tmp_path, ["b.png", "a/z.jpg", "a.JPEG", "c/d/e.png"])
    (tmp_path / "notes.txt").write_text("no picture")
    assert names(tmp_path) == (("a.JPEG", "a/z.jpg", "b.png", "c/d/e.png"), None)


def test_labels_from_folders(tmp_path, write_pictures):
    write_pictures(tmp_path, ["dog/1.png", "cat/1.png", "cat/more/2.png"])
    assert names(tmp_path, labels="folder") == (("cat/1.png", "cat/more/2.png", "dog/1.png"), [0, 0, 1])


def test_labels_from_folders_that_are_numbers(tmp_path, write_pictures):
    write_pictures(tmp_path, ["10/a.png", "2/a.png"])
    assert names(tmp_path, labels="folder") == (("10/a.png", "2/a.png"), [10, 2])


def test_labels_from_names(tmp_path, write_pictures):
    write_pictures(tmp_path, ["imagenet_01_243.png", "imagenet_00_7.jpg"])
    assert names(tmp_path, labels="name") == (("imagenet_00_7.jpg", "imagenet_01_243.png"), [7, 243])


@pytest.mark.parametrize(("labels", "name"), [("folder", "a.png"), ("name", "cat.png"), ("name", f"{10**12}.png")])
def test_a_picture_without_label_is_named(tmp_path, labels, name, write_pictures):
    write_pictures(tmp_path, [name])
    with pytest.raises(DataError, match="no label") as caught:
        names(tmp_path, labels=labels)
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.remedy


def test_links_out_of_the_folder_are_not_followed(tmp_path, write_pictures):
    write_pictures(tmp_path, ["in/a.png", "out/secret.png"])
    inside = tmp_path / "in"
    (inside / "file.png").symlink_to(tmp_path / "out/secret.png")
    (inside / "folder").symlink_to(tmp_path / "out")
    (inside / "up.png").symlink_to("../out/../out/secret.png")
    (inside / "loop.png").symlink_to("loop.png")
    (inside / "gone.png").symlink_to("nowhere.png")
    (inside / "own.png").symlink_to("a.png")
    assert names(inside)[0] == ("a.png", "own.png")


def test_a_sibling_with_the_same_beginning_is_outside(tmp_path, write_pictures):
    write_pictures(tmp_path, ["in/a.png", "in_evil/b.png"])
    (tmp_path / "in/b.png").symlink_to(tmp_path / "in_evil/b.png")
    assert names(tmp_path / "in")[0] == ("a.png",)


def test_a_linked_root_is_read(tmp_path, write_pictures):
    write_pictures(tmp_path, ["in/a.png"])
    (tmp_path / "link").symlink_to(tmp_path / "in")
    assert names(tmp_path / "link")[0] == ("a.png",)


def test_pipes_and_folders_are_no_pictures(tmp_path, write_pictures):
    write_pictures(tmp_path, ["a.png"])
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    assert names(tmp_path)[0] == ("a.png",)


def test_a_name_that_is_no_unicode_can_be_shown(tmp_path, write_pictures):
    write_pictures(tmp_path, ["a.png"])
    (tmp_path / "a.png").rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"))
    assert names(tmp_path)[0] == ("?.png",)


@pytest.mark.parametrize("path", ["nowhere", "a.png", "x" * 5000, "nul\0", "~no_such_user_here/x"])
def test_a_path_that_is_no_folder_is_refused(tmp_path, monkeypatch, path, write_pictures):
    write_pictures(tmp_path, ["a.png"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        Images(path=path)
    assert caught.value.where == path
    assert caught.value.remedy


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no pictures") as caught:
        Images(path=str(tmp_path))
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize("options", [{"path": ""}, {"path": 3}, {"labels": "json"}])
def test_bad_options_are_refused(tmp_path, options):
    with pytest.raises(OptionError):
        Images(**{"path": str(tmp_path), **options})
