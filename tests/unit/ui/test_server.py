"""A studio in a process of its own, asked by clients that are no browsers: who gets in, what the answers carry, who sees what."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from bokeh.util.token import get_token_payload
from tornado.httpclient import HTTPClientError

from mrt_studio.errors import OptionError
from mrt_studio.session.session import Session
from mrt_studio.session.uploads import keep_upload, start_upload
from mrt_studio.ui.server import serve
from tests.models.tiny import tiny_model, tiny_recipe
from tests.raw_client import RawClient, Running, connect, models, running, status

MOST_UPLOAD = 3_000_000
PATHS = ("/", "/mrt_studio", "/mrt_studio/metadata", "/mrt_studio/autoload.js?bokeh-autoload-element=1", "/static/js/bokeh.min.js", "/favicon.ico", "/nothing")
OWN_PATHS = ("/mrt_studio/download/x/mrt-model.zip", "/mrt_studio/netron/x/", "/mrt_studio/netron/x/data/y", "/mrt_studio/upload/x/y")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with running(folder, free_port(), model=str(tiny_model(folder).symbol), max_upload=MOST_UPLOAD) as found:
        yield found


@pytest.fixture(scope="module")
def cookie(server: Running) -> str:
    return server.cookie()


@pytest.mark.parametrize("path", [*PATHS, *OWN_PATHS])
def test_without_the_token_nothing_is_served(server: Running, path: str) -> None:
    code, headers, body = status(server.base + path)
    assert code == 403
    assert b"enter its token" in body
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers(server: Running, cookie: str, path: str) -> None:
    code, headers, _ = status(server.base + path, Cookie=cookie)
    assert code in (200, 302, 404)
    policy = headers["Content-Security-Policy"]
    assert "http" not in policy
    assert "'unsafe-inline'" not in policy.partition("script-src ")[2].partition(";")[0]
    for rule in ("default-src 'self'", "script-src-attr 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("nosniff", "DENY", "no-referrer")


def test_the_token_becomes_a_cookie_and_leaves_the_address(server: Running) -> None:
    code, headers, _ = status(f"{server.url}?token={server.token}&theme=dark")
    assert (code, headers["Location"]) == (302, "./mrt_studio?theme=dark")
    assert headers["Set-Cookie"].startswith(f"mrt-studio-{server.port}=")
    assert headers["Set-Cookie"].partition(";")[2] == " HttpOnly; Path=/; SameSite=Strict"
    assert server.token not in headers["Set-Cookie"]


def test_a_page_holds_neither_token_nor_cookie_and_each_has_its_own_nonce(server: Running, cookie: str) -> None:
    pages = [status(server.url, Cookie=cookie, Authorization=f"token {server.token}") for _ in range(2)]
    secret = cookie.partition("=")[2]
    for _, headers, body in pages:
        page = body.decode()
        assert server.token not in page
        assert secret not in page
        session = re.search(r'"token":"([^"]+)"', page)[1]
        text = _payload(session)
        assert server.token not in text
        assert secret not in text
        (nonce,) = set(re.findall(r'<script nonce="([^"]+)"', page))
        assert f"'nonce-{nonce}'" in headers["Content-Security-Policy"]
        assert page.count("<script") == page.count("<script nonce=")
    assert pages[0][1]["Content-Security-Policy"] != pages[1][1]["Content-Security-Policy"]


def test_another_host_name_is_refused_even_with_the_token(server: Running, cookie: str) -> None:
    for host in ("evil.example", f"evil.example:{server.port}", "10.0.0.1"):
        for path in PATHS:
            assert status(server.base + path, Host=host, Cookie=cookie, Authorization=f"token {server.token}")[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_request_that_changes_something_from_another_site_is_refused(server: Running, cookie: str, method: str) -> None:
    for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        code, _, body = status(server.url, method=method, data=b"x", Cookie=cookie, **origin)
        assert (code, b"another site" in body) == (403, True)
    assert status(server.url, method=method, data=b"x", Cookie=cookie, Origin=server.base)[0] == 405


def test_websockets(server: Running, cookie: str) -> None:
    page = status(server.url, Cookie=cookie)[2].decode()
    token = re.search(r'"token":"([^"]+)"', page)[1]
    own, other = server.base, "http://evil.example"
    refused = [{}, {"Origin": own}, {"Cookie": cookie}, {"Cookie": cookie, "Origin": other}, {"Cookie": cookie, "Origin": "null"}]
    refused += [{"Cookie": cookie, "Origin": other, "Host": "evil.example"}, {"Cookie": cookie, "Origin": f"http://localhost:{server.port}"}]

    async def tries() -> None:
        for headers in refused:
            with pytest.raises(HTTPClientError, match="403"):
                await connect(server, token, headers)
        for headers in ({"Cookie": cookie, "Origin": own}, {"Authorization": f"token {server.token}"}):
            socket = await connect(server, token, headers)
            assert json.loads(await socket.read_message())["msgtype"] == "ACK"
            socket.close()
            while await socket.read_message() is not None:
                pass

    asyncio.run(tries())


def test_a_session_id_of_the_clients_choice_is_refused(server: Running, cookie: str) -> None:
    """An id must be signed by the server, so that nobody can join or prepare the session of another."""
    assert status(f"{server.url}?bokeh-session-id=chosen", Cookie=cookie)[0] == 403
    assert status(server.url, Cookie=cookie, Bokeh_Session_Id="chosen")[0] == 403
    page = status(server.url, Cookie=cookie)[2].decode()
    token = re.search(r'"token":"([^"]+)"', page)[1]

    async def tries() -> None:
        for forged in (token[:-4] + "AAAA", token.partition(".")[0], "bm90aGluZw"):
            socket = await connect(server, forged, {"Cookie": cookie, "Origin": server.base})
            assert await socket.read_message() is None
            socket.close()

    asyncio.run(tries())


def test_the_log_has_no_secret(server: Running, cookie: str) -> None:
    for url in (f"{server.base}/nothing?token={server.token}", f"{server.url}?token={server.token}"):
        status(url, Host="evil.example")
        status(url, Cookie=cookie)
    log = server.log.read_text()
    assert "403 GET" in log
    assert log.count(server.token) == 1
    assert cookie.partition("=")[2] not in log


def test_a_reload_finds_the_pages_own_project_and_nobody_else_does(server: Running, cookie: str) -> None:
    async def project_of(client: RawClient) -> str:
        return next(model["attributes"]["project"] for model in models(await client.document()) if model.get("attributes", {}).get("project"))

    async def batch_of(client: RawClient) -> str:
        return next(model["attributes"]["value"] for model in await client.unfold() if model.get("attributes", {}).get("label") == "Batch")

    async def look() -> None:
        first = await RawClient.open(server, cookie)
        word = await project_of(first)
        assert await first.change(await field_called(first, "Batch"), "value", "3") == "OK"
        await first.close()
        again = await RawClient.open(server, cookie, f"?project={word}")
        assert await project_of(again) == word
        end = time.monotonic() + 30
        while await batch_of(again) != "3":
            assert time.monotonic() < end
        for query in ("", "?project=guessed", f"?project={word[:-1]}", "?project=%FF%00"):
            other = await RawClient.open(server, cookie, query)
            assert word != await project_of(other) != query.removeprefix("?project=")
            assert await batch_of(other) != "3"
            await other.close()
        await again.close()

    asyncio.run(look())


def test_what_changes_while_a_page_is_drawn_reaches_it(tmp_path) -> None:
    """A page has its document before it says that it has been drawn; Panel dropped what came in between."""

    async def look() -> None:
        with running(tmp_path, free_port(), project=tmp_path / "project") as server:
            cookie = server.cookie()
            one, two = [await RawClient.open(server, cookie) for _ in range(2)]
            field = await field_called(one, "Batch")
            assert await two.change(await field_called(two, "Batch"), "value", "3") == "OK"
            end = time.monotonic() + 30
            while not any(patch.get("model") == {"id": field} and patch["attr"] == "value" for patch in one.patches):
                assert time.monotonic() < end, [patch.get("attr") for patch in one.patches]
                await asyncio.sleep(0.05)
            for client in (one, two):
                await client.close()

    asyncio.run(look())


def test_two_sessions_see_nothing_of_each_other(server: Running, cookie: str) -> None:
    """Without a project each page has a folder of its own, and addresses that cannot be guessed."""

    async def look() -> None:
        one, two = [await RawClient.open(server, cookie) for _ in range(2)]
        field = await field_called(one, "Parameter file")
        assert await one.change(field, "value", "/only/in/one.params") == "OK"
        batch = await field_called(one, "Batch")
        assert await one.change(batch, "value", "3") == "OK"
        first, second = [json.dumps(await client.document()) for client in (one, two)]
        assert "/only/in/one.params" in first
        assert "/only/in/one.params" not in second
        addresses = [set(re.findall(r"/mrt_studio/(?:upload|download|netron)/[\w-]{20,}", text)) for text in (first, second)]
        assert all(addresses)
        assert not addresses[0] & addresses[1]
        for client in (one, two):
            await client.close()

    asyncio.run(look())


def test_an_upload_arrives_whole_and_a_large_one_is_refused_in_words(server: Running, cookie: str) -> None:
    async def send() -> None:
        client = await RawClient.open(server, cookie)
        address = server.base + next(model["attributes"]["address"] for model in models(await client.document()) if "most_bytes" in model.get("attributes", {}))
        await asyncio.to_thread(_uploads, server, address, cookie)
        files = [model["attributes"]["files"] for model in models(await client.document()) if "most_bytes" in model.get("attributes", {})]
        assert "my net-symbol.json" in json.dumps(files)
        await client.close()

    asyncio.run(send())


def _uploads(server: Running, address: str, cookie: str) -> None:
    own = {"Cookie": cookie, "Origin": server.base, "method": "PUT"}
    data = bytes(range(256)) * 4096
    code, _, body = status(f"{address}my%20net-symbol.json", data=data, **own)
    assert (code, json.loads(body)) == (200, {"name": "my net-symbol.json", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    code, _, body = status(f"{address}big.params", data=bytes(MOST_UPLOAD + 1), **own)
    assert (code, json.loads(body)["problem"]) == (413, "big.params has 3 MB; an upload may have 3 MB.")
    for name in ("model.onnx", ".json", "a%00.json", "%2e%2e", "x" * 300 + ".json", "%E2%80%AE.json"):
        code, _, body = status(address + name, data=b"x", **own)
        assert (code, "cannot be uploaded" in json.loads(body)["problem"]) == (400, True), name
    assert status(address.replace("/upload/", "/upload/x"), data=b"x", **own)[0] == 404
    assert status(f"{address}a.json", data=b"x", method="PUT", Cookie=cookie)[0] == 403
    assert status(f"{address}a.json", data=b"x", method="POST", Cookie=cookie, Origin=server.base)[0] == 404


def traversals() -> list[str]:
    """A hundred ways to say another folder."""
    ups = ["../", "..\\", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..%252f", "..%c0%af", ".%2e/", "....//", "..;/", "..%00/", "%u002e%u002e/", "/", "//"]
    ups += ["\\", "file:///", "C:\\", "~/", "./../"]
    return [up * times + "etc/secret.params" for up in ups for times in (1, 2, 3, 6, 10)]


def test_a_hundred_traversals_stay_in_the_folder(tmp_path) -> None:
    session = Session(tmp_path / "deep" / "project")
    names = traversals()
    assert len(names) == 100
    for name in names:
        for given in (name, unquote(name, errors="replace")):
            start = start_upload(session)
            try:
                kept = keep_upload(session, start, given)
            except OptionError:
                continue
            assert kept.parent == (session.store.folder / "uploads").resolve()
    inside = (tmp_path / "deep" / "project" / "uploads").resolve()
    assert all(path.resolve().is_relative_to(inside) for path in tmp_path.rglob("*secret*"))


def test_a_hundred_traversals_in_addresses_reach_nothing(server: Running, cookie: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    prefixes = ("/static/", "/mrt_studio/static/", "/mrt_studio/netron/x/data/", "/static/extensions/panel/", "/components/")
    for name in traversals():
        for prefix in prefixes:
            path = (prefix + name.replace("secret.params", "passwd")).replace(" ", "%20")
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            assert b"root:" not in answer.read(), path
            assert answer.status in (301, 302, 400, 403, 404, 500), path
    connection.close()


@pytest.mark.parametrize("mebibytes", [256, pytest.param(1024, marks=pytest.mark.nightly)])
def test_a_large_upload_adds_little_memory(tmp_path, mebibytes: int) -> None:
    size, piece = mebibytes << 20, bytes(1 << 20)
    with running(tmp_path, free_port(), project=tmp_path / "project", max_upload=size) as server:
        cookie = server.cookie()

        async def send() -> None:
            client = await RawClient.open(server, cookie)
            address = next(model["attributes"]["address"] for model in models(await client.document()) if "most_bytes" in model.get("attributes", {}))
            before = server.memory()
            await asyncio.to_thread(_send_pieces, server, address + "a.params", cookie, [piece] * mebibytes)
            assert server.memory("VmHWM") - before <= 32 << 20
            assert [path.stat().st_size for path in (tmp_path / "project" / "uploads").iterdir()] == [size]
            await client.close()

        asyncio.run(send())


def test_a_broken_upload_leaves_nothing(tmp_path) -> None:
    with running(tmp_path, free_port(), project=tmp_path / "project") as server:
        cookie = server.cookie()

        async def send() -> None:
            client = await RawClient.open(server, cookie)
            address = next(model["attributes"]["address"] for model in models(await client.document()) if "most_bytes" in model.get("attributes", {}))
            folder = tmp_path / "project" / "uploads"
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(_head(server, address + "a.params", cookie, 1 << 20) + b"x" * 1000)
                await _until(lambda: folder.is_dir() and [path.stat().st_size for path in folder.iterdir()] == [1000])
            await _until(lambda: list(folder.iterdir()) == [])
            await client.close()

        asyncio.run(send())


def _head(server: Running, path: str, cookie: str, length: int) -> bytes:
    return f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.base}\r\nCookie: {cookie}\r\nContent-Length: {length}\r\n\r\n".encode()


def _send_pieces(server: Running, path: str, cookie: str, pieces: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(_head(server, path, cookie, sum(map(len, pieces))))
        for piece in pieces:
            connection.sendall(piece)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")


async def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.05)


def test_basic_auth_is_asked_for_by_every_handler(tmp_path) -> None:
    users = tmp_path / "users.json"
    users.write_text('{"ada": "lovelace"}')
    with running(tmp_path, free_port(), project=_project(tmp_path), basic_auth=users) as server:
        assert server.token == ""
        code, headers, _ = status(server.url)
        assert (code, headers["Location"].startswith("./login")) == (302, True)
        for path in OWN_PATHS:
            assert status(server.base + path, Origin=server.base)[0] == 403
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert status(f"{server.base}/login", method="POST", data=b"username=ada&password=lovelace", **form)[0] == 403
        login = status(f"{server.base}/login", method="POST", data=b"username=ada&password=lovelace", Origin=server.base, **form)
        cookies = "; ".join(value.partition(";")[0] for value in login[1].get_all("Set-Cookie"))
        code, _, body = status(server.url, Cookie=cookies)
        assert (code, b'"token":"' in body) == (200, True)
        assert status(server.base + OWN_PATHS[0], Cookie=cookies)[0] == 404


def _project(folder: Path) -> Path:
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.save()
    session.close()
    return folder / "project"


def test_everybody_is_not_let_in() -> None:
    with pytest.raises(OptionError, match="Everybody could use this server"):
        serve(with_token=False, address="0.0.0.0")
    with pytest.raises(OptionError, match="no such file of users"):
        serve(basic_auth=Path("missing.json"))


async def field_called(client: RawClient, label: str) -> str:
    """The id of the first field with a label."""
    return next(model["id"] for model in await client.unfold() if model.get("attributes", {}).get("label") == label)


def _payload(token: str) -> str:
    """What a session's token holds."""
    return json.dumps(get_token_payload(token), default=str)
