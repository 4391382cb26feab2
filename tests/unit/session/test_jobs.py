"""Jobs in real worker processes; faults are put in through a module that Python imports at its start."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

from mrt_studio.errors import JobError, OptionError, WorkerDied
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make
from mrt_studio.session.jobs import CANCEL_SECONDS, Runner
from mrt_studio.session.limits import Limits
from mrt_studio.session.session import Session
from mrt_studio.session.worker import NICE, PROGRESS_SECONDS
from tests.models.tiny import tiny_model, tiny_recipe, write_model

PATIENCE = 60
"""Seconds after which a test gives up waiting for a worker."""


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


@pytest.fixture
def heard():
    return []


@pytest.fixture
def runner(session, heard):
    made = Runner(session, heard.append)
    yield made
    made.close()


@pytest.fixture
def fault(tmp_path, monkeypatch):
    """Run code at the start of every Python process from now on."""

    def put(code):
        folder = tmp_path / "fault"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(textwrap.dedent(code))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(Path.cwd())]))

    return put


def wait_until(holds, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


def finish(job):
    assert job.wait(PATIENCE)
    return job


def is_running(process_id):
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def long_job(session):
    session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=100000)", batch=4, count=20000)


def until_calibrating(job):
    wait_until(lambda: job.wait(0) or any(e.kind == "progress" and e.stage == "calibrate" and e.done > 2 for e in tuple(job.events)))
    assert not job.wait(0)


def test_a_run_tells_its_stages_in_order(session, runner, heard):
    job = finish(runner.submit("compile"))
    assert job.state == "finished"
    assert job.error is None
    names = ["load", "prepare", "calibrate", "quantize", "compile"]
    kinds = ("started", "finished")
    assert [(e.kind, e.stage) for e in job.events if e.kind in kinds] == [(kind, name) for name in names for kind in kinds]
    for name in names:
        steps = [e.done for e in job.events if e.kind == "progress" and e.stage == name]
        assert steps == sorted(steps)
    assert all(session.done(name) for name in names)
    wait_until(lambda: heard[-1].kind == "ended")
    assert heard == [*job.events, heard[-1]]
    assert (heard[-1].stage, heard[-1].message) == ("compile", "finished")


def test_quick_steps_are_not_told_one_by_one(session, runner):
    session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=4000)", batch=1, count=4000)
    job = finish(runner.submit("calibrate"))
    steps = [e for e in job.events if e.kind == "progress" and e.stage == "calibrate"]
    assert steps[-1].done == steps[-1].total >= 4000
    assert len(steps) <= job.seconds / PROGRESS_SECONDS + 2


def test_a_worker_is_used_again(runner, session):
    finish(runner.submit("load"))
    first = runner.process_id
    job = finish(runner.submit("prepare"))
    assert runner.process_id == first
    assert [e.stage for e in job.events if e.kind == "finished"] == ["prepare"]
    session.configure("prepare", input_shape=[2, 3, 8, 8])
    finish(runner.submit("prepare"))
    assert session.artifact("prepare").graph.inputs[0].shapes == ((2, 3, 8, 8),)


def test_a_worker_with_nothing_to_do_is_let_go_and_replaced(runner):
    runner.idle_seconds = 0.2
    finish(runner.submit("load"))
    first = runner.process_id
    wait_until(lambda: runner.process_id is None)
    assert finish(runner.submit("load", force=True)).state == "finished"
    assert runner.process_id not in (None, first)


def test_a_runner_that_was_closed_lets_its_session_go(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    runner = Runner(session)
    finish(runner.submit("load"))
    runner.close()
    gone = weakref.ref(session)
    del session, runner
    wait_until(lambda: gc.collect() is not None and gone() is None)


def test_a_worker_gives_way_to_the_server(runner):
    finish(runner.submit("load"))
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, runner.process_id) == min(19, own + NICE)


def test_a_finished_stage_only_runs_again_by_force(runner):
    finish(runner.submit("load"))
    assert finish(runner.submit("load")).events == []
    assert [e.kind for e in finish(runner.submit("load", force=True)).events if e.kind != "log"] == ["started", "finished"]


def test_an_error_of_a_stage_keeps_its_four_parts_and_the_worker(session, runner):
    session.configure("prepare", input_shape=[-1, 4, 8, 8])
    job = finish(runner.submit("compile"))
    process_id = runner.process_id
    assert job.state == "failed"
    assert type(job.error).__name__ == "ShapeError"
    assert job.error.what
    assert "conv0" in job.error.where
    assert session.done("load")
    session.configure("prepare", input_shape=[-1, 3, 8, 8])
    assert finish(runner.submit("prepare")).state == "finished"
    assert runner.process_id == process_id


def test_one_job_at_a_time(session, runner):
    long_job(session)
    job = runner.submit("calibrate")
    with pytest.raises(JobError, match="running"):
        runner.submit("load")
    runner.cancel()
    finish(job)
    assert not runner.busy


def test_cancel_stops_a_long_calibration_by_itself(session, runner):
    finish(runner.submit("prepare"))
    long_job(session)
    job = runner.submit("calibrate")
    until_calibrating(job)
    process_id = runner.process_id
    runner.cancel()
    assert job.wait(CANCEL_SECONDS)
    assert job.state == "cancelled"
    assert runner.process_id == process_id  # it stopped by itself, so the worker lives on
    assert is_running(process_id)
    assert not session.done("calibrate")
    session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=64)", count=1)
    assert finish(runner.submit("quantize")).state == "finished"
    assert runner.process_id == process_id


def test_cancel_right_after_submit_is_not_lost(session, runner):
    finish(runner.submit("prepare"))
    long_job(session)
    for _ in range(5):
        job = runner.submit("calibrate")
        runner.cancel()
        finish(job)
        assert job.state == "cancelled"


def test_a_job_can_follow_a_cancelled_one_at_once(session, runner):
    """The end of the first job must not be taken for that of the second."""
    finish(runner.submit("prepare"))
    for _ in range(5):
        long_job(session)
        job = runner.submit("calibrate")
        runner.cancel()
        wait_until(lambda: not runner.busy)
        assert job.wait(0)
        session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=64)", count=1)
        assert finish(runner.submit("calibrate", force=True)).state == "finished"
        assert session.done("calibrate")


def test_cancel_without_a_job_does_nothing(runner):
    runner.cancel()
    assert finish(runner.submit("load")).state == "finished"
    runner.cancel()
    assert finish(runner.submit("prepare")).state == "finished"


HANG = """
    import sys
    if "mrt_studio.session.worker" in sys.orig_argv:
        import ctypes, time
        from mrt_studio.stages.load import Load
        Load.run = lambda *arguments: {call}
