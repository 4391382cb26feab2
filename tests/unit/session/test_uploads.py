"""Uploaded files in the project folder: plain names, whole or not there."""

from __future__ import annotations

import pytest

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.session.session import Session
from mrt_studio.session.uploads import keep_upload, start_upload, upload_name


@pytest.mark.parametrize(
    ("given", "plain"),
    [("a.json", "a.json"), ("my net-0000.params", "my net-0000.params"), ("C:\\x\\a.json", "a.json"), ("../../a.params", "a.params"), ("<b>.json", "<b>.json")],
)
def test_a_name_loses_its_folders(given: str, plain: str) -> None:
    assert upload_name(given) == plain


@pytest.mark.parametrize("given", ["", ".json", "a.onnx", "a.json/", "..", "a\0.json", "a\n.json", "\u202ea.json", "ä" * 98 + ".json", "a.JSON", "a.json\\"])
def test_a_name_of_another_kind_is_refused(given: str) -> None:
    with pytest.raises(OptionError, match="cannot be uploaded"):
        upload_name(given)


def test_an_upload_takes_the_place_of_an_earlier_one(tmp_path) -> None:
    session = Session(tmp_path)
    for content in (b"one", b"two"):
        start = start_upload(session)
        start.write_bytes(content)
        kept = keep_upload(session, start, "a.json")
        assert kept == (tmp_path / "uploads" / "a.json").resolve()
        assert kept.read_bytes() == content
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["a.json"]


def test_an_upload_that_has_gone_is_an_error(tmp_path) -> None:
    session = Session(tmp_path)
    start = start_upload(session)
    start.unlink()
    with pytest.raises(ArtifactError, match="cannot be kept"):
        keep_upload(session, start, "a.json")


def test_what_a_killed_server_left_is_swept(tmp_path) -> None:
    session = Session(tmp_path)
    left = start_upload(session)
    session.close()
    again = Session(tmp_path)
    again.save()
    assert not left.exists()
