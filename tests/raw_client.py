"""A client of the studio that is no browser: it speaks Bokeh's protocol over a websocket and may send anything."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).parents[1]
SERVE = """
import json, sys
from pathlib import Path
from mrt_studio.ui.server import serve
given = json.loads(sys.argv[1])
paths = {name: given.pop(name) for name in ("project", "basic_auth")}
serve(**given, **{name: path and Path(path) for name, path in paths.items()})
"""
MOST_BYTES = 1 << 28
SECONDS = 180
"""For an answer, on a machine that has much else to do."""


@dataclass
class Running:
    """A studio in a process of its own: where it is, and its token."""

    port: int
    token: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.base}/mrt_studio"

    def memory(self, field: str = "VmRSS") -> int:
        """Bytes that the server has in memory; VmHWM for the most it had."""
        words = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", words)[1]) * 1024

    def cookie(self) -> str:
        """The cookie that the token is exchanged for."""
        opener = urllib.request.build_opener(_Stay)
        with opener.open(f"{self.url}?token={self.token}", timeout=30) as answer:
            return answer.headers["Set-Cookie"].partition(";")[0]


class _Stay(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, request, file, code, message, headers):
        return file


@contextmanager
def running(folder: Path, port: int, **options: Any) -> Iterator[Running]:
    """A studio with the options of `serve`; it is stopped at the end."""
    log = folder / f"server-{port}.log"
    words = json.dumps({"project": None, "basic_auth": None, "port": port, **options}, default=str)
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", SERVE, words], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + SECONDS
        while not (found := re.search(r"MRT Studio is at \S+?(?:\?token=(\S+))?$", log.read_text(), re.MULTILINE)):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield Running(port, found[1] or "", process, log)
    finally:
        process.terminate()
        process.wait(20)


class RawClient:
    """One session of a page, without the page."""

    def __init__(self, server: Running, socket: WebSocketClientConnection) -> None:
        self.server, self._socket = server, socket
        self._ids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Any]] = {}
        self._ready = asyncio.Event()
        self.patches: list[dict[str, Any]] = []
        """What the server changed since the page came."""
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, server: Running, cookie: str, query: str = "") -> RawClient:
        """Fetch the page, and connect as it would."""
        page = await AsyncHTTPClient().fetch(HTTPRequest(server.url + query, headers={"Cookie": cookie}, request_timeout=SECONDS))
        token = re.search(r'"token":"([^"]+)"', page.body.decode())[1]
        client = cls(server, await connect(server, token, {"Cookie": cookie, "Origin": server.base}))
        await asyncio.wait_for(client._ready.wait(), SECONDS)  # what is sent before the session is there gets lost
        await client.ask("PULL-DOC-REQ", {})
        return client

    async def close(self) -> None:
        self._socket.close()
        await self._reading

    async def ask(self, kind: str, content: dict[str, Any]) -> Any:
        """Send a message; returns the type and the content of its answer."""
        number = str(next(self._ids))
        self._replies[number] = asyncio.get_running_loop().create_future()
        for part in ({"msgid": number, "msgtype": kind}, {}, content):
            await self._socket.write_message(json.dumps(part))
        return await asyncio.wait_for(self._replies[number], SECONDS)

    async def document(self) -> dict[str, Any]:
        """The document as it is now."""
        return (await self.ask("PULL-DOC-REQ", {}))[1]["doc"]

    async def unfold(self) -> list[dict[str, Any]]:
        """Open all folded parts, which are made only then; returns the models of the document as it is now."""
        folds = [model for model in models(await self.document()) if class_of(model) == "Accordion"]
        for fold in folds:
            await self.change(fold["id"], "active", list(range(len(_parts(fold)))))
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = {model["id"]: model for model in models(await self.document())}
            if all(found[part]["attributes"].get("children") for fold in folds for part in _parts(fold)):
                return list(found.values())
            await asyncio.sleep(0.1)
        raise AssertionError("the folded parts were not made")

    async def change(self, model: str, name: str, value: Any) -> str:
        """Set a property of a model by its id; returns the type of the answer."""
        event = {"kind": "ModelChanged", "model": {"id": model}, "attr": name, "new": value}
        return (await self.ask("PATCH-DOC", {"events": [event]}))[0]

    async def send(self, name: str, model: str = "", **values: Any) -> str:
        """Send a Bokeh event, of the document or of a model, such as a click."""
        entries = [*([["model", {"id": model}]] if model else []), *([key, value] for key, value in values.items())]
        event = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": {"type": "event", "name": name, "values": {"type": "map", "entries": entries}}}
        return (await self.ask("PATCH-DOC", {"events": [event]}))[0]

    async def click(self, label: str) -> str:
        """Press the button of this name; returns the type of the answer."""
        button = next(model for model in models(await self.document()) if _labelled(model, label))
        return await self.send("dom_event", button["id"], node="click", data={"type": "map", "entries": []})

    async def _read(self) -> None:
        parts: list[Any] = []
        while (frame := await self._socket.read_message()) is not None:
            parts.append(frame)
            header = json.loads(parts[0])
            if len(parts) == 3 + 2 * header.get("num_buffers", 0):
                if header["msgtype"] == "ACK":
                    self._ready.set()
                elif header["msgtype"] == "PATCH-DOC":
                    self.patches.extend(json.loads(parts[2])["events"])
                if waiting := self._replies.pop(header.get("reqid", ""), None):
                    waiting.set_result((header["msgtype"], json.loads(parts[2])))
                parts = []


async def connect(server: Running, token: str, headers: dict[str, str]) -> WebSocketClientConnection:
    """A websocket with a session's token and these headers; raises HTTPClientError when it is refused."""
    request = HTTPRequest(server.url.replace("http:", "ws:") + "/ws", headers=headers)
    return await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=MOST_BYTES)


def models(document: Any) -> Iterator[dict[str, Any]]:
    """All models of a document: dicts of id, name and attributes."""
    if isinstance(document, dict):
        if document.get("type") == "object" and "id" in document:
            yield document
        for value in document.values():
            yield from models(value)
    elif isinstance(document, list):
        for value in document:
            yield from models(value)


def status(url: str, *, method: str = "GET", data: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
    """The status, the headers and the body of an answer, without following it elsewhere."""
    request = urllib.request.Request(url, data=data, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=SECONDS) as answer:
            return answer.status or 302, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read()


def _labelled(model: dict[str, Any], label: str) -> bool:
    data = model.get("attributes", {}).get("data")
    return isinstance(data, dict) and data.get("attributes", {}).get("label") == label


def _parts(fold: dict[str, Any]) -> list[str]:
    return [part["id"] for part in fold["attributes"].get("objects", ())]


def class_of(model: dict[str, Any]) -> str:
    """The name of a model's class; Panel adds figures to some names."""
    return model["name"].rpartition(".")[2].rstrip("0123456789")
