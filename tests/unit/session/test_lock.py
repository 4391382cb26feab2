"""One process writes in a project folder at a time; the next one is told who, and comes after it."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from mrt_studio.errors import ArtifactError
from mrt_studio.session.lock import OWNER, Lock
from mrt_studio.session.session import Session
from mrt_studio.session.store import Store

HOLDER = """
import sys, time
from pathlib import Path
from mrt_studio.session.store import Store
store = Store(Path(sys.argv[1]))
print(store.own(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Give a process that holds the lock, with its token."""
    (tmp_path / "project" / "artifacts").mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path / "project"], stdout=subprocess.PIPE, text=True) as process:
        process.token = process.stdout.readline().strip()
        yield process
        process.kill()


def test_another_process_is_told_who_holds_the_project_and_may_read(holder, tmp_path):
    session = Session(tmp_path / "project")
    assert not session.done("load")
    with pytest.raises(ArtifactError, match="in use by another process") as caught:
        session.save()
    assert f"Process {holder.pid} on " in caught.value.why
    assert not session.store.recipe_path.exists()


def test_a_worker_writes_with_its_owners_token(holder, tmp_path):
    Session(tmp_path / "project", {"calibrate": {"batch": 3}}, holder.token).save()
    assert Session(tmp_path / "project")["calibrate"].batch == 3
    with pytest.raises(ArtifactError, match="another owner"):
        Session(tmp_path / "project", token="0" * 32).save()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_project_of_a_dead_owner_is_taken_over(holder, tmp_path, number):
    holder.send_signal(number)
    holder.wait()
    folder = tmp_path / "project"
    assert json.loads((folder / OWNER).read_text())["process"] == holder.pid
    aside = folder / "artifacts" / ".load-1.x.old" / "load-1"
    aside.mkdir(parents=True)
    (folder / "artifacts" / ".load-2.x.tmp").mkdir()
    (folder / ".recipe.toml.x.tmp").touch()
    (folder / ".notes.x.tmp").touch()
    store = Store(folder)
    store.own()
    assert json.loads((folder / OWNER).read_text())["process"] == os.getpid()
    assert [p.name for p in (folder / "artifacts").iterdir()] == ["load-1"]
    assert sorted(p.name for p in folder.glob(".*")) == [".lock", ".notes.x.tmp", OWNER]
    with pytest.raises(ArtifactError, match="another owner"):
        Session(folder, token=holder.token).save()


def test_sessions_of_one_process_share_the_lock_until_the_last_is_closed(tmp_path):
    one, two = Session(tmp_path), Session(tmp_path)
    one.save()
    two.save()
    one.close()
    one.close()
    assert (tmp_path / OWNER).exists()
    two.close()
    assert not (tmp_path / OWNER).exists()
    words = "import sys; from mrt_studio.session.session import Session; Session(sys.argv[1]).save()"
    subprocess.run([sys.executable, "-c", words, tmp_path], check=True)
    assert not (tmp_path / OWNER).exists()
    one.save()
    assert (tmp_path / OWNER).exists()


def test_a_closed_session_that_writes_again_holds_the_lock_again(tmp_path):
    session = Session(tmp_path)
    session.save()
    session.close()
    session.save()
    session.close()
    assert not (tmp_path / OWNER).exists()


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"[]", b'{"process": "<script>"}', b"\xff"])
def test_an_unreadable_owner_is_no_trouble(holder, tmp_path, content):
    (tmp_path / "project" / OWNER).write_bytes(content)
    with pytest.raises(ArtifactError, match="in use") as caught:
        Store(tmp_path / "project").own()
    assert caught.value.why == "It does not say who it is."


@pytest.mark.parametrize("again", [False, True], ids=["gone", "another in its place"])
def test_a_folder_that_was_removed_is_told(tmp_path, again):
    session = Session(tmp_path / "project")
    session.save()
    shutil.rmtree(tmp_path / "project")
    if again:
        (tmp_path / "project").mkdir()
    with pytest.raises(ArtifactError, match="folder is gone"):
        session.save()
    assert again == (tmp_path / "project").exists()
    session.close()


def test_a_lock_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "other").write_text("keep")
    (tmp_path / ".lock").symlink_to(tmp_path / "other")
    with pytest.raises(ArtifactError, match="cannot be written"):
        Lock(tmp_path).acquire(lambda: None)
    assert (tmp_path / "other").read_text() == "keep"


def test_a_lock_whose_preparation_fails_is_not_kept(tmp_path):
    def fail():
        raise ArtifactError("no")

    with pytest.raises(ArtifactError, match="no"):
        Lock(tmp_path).acquire(fail)
    assert not (tmp_path / OWNER).exists()
    seen = []
    assert Lock(tmp_path).acquire(lambda: seen.append(json.loads((tmp_path / OWNER).read_text())["token"])) == seen[0]
