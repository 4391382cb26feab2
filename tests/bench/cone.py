"""Measure what an edit in the last quarter of a net costs beside a full quantize run.

    python -m tests.bench.cone [--edits 9]

A full run starts with nothing in memory, as the first job of a worker does: it reads the prepared model and the statistics,
chooses thresholds, lowers, proves and saves. An edit goes on from the last result. Prints medians in milliseconds and their
ratio, in one process and through a worker, whose figures hold the job's messages too.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from mrt_studio.session.jobs import Runner
from mrt_studio.session.session import Session
from tests.models.zoo import zoo_model

FULL_RUNS = 5
MODELS = Path(".pytest_cache/d/models")


def main() -> None:
    """Measure both nets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=9)
    parser.add_argument("--observer", default="absmax")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        for name in ("mobilenet_v2", "resnet18_v1"):
            session = opened(name, Path(made) / name)
            session.configure("quantize", observer=arguments.observer)
            session.run("quantize")
            for way, measure in (("one process", in_process), ("worker", through_worker)):
                full, edit = measure(session, arguments.edits)
                print(f"{name:13} {way:11} full {full:7.1f} ms   edit {edit:7.1f} ms   ratio {edit / full:.3f}")


def opened(name: str, folder: Path) -> Session:
    """Return a session on a net at 224 x 224 pixels."""
    session = Session(folder)
    if name == "mobilenet_v2":
        session.open("demo:mobilenet_v2")
        return session
    files = zoo_model(name, MODELS)
    session.configure("load", model=str(files.symbol), params=str(files.params))
    session.configure("prepare", input_shape=[-1, 3, 224, 224])
    return session


def in_process(session: Session, edits: int) -> tuple[float, float]:
    """Return medians of a full run and an edit."""
    full = [timed(lambda: Session(session.store.folder, session.recipe()).run("quantize"), session) for _ in range(FULL_RUNS)]
    session.forget("quantize")
    session.run("quantize")
    return statistics.median(full), statistics.median([edited(session, i, lambda: session.run("quantize")) for i in range(edits)])


def through_worker(session: Session, edits: int) -> tuple[float, float]:
    """Return the same of jobs; for a full run the worker is new, but has started."""
    full = []
    for _ in range(FULL_RUNS):
        runner = Runner(session)
        try:
            done(runner, "load")
            full.append(timed(lambda: done(runner, "quantize"), session))  # noqa: B023  (called at once)
        finally:
            runner.close()
    runner = Runner(session)
    try:
        session.forget("quantize")
        done(runner, "quantize")
        return statistics.median(full), statistics.median([edited(session, i, lambda: done(runner, "quantize")) for i in range(edits)])
    finally:
        runner.close()


def edited(session: Session, turn: int, run) -> float:
    """Move a threshold of the last quarter, and time the run."""
    names = [node.name for node in session.artifact("prepare").graph.operators]
    last = names[len(names) * 3 // 4 :]
    name = last[turn * 7 % len(last)]
    session.thresholds[name] *= 0.97
    return timed(run)


def timed(run, forgetting: Session | None = None) -> float:
    """Return milliseconds, after the result is forgotten if asked."""
    if forgetting is not None:
        forgetting.forget("quantize")
    started = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - started)


def done(runner: Runner, target: str) -> None:
    """Run a job to its end."""
    job = runner.submit(target)
    job.wait()
    if job.error is not None:
        raise job.error


if __name__ == "__main__":
    main()
