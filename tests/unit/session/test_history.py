"""Undo, redo and the audit trail: what they restore, what they write down, and what a damaged file costs."""

import json

import pytest

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.session import audit
from mrt_studio.session.history import DEPTH
from mrt_studio.session.model_source import open_model
from mrt_studio.session.presets import apply_preset
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    made = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    made.save()
    return made


def last(session):
    return session.history.entries[-1]


EDITS = {
    "option": lambda s: s.configure("quantize", shift_bits=3),
    "threshold": lambda s: s.thresholds.__setitem__("conv0", 0.1),
    "table": lambda s: s.configure("quantize", observers={"conv1": "mse(bits=8)"}),
    "split keys": lambda s: s.configure("prepare", split_keys=["pool0"]),
    "preset": lambda s: apply_preset(s, "cvm_accurate"),
    "model": lambda s: open_model(s, s["load"].options()["model"].replace("tiny-symbol", "other-symbol")),
    "shapes": lambda s: s.configure("prepare", input_shapes={"data": [1, 3, 8, 8]}),
}


@pytest.mark.parametrize("name", EDITS)
def test_undo_restores_bytes_and_redo_brings_them_back(session, tmp_path, name):
    tiny_model(tmp_path, "other", seed=1)
    before = session.store.recipe_path.read_bytes()
    with session.history.change(name):
        EDITS[name](session)
    session.save()
    after = session.store.recipe_path.read_bytes()
    assert after != before
    assert session.undo()
    session.save()
    assert session.store.recipe_path.read_bytes() == before
    assert session.redo()
    session.save()
    assert session.store.recipe_path.read_bytes() == after
    assert [entry.kind for entry in session.history.entries] == ["start", "change", "undo", "redo"]


def test_an_entry_says_who_when_what_from_to_and_why(session):
    with session.history.change("tighter", actor="Ada"):
        session.thresholds["conv0"] = 0.1
        session.configure("quantize", wide=["conv1"], shift_bits=3)
    entry = last(session)
    assert (entry.who, entry.note, entry.number) == ("Ada", "tighter", 2)
    assert entry.when.endswith("+00:00")
    assert [(c.path, c.name, c.before, c.after) for c in entry.changes] == [
        ("quantize.thresholds", "conv0", None, 0.1),
        ("quantize.shift_bits", "", 5, 3),
        ("quantize.wide", "conv1", None, "wide"),
    ]
    session.thresholds["conv0"] = 0.2
    assert (last(session).who, last(session).changes[0].before) == ("notebook", 0.1)


def test_what_changes_nothing_is_no_entry(session):
    session.configure("quantize", shift_bits=5)
    with session.history.change():
        session.configure("quantize", shift_bits=4)
        session.configure("quantize", shift_bits=5)
    assert session.history.entries == ()
    assert not session.undo()
    assert not session.redo()


def test_a_change_after_an_undo_drops_what_was_undone(session):
    session.configure("quantize", shift_bits=4)
    session.undo()
    session.configure("quantize", shift_bits=3)
    assert not session.history.can_redo
    session.undo()
    assert session["quantize"].options()["shift_bits"] == 5


def test_a_later_session_of_the_project_can_undo(session):
    session.configure("quantize", shift_bits=4)
    session.configure("quantize", shift_bits=3)
    session.undo()
    session.save()
    again = Session(session.store.folder)
    assert again.history.entries == session.history.entries
    assert again.history.can_redo
    assert again.undo()
    assert again.recipe() == Session(recipe=tiny_recipe_of(again)).recipe()
    assert again.redo()
    assert again.redo()
    assert again["quantize"].options()["shift_bits"] == 3


def tiny_recipe_of(session):
    return {**session.recipe(), "quantize": {}}


def test_a_session_whose_options_the_trail_does_not_know_starts_anew(session):
    session.configure("quantize", shift_bits=4)  # not saved
    again = Session(session.store.folder)
    assert len(again.history.entries) == 2
    assert not again.history.can_undo


def test_jumping_back_to_an_entry_is_a_change_itself(session):
    for bits in (4, 3, 2):
        session.configure("quantize", shift_bits=bits)
    session.history.jump(2)
    assert session["quantize"].options()["shift_bits"] == 4
    assert last(session).note == "back to 2"
    session.undo()
    assert session["quantize"].options()["shift_bits"] == 2
    with pytest.raises(OptionError, match="no entry 99"):
        session.history.jump(99)


def test_an_error_inside_a_block_keeps_what_was_changed_undoable(session):
    def edit():
        with session.history.change():
            session.configure("quantize", shift_bits=4)
            session.configure("quantize", shift_bits=-1)

    with pytest.raises(OptionError):
        edit()
    session.undo()
    assert session["quantize"].options()["shift_bits"] == 5


@pytest.mark.parametrize(
    "damage", [b'{"kind": "cha', b"\xff\xfe\n", b"[]\n", b"null\n", b"[" * 100_000, b'{"changes": 3}\n', b'{"changes": [], "kind": "x"}\n']
)
def test_a_torn_or_foreign_line_is_skipped_and_the_next_entry_is_whole(session, damage):
    session.configure("quantize", shift_bits=4)
    path = session.store.folder / "audit.jsonl"
    path.write_bytes(path.read_bytes() + damage)
    assert [entry.kind for entry in Session(session.store.folder).history.entries] == ["start", "change"]
    session.configure("quantize", shift_bits=3)
    assert [(entry.kind, entry.number) for entry in Session(session.store.folder).history.entries] == [("start", 1), ("change", 2), ("change", 3)]


def test_two_sessions_write_into_one_trail(session):
    other = Session(session.store.folder)
    other.history.actor = "command line"
    session.configure("quantize", shift_bits=4)
    other.configure("quantize", shift_bits=3)
    session.undo()
    assert [(e.who, e.kind) for e in other.history.entries] == [
        ("notebook", "start"),
        ("notebook", "change"),
        ("command line", "change"),
        ("notebook", "undo"),
    ]
    assert session["quantize"].options()["shift_bits"] == 5


def test_the_file_is_bounded_and_undo_too(session, monkeypatch):
    monkeypatch.setattr(audit, "MAX_BYTES", 100_000)
    for step in range(DEPTH + 20):
        session.configure("quantize", softmax_lambd=1 + step / 100)
    path = session.store.folder / "audit.jsonl"
    assert path.stat().st_size <= 100_000
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[-1]["number"] == DEPTH + 21
    assert len(lines) < DEPTH
    undone = 0
    while session.undo():
        undone += 1
    assert undone == DEPTH - 1


def test_a_trail_that_cannot_be_written_is_an_error(session):
    (session.store.folder / "audit.jsonl").mkdir()
    with pytest.raises(ArtifactError, match="audit trail cannot be"):
        session.configure("quantize", shift_bits=4)


def test_a_worker_takes_options_over_without_an_entry(session):
    session.configure("quantize", shift_bits=4)
    worker = Session(session.store.folder, session.recipe())
    session.configure("quantize", shift_bits=3)
    worker.history.follow(session.recipe())
    assert worker["quantize"].options()["shift_bits"] == 3
    assert len(session.history.entries) == 3
    assert len(worker.history.states) == 3
