"""The number of a project's format, and the way from older ones."""

import json
import shutil

import pytest

from mrt_studio.errors import ArtifactError
from mrt_studio.session.project_format import FORMAT, PROJECT, seal
from mrt_studio.session.store import Store
from tests.unit.session.test_store import Pages, Stage


def old_project(folder):
    """Make a project as format 1 had it: no number, no seals."""
    store = Store(folder)
    for number in range(3):
        store.save("pages", f"k{number}", Pages(number), 1)
        path = store.path("pages", f"k{number}") / "summary.json"
        stored = json.loads(path.read_text())
        path.write_text(json.dumps({key: stored[key] for key in ("summary", "seconds", "files")}))
    store.close()
    (folder / PROJECT).unlink()
    return folder


def test_a_new_project_says_its_format(tmp_path):
    store = Store(tmp_path)
    assert store.format == FORMAT
    assert not (tmp_path / PROJECT).exists()
    store.own()
    assert json.loads((tmp_path / PROJECT).read_text())["format"] == FORMAT


def test_an_old_project_can_be_read_and_is_migrated_at_the_first_write(tmp_path):
    folder = old_project(tmp_path / "project")
    damaged = Store(folder).path("pages", "k2") / "page0"
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    store = Store(folder)
    assert store.format == 1
    assert store.load(Stage(), "k1") == Pages(1)
    assert not (folder / PROJECT).exists()
    store.write_recipe({})
    assert store.format == FORMAT
    for reader in (store, Store(folder)):
        assert reader.format == FORMAT
        assert reader.load(Stage(), "k0") == Pages(0)
        assert reader.summary("pages", "k0") == {"summary": {"number": 0}, "seconds": 1}
        with pytest.raises(ArtifactError, match="damaged"):
            reader.load(Stage(), "k2")
    stored = json.loads((store.path("pages", "k0") / "summary.json").read_text())
    assert stored["seal"] == seal(stored)


def test_a_migration_that_stopped_half_way_is_finished(tmp_path):
    folder = old_project(tmp_path / "project")
    path = folder / "artifacts" / "pages-k1" / "summary.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, "seal": seal(stored)}))
    Store(folder).own()
    assert [Store(folder).load(Stage(), f"k{i}").number for i in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("number", [FORMAT + 1, 10**9])
def test_a_newer_project_is_refused_and_left_alone(tmp_path, number):
    folder = old_project(tmp_path / "project")
    (folder / PROJECT).write_text(json.dumps({"format": number, "more": []}))
    shutil.copytree(folder, tmp_path / "before")
    with pytest.raises(ArtifactError, match=f"has format {number}") as caught:
        Store(folder)
    assert "newer" in caught.value.why
    assert "Update" in caught.value.remedy
    assert {p.name for p in folder.iterdir()} == {p.name for p in (tmp_path / "before").iterdir()}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "2"}', '{"format": true}', '{"format": 0}', "[" * 100_000, " " * 10_000])
def test_a_damaged_number_is_refused(tmp_path, text):
    (tmp_path / PROJECT).write_text(text)
    with pytest.raises(ArtifactError, match="description is damaged"):
        Store(tmp_path)


def test_every_flipped_bit_of_a_summary_is_found(tmp_path):
    store = Store(tmp_path)
    store.save("pages", "k", Pages(7), 1)
    path = store.path("pages", "k") / "summary.json"
    good = path.read_bytes()
    for at in range(0, len(good), 7):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(ArtifactError, match="damaged"):
            store.summary("pages", "k")
