"""What happens to a project while it is worked on: killed workers, a full disk, folders and files that change under it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from mrt_studio.errors import ArtifactError, FormatError, OptionError
from mrt_studio.session.jobs import Runner
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe

PATIENCE = 120
BATCHES = 200


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Give the model's folder, the recipe, and the sums of an unbroken calibration's files."""
    folder = tmp_path_factory.mktemp("unbroken")
    recipe = tiny_recipe(tiny_model(folder), count=BATCHES)
    recipe["calibrate"] |= {"batch": 2, "dataset": f"stdrandom(shape=(3, 8, 8), count={4 * BATCHES})"}
    session = Session(folder / "project", recipe)
    session.run("calibrate")
    return recipe, sums(session), session


def sums(session):
    return {p.name: sha256(p.read_bytes()).hexdigest() for p in session.folder("calibrate").iterdir() if p.name != "summary.json"}


def wait_for(job, share):
    """Wait until a calibration has told that this share of it is done."""
    end = time.monotonic() + PATIENCE
    while not any(e.kind == "progress" and e.stage == "calibrate" and e.done >= share * e.total for e in job.events):
        assert time.monotonic() < end
        assert not job.wait(0), job.error
        time.sleep(0.001)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.nightly)])
def test_a_calibration_that_is_killed_gives_the_same_bits_when_it_runs_again(unbroken, tmp_path, kills):
    recipe, expected, _ = unbroken
    session = Session(tmp_path / "project", recipe)
    runner = Runner(session)
    for kill in range(kills):
        job = runner.submit("calibrate")
        wait_for(job, 0.7 * kill / kills)
        os.kill(runner.process_id, signal.SIGKILL)
        assert job.wait(PATIENCE)
        assert job.state == "failed"
        assert not session.done("calibrate")
    job = runner.submit("calibrate")
    assert job.wait(PATIENCE)
    runner.close()
    assert job.state == "finished"
    assert sums(session) == expected
    assert session.thresholds.observed() == unbroken[2].thresholds.observed()


def test_a_project_folder_that_goes_away_in_a_job_is_one_clear_error(unbroken, tmp_path):
    session = Session(tmp_path / "project", unbroken[0])
    runner = Runner(session)
    job = runner.submit("calibrate")
    wait_for(job, 0)
    (tmp_path / "project").rename(tmp_path / "elsewhere")
    assert job.wait(PATIENCE)
    assert (job.state, job.error.what) == ("failed", "The project folder is gone.")
    with pytest.raises(ArtifactError, match="folder is gone"):
        runner.submit("calibrate")
    with pytest.raises(ArtifactError):
        session.artifact("prepare")
    runner.close()
    assert not (tmp_path / "project").exists()


def test_a_model_that_changes_on_disk_has_other_keys_and_is_read_again(tmp_path):
    files = tiny_model(tmp_path)
    session = Session(tmp_path / "project", tiny_recipe(files))
    session.run("load")
    before = session.key("load"), dict(session.artifact("load").graph.params)
    tiny_model(tmp_path, seed=1)
    os.utime(files.params, ns=(1, time.time_ns()))
    assert session.key("load") != before[0]
    assert not session.done("load")
    assert (session.run("load").graph.params["conv0_weight"] != before[1]["conv0_weight"]).any()
    files.params.write_bytes(files.params.read_bytes()[:-9])
    assert session.plan("load") == ("load",)
    with pytest.raises(FormatError) as caught:
        session.run("load")
    assert "tiny-0000.params" in caught.value.where
    files.params.unlink()
    with pytest.raises(OptionError, match="does not exist"):
        session.run("load")


SAVE_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from mrt_studio.errors import ArtifactError
from mrt_studio.session.store import Store
from tests.faults.saver import Pages, SIZE

store = Store(Path(sys.argv[1]))
store.save("pages", "k", Pages(1), 1)
store.write_recipe({"calibrate": {"batch": 1}})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
failed = 0
for write in (lambda: store.save("pages", "k", Pages(2), 1), lambda: store.write_recipe({"calibrate": {"batch": 2, "dataset": "x" * SIZE}})):
    try:
        write()
    except ArtifactError as error:
        assert error.why == "File too large", error
        failed += 1
print(failed)
"""


@pytest.mark.parametrize("limit", [1, 100, 16000])
def test_a_full_disk_leaves_the_old_state(tmp_path, limit):
    """Files may only grow to a limit, as on a disk that is full."""
    root = Path(__file__).parents[2]
    words = [sys.executable, "-c", SAVE_ON_A_FULL_DISK, tmp_path / "project", str(limit)]
    found = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)}, check=False)
    assert found.stdout == "2\n", found.stderr
    session = Session(tmp_path / "project")
    assert session["calibrate"].batch == 1
    assert (tmp_path / "project" / "artifacts" / "pages-k" / "inner" / "last").read_text() == "1"
    assert not list(tmp_path.rglob("*.tmp"))
    shutil.rmtree(tmp_path / "project")