"""
HANGS = {"python": "time.sleep(600)", "native code that holds the interpreter": "ctypes.PyDLL(None).sleep(600)"}
"""While native code holds the interpreter's lock, no thread of the worker hears anything."""


def until_hanging(job):
    wait_until(lambda: any(e.kind == "started" for e in tuple(job.events)))


@pytest.mark.parametrize("call", HANGS.values(), ids=HANGS)
def test_a_job_that_hangs_is_killed(session, runner, heard, fault, call):
    fault(HANG.format(call=call))
    job = runner.submit("load")
    until_hanging(job)
    process_id = runner.process_id
    runner.cancel()
    finish(job)
    assert job.state == "cancelled"
    wait_until(lambda: [e.kind for e in heard][-2:] == ["cancelled", "ended"])
    wait_until(lambda: not is_running(process_id))


def test_a_job_that_takes_too_long_is_ended_and_says_so(session, fault):
    fault(HANG.format(call=HANGS["native code that holds the interpreter"]))
    runner = Runner(session, limits=Limits(seconds=1))
    job = finish(runner.submit("prepare"))
    runner.close()
    assert job.state == "failed"
    assert type(job.error) is JobError
    assert "longer than its limit of 1 s" in job.error.what
    assert job.error.remedy


def test_a_job_within_its_limits_does_not_feel_them(session):
    runner = Runner(session, limits=Limits(seconds=PATIENCE, memory=4096))
    assert finish(runner.submit("compile")).state == "finished"
    process_id = runner.process_id
    assert finish(runner.submit("evaluate")).state == "finished"
    assert runner.process_id == process_id
    runner.close()


