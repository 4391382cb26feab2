"""Twenty sessions and four jobs on one server: how quick it stays, and what a session costs.

Run with: python -m tests.bench.load [--sessions 20] [--jobs 4] [--seconds 20] [--cycles 100]

The sessions are websockets without a browser, each with a temporary project; some of them calibrate. A ping is a request for
a small page of the server, an interaction is a change of an option until its answer. Growth is that of the server's memory over
cycles of opening a page and closing it, measured after the first fifth of them, when caches are warm.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.models.tiny import tiny_model
from tests.raw_client import RawClient, Running, models, running, status

BARS = {"ping p95": 0.050, "interaction p95": 0.300, "a session": 2e6, "growth": 0.05}
LINGER = 40
"""Seconds in which the server forgets a session that was closed."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("sessions", 20), ("jobs", 4), ("seconds", 20), ("cycles", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        with running(Path(name), port, model=str(tiny_model(Path(name)).symbol)) as server:
            asyncio.run(measure(server, given))


async def measure(server: Running, given: argparse.Namespace) -> None:
    """The figures one after another; sessions are opened one by one, as people come."""
    cookie = server.cookie()
    await (await arrive(server, cookie)).close()
    before = server.memory()
    clients = [await arrive(server, cookie) for _ in range(given.sessions)]
    say("a session", (server.memory() - before) / given.sessions, "{:,.0f} bytes")
    fields = [await labels(client) for client in clients]
    for client, found in list(zip(clients, fields, strict=True))[: given.jobs]:
        await client.change(found["Input shape"], "value", "-1, 3, 8, 8")
        await client.change(found["Dataset"], "value", "stdrandom(shape=(3, 8, 8), count=1048576)")
        await client.change(found["Count"], "value", "65536")
        assert await client.click("Run all") == "OK"
    end = time.monotonic() + given.seconds
    pings, answers = await asyncio.gather(repeat(end, lambda: asyncio.to_thread(ping, server, cookie)), interactions(end, clients, fields))
    say("ping p95", p95(pings), "{:.3f} s")
    say("interaction p95", p95(answers), "{:.3f} s")
    print(f"{len(pings)} pings (median {sorted(pings)[len(pings) // 2]:.3f} s), {len(answers)} interactions, {len(children(server))} workers")
    assert all([await is_calibrating(client) for client in clients[: given.jobs]]), "a job was over too soon"
    for client in clients:
        await client.close()
    await asyncio.sleep(LINGER)
    start, files = 0, len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
    for cycle in range(given.cycles):
        if cycle == given.cycles // 5:
            start = server.memory()
        await (await arrive(server, cookie)).close()
    await asyncio.sleep(LINGER)
    say("growth", server.memory() / start - 1 if start else 0.0, "{:.3f}")
    print(f"open files {files} before the cycles, {len(list(Path(f'/proc/{server.process.pid}/fd').iterdir()))} after; workers left {len(children(server))}")


async def arrive(server: Running, cookie: str) -> RawClient:
    """A page that is drawn and has its model."""
    client = await RawClient.open(server, cookie)
    await client.send("document_ready")
    while not any(str(model["attributes"].get("label")).startswith("Load ·") for model in await attributed(client)):
        await asyncio.sleep(0.2)
    return client


async def is_calibrating(client: RawClient) -> bool:
    """Whether a page shows that its calibration runs."""
    return any("Calibrate · batch" in str(model["attributes"].get("text")) for model in await attributed(client))


async def attributed(client: RawClient) -> list[dict[str, Any]]:
    """The models of a page that are more than a reference."""
    return [model for model in models(await client.document()) if "attributes" in model]


async def interactions(end: float, clients: list[RawClient], fields: list[dict[str, str]]) -> list[float]:
    """Options changed by all sessions, each waiting for its answer and then a second; they do not begin in step, as people do not."""

    async def person(place: int, client: RawClient, found: dict[str, str]) -> list[float]:
        await asyncio.sleep(place / len(clients))
        return await repeat(end, lambda: client.change(found["Batch"], "value", str(1 + int(time.monotonic()) % 7)), pause=1)

    lists = await asyncio.gather(*(person(place, client, found) for place, (client, found) in enumerate(zip(clients, fields, strict=True))))
    return [seconds for one in lists for seconds in one]


async def repeat(end: float, action: Callable[[], Awaitable[object]], pause: float = 0.1) -> list[float]:
    """How long an action takes, again and again until the end."""
    found: list[float] = []
    while time.monotonic() < end:
        start = time.monotonic()
        await action()
        found.append(time.monotonic() - start)
        await asyncio.sleep(pause)
    return found


def ping(server: Running, cookie: str) -> None:
    """Ask for something small."""
    status(f"{server.base}/favicon.ico", Cookie=cookie)


async def labels(client: RawClient) -> dict[str, str]:
    """The ids of the fields, by label; of several with one label, the first."""
    found: dict[str, str] = {}
    for model in await client.unfold():
        if "label" in model.get("attributes", {}):
            found.setdefault(model["attributes"]["label"], model["id"])
    return found


def children(server: Running) -> list[str]:
    """The server's processes."""
    return [child for file in Path(f"/proc/{server.process.pid}/task").glob("*/children") for child in file.read_text().split()]


def p95(values: list[float]) -> float:
    """What 95 of 100 do not exceed."""
    return sorted(values)[int(0.95 * (len(values) - 1))]


def say(name: str, value: float, words: str) -> None:
    """A figure beside its bar."""
    print(f"{name:<16} {words.format(value):<18} {'holds' if value <= BARS[name] else 'MISSES'} (at most {words.format(BARS[name])})", flush=True)


if __name__ == "__main__":
    main()
