"""The commands that look into accuracy: errors, doctor, ranges."""

import json

import numpy as np
import pytest

from mrt_studio.cli import main


@pytest.fixture(scope="module")
def project(tmp_path_factory, lenet):
    """A calibrated LeNet."""
    folder = tmp_path_factory.mktemp("accuracy")
    np.save(folder / "digits.npy", lenet.calibration)
    words = ["--project", str(folder / "p.mrt"), "--dataset", f"arrays(path={str(folder / 'digits.npy')!r})", "--batch", "8", "--json"]
    assert main(["prepare", "--project", str(folder / "p.mrt"), "--input-shape", "-1,1,28,28", "--json"]) == 1  # no model yet; the option is kept
    assert main(["load", "--project", str(folder / "p.mrt"), "--model", str(lenet.files.symbol), "--params", str(lenet.files.params), "--json"]) == 0
    assert main(["calibrate", *words]) == 0
    return folder / "p.mrt"


def test_errors_prints_a_row_for_each_node_and_shares_add_up(project, capsys):
    assert main(["errors", str(project), "--samples", "2", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["name"] == "data"
    assert rows[-1]["name"] == "(outputs)"
    assert sum(row["share"] for row in rows) == pytest.approx(1, abs=1e-4)
    assert main(["errors", str(project), "--samples", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rows) + 1
    assert lines[1].split()[:2] == ["data", "input"]


def test_doctor_reports_every_tensor(project, capsys):
    assert main(["doctor", str(project), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 8
    assert found["tensors"][0]["name"] == "data"
    assert main(["doctor", str(project)]) == 0
    assert capsys.readouterr().out.startswith("8 samples;")


def test_ranges_go_out_and_come_back_as_thresholds(project, tmp_path, capsys):
    assert main(["ranges", "export", str(project), str(tmp_path / "r"), "--json"]) == 0
    count = json.loads(capsys.readouterr().out)["tensors"]
    assert main(["ranges", "import", str(project), str(tmp_path / "r"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unknown"] == []
    assert main(["ranges", "import", str(project), str(tmp_path / "r")]) == 0
    assert f"{count} thresholds set" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["errors"], ["doctor"], ["ranges", "export"]])
def test_a_missing_project_is_refused(words, tmp_path, capsys):
    assert main([*words, str(tmp_path / "none"), *(["file"] if words[0] == "ranges" else [])]) == 1
    assert "no project folder" in capsys.readouterr().err
