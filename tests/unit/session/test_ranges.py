"""Thresholds exchanged with MACE through a session."""

import numpy as np
import pytest

from mrt_studio.errors import ArtifactError, FormatError, OptionError
from mrt_studio.recipes.mace_ranges import read_log, read_overall_range
from mrt_studio.session.ranges import export_ranges, import_ranges
from mrt_studio.session.session import Session


@pytest.fixture
def session(tmp_path, lenet):
    np.save(tmp_path / "digits.npy", lenet.calibration)
    made = Session(tmp_path / "lenet.mrt")
    made.open(str(lenet.files.symbol), str(lenet.files.params))
    made.configure("prepare", input_shape=(-1, 1, 28, 28))
    made.configure("calibrate", dataset=f"arrays(path={str(tmp_path / 'digits.npy')!r})", batch=8)
    made.run("calibrate")
    return made


def test_ranges_that_were_exported_bring_the_same_thresholds_back(session, tmp_path):
    before = dict(session.thresholds.observed())
    count = export_ranges(session, tmp_path / "ranges")
    known, unknown = import_ranges(session, tmp_path / "ranges")
    assert (len(known), unknown) == (count, [])
    assert session.thresholds.edited == pytest.approx({name: before[name] for name in known})


def test_a_threshold_set_by_hand_limits_the_exported_range(session, tmp_path):
    session.thresholds["data"] = 0.25
    export_ranges(session, tmp_path / "ranges")
    low, high = read_overall_range((tmp_path / "ranges").read_text())["data"]
    assert max(-low, high) == 0.25


def test_a_log_holds_each_sample_and_is_imported_with_its_rule(session, tmp_path):
    export_ranges(session, tmp_path / "log", "log")
    text = (tmp_path / "log").read_text()
    assert text.count("@@data@@") == 8
    known, _ = import_ranges(session, tmp_path / "log", percentile=50)
    expected = read_log(text, percentile=50)
    assert session.thresholds.edited == {name: max(map(abs, expected[name])) for name in known}


def test_unknown_names_are_told_and_others_set(session, tmp_path):
    (tmp_path / "ranges").write_text("data@@-1,2\nnowhere@@0,1\n")
    assert import_ranges(session, tmp_path / "ranges") == (["data"], ["nowhere"])
    assert session.thresholds.edited == {"data": 2}


def test_what_cannot_be_read_or_written_is_refused(session, tmp_path):
    with pytest.raises(ArtifactError):
        import_ranges(session, tmp_path / "missing")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError):
        import_ranges(session, tmp_path / "bytes")
    with pytest.raises(OptionError):
        export_ranges(session, tmp_path / "ranges", "yaml")
    session.configure("calibrate", start=1)
    with pytest.raises(ArtifactError, match="no result of calibrate"):
        export_ranges(session, tmp_path / "ranges")
