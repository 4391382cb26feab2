"""Tens of thousands of mutated files of every kind: each is read soundly or refused with one error of the studio."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.kinds import KINDS

ROOT = Path(__file__).parents[2]
NIGHTS = 20
"""How many times a day's cases a night has."""


def run(kind, count, first, folder):
    """What the runner says of cases `first` to `first + count`; a process that died is a fault."""
    words = [sys.executable, "-m", "tests.hostile.runner", kind, str(count), str(first), str(folder)]
    found = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert found.returncode == 0, found.stderr[-2000:]
    return json.loads(found.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_are_read_or_refused(tmp_path, kind):
    found = run(kind, KINDS[kind].count, 0, tmp_path)
    assert found["faults"] == []
    assert found["refused"] > KINDS[kind].count / 10


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_many_more_mutated_files_are_read_or_refused(tmp_path, kind):
    count = KINDS[kind].count * NIGHTS
    assert run(kind, count, KINDS[kind].count, tmp_path)["faults"] == []


BAD_READER = """
from tests.hostile import runner
from tests.hostile.kinds import KINDS, Kind

def read(data, folder):
    if len(data) == 2:
        raise KeyError(data)
    if len(data) == 1:
        bytearray(256 << 20)
    while not data:
        pass

KINDS["bad"] = Kind(lambda _: [b"aaa"], read)
runner.main()
"""


def test_the_runner_finds_faults(tmp_path):
    """A reader that crashes, takes memory or hangs is told."""
    words = [sys.executable, "-c", BAD_READER, "bad", "12", "0", str(tmp_path)]
    found = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    assert {text.split(": ")[1] for text in json.loads(found.stdout)["faults"]} == {"KeyError", "MemoryError", "took too long"}
