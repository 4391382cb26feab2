"""Files and folders that appear whole or not at all."""

import pytest

from mrt_studio.files import atomic_folder, atomic_write_bytes, read_up_to, replace_folder, sweep


def test_a_file_is_written_and_replaced_without_leftovers(tmp_path):
    path = tmp_path / "file.bin"
    for data in (b"one", b"", b"x" * 100_000):
        atomic_write_bytes(path, data)
        assert path.read_bytes() == data
        assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        atomic_write_bytes(path, "no bytes")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]


def test_a_folder_appears_when_its_block_ends_and_replaces_the_old_one(tmp_path):
    target = tmp_path / "made"
    for word in ("one", "two"):
        with atomic_folder(target) as folder:
            (folder / word).write_text(word)
            (folder / "deep").mkdir()
            (folder / "deep" / "file").write_text(word)
            assert word == "two" or not target.exists()
        assert sorted(p.name for p in target.iterdir()) == sorted(["deep", word])
        assert (target / "deep" / "file").read_text() == word
        assert [p.name for p in tmp_path.iterdir()] == ["made"]
    assert target.stat().st_mode & 0o777 == 0o755


def stop(path):
    path.write_text("new")
    raise RuntimeError("stop")


def test_a_block_that_fails_leaves_the_old_folder(tmp_path):
    target = tmp_path / "made"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(RuntimeError, match="stop"), atomic_folder(target) as folder:
        stop(folder / "new")
    assert [p.name for p in target.iterdir()] == ["old"]
    assert [p.name for p in tmp_path.iterdir()] == ["made"]


def test_replace_folder_moves_the_old_one_away(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir()
        (folder / folder.name).write_text("")
    replace_folder(source, target)
    assert [p.name for p in target.iterdir()] == ["source"]
    assert [p.name for p in tmp_path.iterdir()] == ["target"]


def test_sweep_clears_what_a_killed_process_left_and_brings_back_what_it_moved_aside(tmp_path):
    (tmp_path / ".one.abc.old" / "one").mkdir(parents=True)
    (tmp_path / ".two.abc.old" / "two").mkdir(parents=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "new").touch()
    (tmp_path / ".three.abc.tmp" / "inner").mkdir(parents=True)
    (tmp_path / ".four.abc.tmp").write_text("half")
    (tmp_path / ".mine").touch()
    (tmp_path / "other.tmp").touch()
    outside = tmp_path.parent / "outside"
    outside.mkdir()
    (tmp_path / ".link.abc.tmp").symlink_to(outside)
    sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".mine", "one", "other.tmp", "two"]
    assert (tmp_path / "two" / "new").exists()
    assert outside.exists()


def test_sweep_keeps_to_the_names_it_is_given(tmp_path):
    for name in (".recipe.toml.x.tmp", ".notes.x.tmp"):
        (tmp_path / name).touch()
    sweep(tmp_path, "recipe.toml")
    assert [p.name for p in tmp_path.iterdir()] == [".notes.x.tmp"]


def test_a_file_is_read_up_to_a_limit(tmp_path):
    (tmp_path / "f").write_bytes(b"0123456789")
    assert read_up_to(tmp_path / "f", 10) == read_up_to(tmp_path / "f", 1 << 62) == b"0123456789"
    assert read_up_to(tmp_path / "f", 4) == b"01234"
