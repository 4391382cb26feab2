"""Processes that are killed while they save: nothing is corrupt, and nothing that was acknowledged is lost."""

import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from mrt_studio.session.store import Store
from tests.faults.saver import FILES, KEYS, SIZE, Pages

SAVER = Path(__file__).with_name("saver.py")
ROOT = Path(__file__).parents[2]


class Stage:
    name = "pages"
    artifact = Pages


def killed(saver, first, seconds):
    """What a saver acknowledged before it was killed `seconds` after its first save: key -> number."""
    saver.stdin.write(f"{first}\n")
    saver.stdin.flush()
    pid, acknowledged = 0, {}
    for line in saver.stdout:
        match line.split():
            case ["pid", number]:
                pid = int(number)
            case ["saved", key, number]:
                acknowledged[key] = int(number)
            case ["dead"]:
                return acknowledged
        if pid and acknowledged:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
            pid = 0
    pytest.fail("the saver ended by itself")


def found_in(folder):
    """What a process that comes after the killed one finds, every byte checked: key -> number."""
    store = Store(folder)
    store.own()
    found = {}
    for i in range(KEYS):
        if store.has("pages", key := f"key{i}"):
            found[key] = store.load(Stage(), key).number
            pages = {(store.path("pages", key) / f"page{n}").read_bytes() for n in range(FILES)}
            assert pages == {found[key].to_bytes(8, "big") * (SIZE // 8)}
            assert store.summary("pages", key)["summary"] == {"number": found[key]}
    found["recipe"] = tomllib.loads(store.recipe_path.read_text())["calibrate"]["batch"]
    left = [p.name for p in (*folder.iterdir(), *(folder / "artifacts").iterdir()) if p.name.endswith((".tmp", ".old"))]
    store.close()
    assert left == []
    return found


@pytest.mark.parametrize("kills", [60, pytest.param(1000, marks=pytest.mark.nightly)])
def test_savers_that_are_killed_lose_nothing(tmp_path, kills):
    rng, kept, first = random.Random(kills), {}, 4
    command = [sys.executable, SAVER, tmp_path / "project"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}) as saver:
        for _ in range(kills):
            kept |= killed(saver, first, rng.uniform(0, 0.03))
            found = found_in(tmp_path / "project")
            assert all(found[key] >= number for key, number in kept.items()), (kept, found)
            first = max(found.values()) + 1
        saver.stdin.close()
    assert len(kept) == KEYS + 1