@pytest.fixture
def wide(tmp_path):
    """A session of a net whose first result takes 21 times the memory of its data, of 48 kB a sample."""
    b = Builder(make)
    weight = b.param("", np.ones((64, 3, 3, 3), np.float32), name="conv0_weight")
    x = b.op("Convolution", b.input("data", None), weight, name="conv0", kernel=(3, 3), pad=(1, 1), num_filter=64, no_bias=True)
    session = Session(tmp_path / "wide", tiny_recipe(write_model(b.graph([x]), tmp_path, "wide")))
    session.configure("prepare", input_shape=[-1, 3, 64, 64])
    return session


@pytest.mark.parametrize("batch", [4096, 512], ids=["numpy", "native code"])
def test_a_job_that_wants_too_much_memory_says_so(wide, batch):
    """A large batch is refused to numpy, a smaller one to MXNet."""
    runner = Runner(wide, limits=Limits(memory=256))
    wide.configure("calibrate", dataset="stdrandom(shape=(3, 64, 64), count=8192)", batch=batch, count=1)
    job = finish(runner.submit("calibrate"))
    assert job.state == "failed"
    assert "memory" in f"{job.error.what} {job.error.why}", job.error
    assert "smaller batch" in job.error.remedy
    wide.configure("calibrate", batch=1)
    assert finish(runner.submit("calibrate")).state == "finished"
    runner.close()


@pytest.mark.parametrize("limits", [{"seconds": -1}, {"memory": -1}, {"memory": 1 << 40}, {"seconds": 1 << 40}])
def test_impossible_limits_are_refused(limits):
    with pytest.raises(OptionError, match="limit of"):
        Limits(**limits)


def test_words_about_memory_come_before_the_signal(runner, fault):
    fault("""
        import sys
        if "mrt_studio.session.worker" in sys.orig_argv:
            import os
            from mrt_studio.stages.load import Load
            def run(*arguments):
                os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\\n  what():  std::bad_alloc\\n")
                os.abort()
            Load.run = run
    """)
    job = finish(runner.submit("load"))
    assert job.error.why.startswith("The memory was not enough. It was ended by SIGABRT")


def test_a_job_tells_how_long_it_will_take(session, runner):
    finish(runner.submit("prepare"))
    session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=100000)", batch=4, count=2000)
    job = runner.submit("calibrate")
    wait_until(lambda: job.wait(0) or job.seconds_left is not None)
    assert job.state == "running"
    assert job.seconds_left > 0
    assert job.seconds > 0
    runner.cancel()
    finish(job)
    assert job.seconds_left is None


def test_close_ends_a_running_job(session, runner):
    long_job(session)
    job = runner.submit("calibrate")
    until_calibrating(job)
    process_id = runner.process_id
    runner.close()
    assert job.wait(0)
    assert job.state == "cancelled"
    assert not is_running(process_id)
    assert not runner.busy
    assert runner.process_id is None
    assert finish(runner.submit("load")).state == "finished"


@pytest.mark.parametrize(("number", "cause"), [(signal.SIGKILL, "memory"), (signal.SIGSEGV, "native code"), (signal.SIGABRT, "native code")])
def test_a_worker_that_dies_is_reported_and_replaced(session, runner, number, cause):
    long_job(session)
    job = runner.submit("calibrate")
    until_calibrating(job)
    process_id = runner.process_id
    os.kill(process_id, number)
    finish(job)
    assert job.state == "failed"
    assert isinstance(job.error, WorkerDied)
    assert number.name in job.error.why
    assert cause in job.error.why
    assert job.error.remedy
    assert session.done("prepare")
    assert not session.done("calibrate")
    session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=64)", count=1)
    assert finish(runner.submit("calibrate")).state == "finished"
    assert runner.process_id != process_id


