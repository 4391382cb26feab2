import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from mrt_studio.errors import ArtifactError
from mrt_studio.session.store import Store

CHUNKS = 12


@dataclass(frozen=True)
class Pages:
    """An artifact of several files that all hold the same number."""

    number: int

    def save(self, folder: Path) -> None:
        for i in range(CHUNKS):
            (folder / f"page{i}").write_bytes(self.number.to_bytes(4, "big") * 4096)
        (folder / "inner").mkdir()
        (folder / "inner" / "last").write_text(str(self.number))

    @classmethod
    def load(cls, folder: Path):
        return cls(int((folder / "inner" / "last").read_text()))

    def summary(self):
        return {"number": self.number}


class Stage:
    name = "pages"
    artifact = Pages


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "project")


def test_what_is_saved_is_loaded(store):
    assert not store.has("pages", "k")
    store.save("pages", "k", Pages(7), 1.23456)
    assert store.has("pages", "k")
    assert store.load(Stage(), "k") == Pages(7)
    assert store.summary("pages", "k") == {"summary": {"number": 7}, "seconds": 1.235}
    store.save("pages", "k", Pages(8), 1)
    assert store.load(Stage(), "k") == Pages(8)
    store.remove("pages", "k")
    store.remove("pages", "k")
    assert not store.has("pages", "k")
    assert list((store.folder / "artifacts").iterdir()) == []


def test_what_is_not_there_is_an_error(store):
    with pytest.raises(ArtifactError, match="no result") as error:
        store.load(Stage(), "k")
    assert error.value.remedy == "Run pages."
    with pytest.raises(ArtifactError, match="no result"):
        store.summary("pages", "k")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "page3").write_bytes((folder / "page3").read_bytes()[:-1]),
        lambda folder: (folder / "page3").write_bytes(b"\1" + (folder / "page3").read_bytes()[1:]),
        lambda folder: (folder / "page3").unlink(),
        lambda folder: (folder / "inner" / "last").write_text("9"),
        lambda folder: (folder / "more").touch(),
    ],
    ids=["shorter", "flipped", "missing", "inner", "more"],
)
def test_a_changed_file_is_found(store, damage):
    store.save("pages", "k", Pages(7), 1)
    damage(store.path("pages", "k"))
    with pytest.raises(ArtifactError, match="damaged") as error:
        store.load(Stage(), "k")
    assert str(store.path("pages", "k")) in error.value.where
    assert error.value.why
    assert error.value.remedy == "Run pages again."


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"summary": {}, "seconds": 1}', '{"summary": [], "seconds": 1, "files": {}}', "\xff"])
def test_a_damaged_summary_is_found(store, text):
    store.save("pages", "k", Pages(7), 1)
    (store.path("pages", "k") / "summary.json").write_bytes(text.encode("latin-1"))
    for read in (lambda: store.load(Stage(), "k"), lambda: store.summary("pages", "k")):
        with pytest.raises(ArtifactError, match="damaged"):
            read()


def test_a_failed_save_leaves_the_old_artifact(store):
    class Broken(Pages):
        def save(self, folder):
            super().save(folder)
            raise OSError(28, "No space left on device")

    store.save("pages", "k", Pages(7), 1)
    with pytest.raises(ArtifactError, match="cannot be saved") as error:
        store.save("pages", "k", Broken(8), 1)
    assert error.value.why == "No space left on device"
    assert store.load(Stage(), "k") == Pages(7)
    assert [p.name for p in (store.folder / "artifacts").iterdir()] == ["pages-k"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ArtifactError) as error:
        Store(tmp_path / "file" / "project")
    assert error.value.where
    assert error.value.why == "Not a directory"
    assert error.value.remedy


def test_options_that_cannot_be_written_are_an_error(store):
    store.write_recipe({"load": {"model": "a"}})
    store.recipe_path.unlink()
    store.recipe_path.mkdir()
    with pytest.raises(ArtifactError, match="cannot be written"):
        store.write_recipe({"load": {"model": "b"}})
    assert sorted(p.name for p in store.folder.glob("[!.]*")) == ["artifacts", "project.json", "recipe.toml"]
    assert sorted(p.name for p in store.folder.glob(".*")) == [".lock", ".owner.json"]


def test_the_summary_is_plain_json(store):
    store.save("pages", "k", Pages(7), 1)
    stored = json.loads((store.path("pages", "k") / "summary.json").read_text())
    assert set(stored) == {"summary", "seconds", "environment", "files", "seal"}
    assert len(stored["files"]) == CHUNKS + 1
