"""The examples of docs/jobs.md, as they stand there."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import mrt_studio
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe

ROOT = Path(mrt_studio.__file__).parents[1]
EXAMPLES = re.findall(r"```(sh|python)\n(.*?)```", (ROOT / "mrt_studio" / "docs" / "jobs.md").read_text(), re.DOTALL)
PATIENCE = 240


@pytest.fixture
def project(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path), count=4))
    session.save()
    session.close()
    return session


def command(kind, text, folder):
    if kind == "python":
        (folder / "example.py").write_text(text)
        return [sys.executable, str(folder / "example.py")]
    names = {"mrt-studio": "mrt_studio.cli", "dask": "dask"}  # the programs of this interpreter, wherever they are installed
    return ["bash", "-ec", re.sub(r"^(mrt-studio|dask)", lambda m: f"'{sys.executable}' -m {names[m[1]]}", text, flags=re.MULTILINE)]


@pytest.mark.parametrize(("kind", "text"), EXAMPLES, ids=["workers", "scheduler", "python"])
def test_the_examples_run(project, tmp_path, kind, text):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = command(kind, text.replace("PROJECT", str(project.store.folder)).replace("PORT", str(port)), tmp_path)
    log = tmp_path / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=out, start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert process.wait(PATIENCE) == 0, log.read_text()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
    assert project.done("calibrate")
    assert project.done("evaluate") is (kind == "sh" and "evaluate" in text)
    project.close()
