"""`mrt-studio project` and `certify`, as a user types them."""

import json

import pytest

from mrt_studio import engine
from mrt_studio.cli import main
from mrt_studio.errors import OptionError
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder with a compiled project."""
    found = tmp_path_factory.mktemp("cli")
    session = Session(found / "project", tiny_recipe(tiny_model(found)))
    session.save()
    session.run("compile")
    session.close()
    return found


def command(capsys, *words):
    """The exit code, and what was printed."""
    try:
        code = main([str(w) for w in words])
    except SystemExit as stop:
        code = stop.code
    return code, capsys.readouterr().out


def test_verify_and_gc(folder, capsys):
    assert command(capsys, "project", "verify", folder / "project") == (0, "All 5 results are whole.\n")
    code, out = command(capsys, "project", "verify", folder / "project", "--json")
    assert code == 0
    assert all(row["problem"] == "" for row in json.loads(out))
    assert command(capsys, "project", "gc", folder / "project") == (0, "0 results removed, 0 bytes freed\n")
    assert json.loads(command(capsys, "project", "gc", folder / "project", "--json")[1]) == {"artifacts": [], "bytes": 0}


def test_export_import_and_damage(folder, capsys, tmp_path):
    code, out = command(capsys, "project", "export", folder / "project", tmp_path / "p.zip", "--json")
    assert code == 0
    assert json.loads(out)["path"] == str(tmp_path / "p.zip")
    code, out = command(capsys, "project", "import", tmp_path / "p.zip", tmp_path / "new")
    assert code == 0
    assert out.endswith(f"files written to {tmp_path / 'new'}\n")
    path = Session(tmp_path / "new").folder("load") / "model.params"
    path.write_bytes(path.read_bytes()[:-1])
    code, out = command(capsys, "project", "verify", tmp_path / "new")
    assert (code, out) == (1, f"{path.parent.name}: model.params is not the file that was written.\n")
    code, out = command(capsys, "project", "verify", tmp_path / "new", "--json")
    assert code == 1
    assert sum(row["problem"] != "" for row in json.loads(out)) == 1
    assert command(capsys, "project", "import", tmp_path / "p.zip", tmp_path / "new")[0] == 1


def test_certify_and_check(folder, capsys, tmp_path):
    code, out = command(capsys, "certify", folder / "project", "--out", tmp_path / "c.json")
    assert (code, out) == (0, f"Certificate written to {tmp_path / 'c.json'}\n")
    code, out = command(capsys, "certify", folder / "project", "--check", tmp_path / "c.json", "--json")
    assert code == 0
    assert json.loads(out) == {"certificate": str(tmp_path / "c.json"), "checked": True}
    session = Session(folder / "project")
    session.configure("quantize", shift_bits=3)
    session.save()
    try:
        code, out = command(capsys, "certify", folder / "project", "--check", tmp_path / "c.json")
        assert code == 1
        assert "quantize.shift_bits" in out
        assert json.loads(command(capsys, "certify", folder / "project", "--check", tmp_path / "c.json", "--json")[1])["part"] == "recipe"
    finally:
        session.configure("quantize", shift_bits=5)
        session.save()
        session.close()


def test_a_project_that_is_not_there(capsys, tmp_path):
    for words in (["project", "verify", tmp_path / "x"], ["project", "gc", tmp_path / "x"], ["certify", tmp_path / "x"]):
        assert command(capsys, *words)[0] == 1
    assert list(tmp_path.iterdir()) == []


def test_an_instruction_set_that_comes_too_late_or_is_unknown_is_refused(capsys, folder):
    engine.mxnet()
    with pytest.raises(OptionError, match="cannot be changed") as caught:
        engine.pin_isa("avx2")
    assert "new process" in caught.value.remedy
    with pytest.raises(OptionError, match="no instruction set"):
        engine.pin_isa("mmx")
    engine.pin_isa("")
    assert engine.pinned_isa() == ""
    assert command(capsys, "--isa", "mmx", "demos")[0] == 2
    assert command(capsys, "--isa", "avx2", "demos")[0] == 1
