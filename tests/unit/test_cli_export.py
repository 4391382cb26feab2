"""The commands export and hints, as a person types them."""

import json

import pytest

from mrt_studio.cli import main
from mrt_studio.session.exports.base import export, exporters
from mrt_studio.session.hints.base import hints
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def project(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("calibrate")
    session.save()
    return session


def test_export_writes_a_file(project, tmp_path, capsys):
    out = tmp_path / "tensors.csv"
    assert main(["export", str(project.store.folder), "--format", "tensors_csv", "--out", str(out), "--json"]) == 0
    assert out.read_bytes() == export(project, "tensors_csv")
    assert json.loads(capsys.readouterr().out) == {"file": str(out), "bytes": out.stat().st_size}


def test_export_refuses_what_is_not_there(project, tmp_path, capsys):
    assert main(["export", str(project.store.folder), "--format", "results_csv", "--out", str(tmp_path / "x.csv")]) == 1
    assert "Run Evaluate first." in capsys.readouterr().err
    assert not (tmp_path / "x.csv").exists()
    assert main(["export", str(tmp_path / "none"), "--format", "recipe", "--out", str(tmp_path / "x.toml")]) == 1


def test_help_lists_every_format(capsys):
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    text = capsys.readouterr().out
    for name in exporters:
        assert name in text


def test_hints_are_printed_with_their_gain(project, capsys):
    assert main(["hints", str(project.store.folder)]) == 0
    text = capsys.readouterr().out
    for hint in hints(project):
        assert hint.what in text
        assert (f"Expected gain: {hint.gain:.1f} dB at" if hint.gain is not None else "Expected gain: unknown.") in text
    assert main(["hints", str(project.store.folder), "--json"]) == 0
    assert [row["rule"] for row in json.loads(capsys.readouterr().out)] == [hint.rule for hint in hints(project)]