def test_a_worker_that_died_while_idle_is_replaced(runner):
    finish(runner.submit("load"))
    first = runner.process_id
    os.kill(first, signal.SIGKILL)
    job = finish(runner.submit("prepare"))
    assert job.state == "finished"
    assert runner.process_id != first


def test_an_exception_in_a_worker_is_quoted(runner, fault):
    fault("""
        import sys
        if "mrt_studio.session.worker" in sys.orig_argv:
            from mrt_studio.stages.load import Load
            def run(*arguments):
                raise RuntimeError("the roof is on fire")
            Load.run = run
    """)
    job = finish(runner.submit("load"))
    assert isinstance(job.error, WorkerDied)
    assert "RuntimeError: the roof is on fire" in job.error.why


def test_noise_of_native_code_breaks_nothing(runner, session, fault):
    """Bytes that are no text, on both streams, before and during the job."""
    fault(r"""
        import os, sys, threading
        if "mrt_studio.session.worker" in sys.orig_argv:
            noise = b"\xff\xfe\x80 [12:00:00] src/operator.cc: \xe2\x28\xa1\n{\n[]\n" * 50
            os.write(1, noise)
            os.write(2, noise)
            def shout():
                while True:
                    os.write(1, noise)
                    threading.Event().wait(0.001)
            class Start:
                def find_spec(self, name, *rest):
                    if name == "mrt_studio.session.pipeline":
                        sys.meta_path.remove(self)
                        threading.Timer(0.5, shout).start()
            sys.meta_path.insert(0, Start())
    """)
    job = finish(runner.submit("compile"))
    assert job.state == "finished"
    assert session.done("compile")
    long_job(session)
    job = runner.submit("calibrate")
    until_calibrating(job)
    runner.cancel()
    assert finish(job).state == "cancelled"


PARENT = """
import sys, time
from mrt_studio.session.cluster import Cluster
from mrt_studio.session.jobs import Runner
from mrt_studio.session.session import Session
from mrt_studio.session.worker import NICE

session = Session(sys.argv[1])
kind, workers = sys.argv[2], int(sys.argv[3])
if workers:
    session.spread = Cluster(workers)
runner = Runner(session)
job = runner.submit("calibrate")
while not any((e.kind, e.stage) == (kind, "calibrate") and not e.message.startswith("starting") for e in tuple(job.events)):
    if job.wait(0.01):
        sys.exit(str(job.error))
print(runner.process_id, flush=True)
time.sleep(600)
"""


def group_of(leader):
    """Return the processes of a process group."""
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and is_running(p.name) and os.getpgid(int(p.name)) == leader]


@pytest.mark.parametrize(
    ("number", "call", "workers"),
    [(signal.SIGKILL, "", 0), (signal.SIGTERM, "", 0), (signal.SIGKILL, HANGS["native code that holds the interpreter"], 0), (signal.SIGKILL, "", 2)],
    ids=["killed", "terminated", "hanging", "with workers of its own"],
)
def test_no_worker_outlives_its_parent(session, tmp_path, fault, number, call, workers):
    long_job(session)
    session.save()
    session.close()
    if call:
        fault(HANG.format(call=call).replace("load import Load", "calibrate import Calibrate").replace("Load.run", "Calibrate.run"))
    (tmp_path / "parent.py").write_text(PARENT)
    words = [sys.executable, tmp_path / "parent.py", session.store.folder, "started" if call else "progress", str(workers)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as parent:
        worker = int(parent.stdout.readline())
        assert is_running(worker)
        assert len(group_of(parent.pid)) >= 2 + workers
        parent.send_signal(number)
    wait_until(lambda: not group_of(parent.pid), 10)


def test_ctrl_c_of_the_parents_terminal_does_not_end_the_worker(session, runner):
    long_job(session)
    job = runner.submit("calibrate")
    until_calibrating(job)
    os.kill(runner.process_id, signal.SIGINT)
    seen = len(job.events)
    wait_until(lambda: len(job.events) > seen + 3)
    runner.cancel()
    assert finish(job).state == "cancelled"
