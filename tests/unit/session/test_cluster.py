"""Batches on real workers: the same bits whatever happens to them, and one clear error when it cannot go on."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mrt_studio.datasets.base import Batch
from mrt_studio.errors import DataError, JobCancelled, JobError, OptionError, WorkerDied
from mrt_studio.session.cluster import Cluster
from mrt_studio.session.environment import environment
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Silent
from mrt_studio.stages.calibrate import Collect
from mrt_studio.stages.spread import Part
from mrt_studio.stats.accumulator import Totals
from tests.cluster_tasks import Doing, DyingOnce
from tests.models.tiny import tiny_model, tiny_recipe

ROOT = Path(__file__).parents[3]
PATIENCE = 120


def parts(count):
    """Yield batches of two samples."""
    rng = np.random.default_rng(0)
    for number in range(count):
        yield Part(number, 2 * number, Batch(rng.normal(size=(2, 3, 8, 8)).astype(np.float32), None, ("a", "b")))


class Listening:
    """A report that keeps what it is told, and may do something at each progress."""

    def __init__(self, action=lambda done: None):
        self.lines, self.steps, self.action = [], [], action

    def log(self, message):
        self.lines.append(message)

    def progress(self, done, total, message):
        self.steps.append(done)
        self.action(done)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    made = Session(folder / "project", tiny_recipe(tiny_model(folder), count=6))
    made.run("evaluate")
    return made


def files(session, stage):
    return {p.name: p.read_bytes() for p in session.folder(stage).iterdir() if p.name != "summary.json"}


def plain(stats):
    return {
        name: [s.size, s.index.tobytes(), s.rows.tobytes(), s.channels.tobytes(), s.histogram.exponent, s.histogram.counts.tobytes()]
        for name, s in stats.items()
    }


def test_calibration_and_evaluation_give_the_same_bytes_on_workers(session, tmp_path):
    other = Session(tmp_path / "project", session.recipe())
    other.spread = Cluster(workers=2)
    report = Listening()
    other.run("evaluate", report)
    assert report.lines.count("Starting 2 workers") == 2
    for stage in ("calibrate", "evaluate"):
        assert files(other, stage) == files(session, stage)


@pytest.mark.parametrize(("workers", "deaths"), [(1, (1,)), (2, (0, 3)), (3, (2,))])
def test_statistics_are_the_same_bits_whatever_workers_die(session, tmp_path, workers, deaths):
    task = Collect(session.artifact("prepare").graph)
    run, expected, found = task.open(), Totals(), Totals()
    for part in parts(6):
        expected.add(run(part, lambda step: None))
    numbers = []
    for number, stats in Cluster(workers).map(DyingOnce(task, tmp_path, deaths), parts(6), 6, Silent()):
        numbers.append(number)
        found.add(stats)
    assert sorted(numbers) == list(range(6))
    assert {int(p.name) for p in tmp_path.iterdir()} == set(deaths)
    assert plain(found.result()) == plain(expected.result())


def test_a_batch_is_only_read_when_a_worker_can_have_it(tmp_path):
    read = []

    def counted():
        for part in parts(20):
            read.append(part.number)
            yield part

    results = Cluster(1).map(Doing(tmp_path, {}), counted(), 20, Silent())
    next(results)
    assert len(read) <= 2
    assert [number for number, _ in results] == list(range(1, 20))


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        ("studio", DataError, "Sour milk"),
        ("other", JobError, "ZeroDivisionError: one over none"),
        pytest.param("die", WorkerDied, "Batch 2", marks=pytest.mark.nightly),
    ],
)
def test_what_a_batch_raises_is_one_clear_error(tmp_path, failure, kind, words):
    with pytest.raises(kind) as caught:
        list(Cluster(2).map(Doing(tmp_path, {1: failure}), parts(3), 3, Silent()))
    assert words in str(caught.value)
    assert caught.value.remedy


def test_cancelling_does_not_wait_for_a_batch_that_hangs(tmp_path):
    def stop(done):
        if (tmp_path / "waiting").exists():
            raise JobCancelled("Cancelled.")

    with pytest.raises(JobCancelled):
        list(Cluster(1).map(Doing(tmp_path, {0: "wait"}), parts(2), 2, Listening(stop)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workers": -1}, "cannot be started"),
        ({"workers": 1000}, "cannot be started"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:8786"}, "not both"),
        ({"scheduler": "tcp://10.0.0.7:8786"}, "only used over TLS"),
        ({"scheduler": "tcp://example.org:8786"}, "only used over TLS"),
        ({"scheduler": "tls://10.0.0.7:8786"}, "--tls-ca"),
        ({"scheduler": "tls://10.0.0.7:8786", "tls_ca": "/no/such.pem"}, "does not exist"),
        ({"scheduler": "http://127.0.0.1:8786"}, "no address"),
        ({"scheduler": "tcp://127.0.0.1"}, "no address"),
        ({"scheduler": "tcp://127.0.0.1:99999"}, "no address"),
        ({"scheduler": "8786"}, "no address"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, words):
    with pytest.raises(OptionError) as caught:
        Cluster(**options)
    assert words in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.9.9.9", "[::1]"])
def test_this_machine_needs_no_tls(host):
    assert Cluster(scheduler=f"tcp://{host}:8786").scheduler.startswith("tcp")


@contextlib.contextmanager
def dask(*words, cwd=ROOT):
    """Give a process of Dask's, which ends with the block."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dask", *words]
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


