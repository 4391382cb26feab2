"""Workers that are killed at random while projects run: only their own jobs fail, and every project goes on."""

import os
import random
import signal
import time

import pytest

from mrt_studio.errors import WorkerDied
from mrt_studio.session.jobs import Runner
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe

PATIENCE = 240
PROJECTS = 3


@pytest.fixture
def runners(tmp_path):
    recipe = tiny_recipe(tiny_model(tmp_path), count=30)
    recipe["calibrate"] |= {"dataset": "stdrandom(shape=(3, 8, 8), count=128)"}
    made = [Runner(Session(tmp_path / f"project{i}", recipe)) for i in range(PROJECTS)]
    yield made
    for runner in made:
        runner.close()


@pytest.mark.parametrize(("kills", "jobs"), [(6, 12), pytest.param(50, 100, marks=pytest.mark.nightly)])
def test_only_the_jobs_of_killed_workers_fail(runners, kills, jobs):
    rng = random.Random(kills)
    doomed = set(rng.sample(range(jobs), kills))
    begun, killed, ended = 0, set(), {}
    running = {}
    deadline = time.monotonic() + PATIENCE * jobs / 12
    while len(ended) < jobs:
        assert time.monotonic() < deadline
        for runner in runners:
            number, job = running.get(runner, (None, None))
            if job is None and begun < jobs:
                running[runner] = begun, runner.submit("calibrate", force=True)
                begun += 1
            elif job is not None and number in doomed - killed and job.events and rng.random() < 0.2:
                os.kill(runner.process_id, signal.SIGKILL)  # at some moment between its first word and its end
                killed.add(number)
            elif job is not None and job.wait(0):
                ended[number] = job
                del running[runner]
        time.sleep(0.01)
    for number, job in ended.items():
        if number in killed and job.state == "failed":
            assert isinstance(job.error, WorkerDied)
            assert "SIGKILL" in job.error.why
        else:  # a kill may come after the job's last word
            assert job.state == "finished", job.error
    failed = {number for number, job in ended.items() if job.state == "failed"}
    assert failed <= killed
    assert len(failed) >= kills // 2
    for runner in runners:
        job = runner.submit("calibrate", force=True)
        assert job.wait(PATIENCE)
        assert job.state == "finished"