SCHEDULER = ("scheduler", "--host", "127.0.0.1", "--no-dashboard", "--port")
WORKER = ("worker", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")


def wait_for(path):
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_scheduler_that_is_lost_is_one_clear_error(port, tmp_path):
    address = f"tcp://127.0.0.1:{port}"
    with dask(*SCHEDULER, str(port)) as scheduler, dask(*WORKER, address):

        def kill(done):
            if (tmp_path / "waiting").exists():
                scheduler.kill()

        with pytest.raises(JobError, match="scheduler of the cluster does not answer"):
            list(Cluster(scheduler=address).map(Doing(tmp_path, {0: "wait"}), parts(2), 2, Listening(kill)))


def test_a_scheduler_that_is_not_there_is_one_clear_error(port, monkeypatch):
    monkeypatch.setattr("mrt_studio.session.cluster.PATIENCE", 1.0)
    with pytest.raises(JobError, match="does not answer"):
        list(Cluster(scheduler=f"tcp://127.0.0.1:{port}").map(Doing(Path(), {}), parts(1), 1, Silent()))


def test_a_cluster_without_workers_is_one_clear_error(port, monkeypatch):
    monkeypatch.setattr("mrt_studio.session.cluster.PATIENCE", 5.0)
    with dask(*SCHEDULER, str(port)), pytest.raises(JobError, match="no workers"):
        list(Cluster(scheduler=f"tcp://127.0.0.1:{port}").map(Doing(Path(), {}), parts(1), 1, Silent()))


def certificate(folder):
    """Make a certificate that is its own authority; gives it and its key."""
    folder.mkdir()
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=studio", "-out", cert, "-keyout", key]
    subprocess.run(words, check=True, capture_output=True)
    return cert, key


def test_tls_lets_in_who_has_a_certificate_of_the_authority(port, tmp_path, monkeypatch):
    (cert, key), (other_cert, other_key) = certificate(tmp_path / "ours"), certificate(tmp_path / "others")
    address, files = f"tls://127.0.0.1:{port}", ("--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key)
    with dask(*SCHEDULER, str(port), "--protocol", "tls", *files), dask(*WORKER, address, *files):
        cluster = Cluster(scheduler=address, tls_ca=cert, tls_cert=cert, tls_key=key)
        assert sorted(number for number, _ in cluster.map(Doing(tmp_path, {}), parts(4), 4, Silent())) == [0, 1, 2, 3]
        monkeypatch.setattr("mrt_studio.session.cluster.PATIENCE", 2.0)
        stranger = Cluster(scheduler=address, tls_ca=other_cert, tls_cert=other_cert, tls_key=other_key)
        with pytest.raises(JobError, match="does not answer"):
            list(stranger.map(Doing(tmp_path, {}), parts(1), 1, Silent()))


def test_a_worker_with_other_versions_is_refused(port, tmp_path, monkeypatch):
    address = f"tcp://127.0.0.1:{port}"
    with dask(*SCHEDULER, str(port)), dask(*WORKER, address):
        list(Cluster(scheduler=address).map(Doing(tmp_path, {}), parts(1), 1, Silent()))  # the worker has joined
        monkeypatch.setattr("mrt_studio.session.cluster.environment", lambda: {**environment(), "mxnet": "9.9"})
        with pytest.raises(OptionError) as caught:
            list(Cluster(scheduler=address).map(Doing(tmp_path, {}), parts(1), 1, Silent()))
    assert "mxnet: 1.9.1 there, 9.9 here" in caught.value.why
