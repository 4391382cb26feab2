"""Netron's addresses: a token is needed, only the published files are sent, and nothing leads elsewhere."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import re
import threading
from urllib.parse import quote

import pytest
from bokeh.server.auth_provider import NullAuth
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from mrt_studio.errors import ArtifactError
from mrt_studio.ir.params import read_params
from mrt_studio.session.graphs import GRAPHS
from mrt_studio.session.model_files import file_names, model_file
from mrt_studio.session.session import Session
from mrt_studio.ui import netron
from mrt_studio.ui.netron import PATTERNS, publish
from mrt_studio.ui.workspace import Workspace
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("netron")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("compile")
    session.save()
    found = Workspace(folder / "project")
    yield found
    found.runner.close()


@pytest.fixture(scope="module")
def port():
    """A Tornado server with Netron's routes, as Bokeh adds them to the app."""
    started, loops = threading.Event(), []

    def serve():
        async def run():
            application = Application([(pattern, handler, {"application_context": None, "bokeh_websocket_path": None}) for pattern, handler in PATTERNS])
            application.auth_provider = NullAuth()
            server = HTTPServer(application)
            socket, number = bind_unused_port()
            server.add_socket(socket)
            stop = asyncio.Event()
            loops.append((asyncio.get_running_loop(), stop, number))
            started.set()
            await stop.wait()
            server.stop()
            await server.close_all_connections()

        asyncio.run(run())

    thread = threading.Thread(target=serve)
    thread.start()
    started.wait()
    loop, stop, number = loops[0]
    yield number
    loop.call_soon_threadsafe(stop.set)
    thread.join()


def get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """Ask for exactly this path; a library would tidy it up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("stage", GRAPHS)
def test_the_page_opens_the_published_graph(workspace, port, stage):
    path = publish(workspace, stage)
    status, headers, body = get(port, path)
    assert status == 200
    named = re.search(rb'<meta name="file" content="(data/[^"]+)">', body)[1].decode()
    status, _, symbol = get(port, path + named)
    assert status == 200
    assert {"nodes", "heads", "arg_nodes"} <= set(json.loads(symbol))
    assert get(port, path + named.replace("-symbol.json", "-0000.params"))[0] == 200
    stored = model_file(workspace.session, stage, file_names(stage)[0])
    assert symbol == (stored if isinstance(stored, bytes) else stored.read_bytes())
    assert {node["op"] for node in json.loads(symbol)["nodes"]} >= {"null", "cvm.conv2d" if stage in ("quantize", "compile") else "Convolution"}
    assert "connect-src 'self' data: blob:;" in headers["Content-Security-Policy"]


def test_the_parameters_are_those_of_the_graph(workspace, port):
    _, _, body = get(port, publish(workspace, "load") + "data/original-0000.params")
    assert set(read_params(body, where="params")) == set(workspace.session.artifact("load").graph.params)


def test_the_page_neither_reports_nor_expires(workspace, port):
    _, headers, body = get(port, publish(workspace, "load"))
    assert b'<meta name="version" content="0.0.0">' in body
    assert body.count(b'name="version"') == 1
    assert b'name="date"' not in body
    assert "consent=1" in headers["Set-Cookie"]
    assert "SameSite=Strict" in headers["Set-Cookie"]


@pytest.mark.parametrize("name", ["", "index.js", "data/original-symbol.json", "data/original-0000.params"])
def test_without_a_token_there_is_nothing(port, workspace, name):
    publish(workspace, "load")
    for token in ("x", "0" * 32, "_"):
        assert get(port, f"/netron/{token}/{name}")[0] == 404


def test_addresses_are_different_long_and_stable(workspace):
    addresses = {publish(workspace, stage) for stage in GRAPHS}
    assert len(addresses) == len(GRAPHS)
    assert all(len(address.split("/")[-2]) >= 32 for address in addresses)
    assert {publish(workspace, stage) for stage in GRAPHS} == addresses


SECRETS = (
    "../secret.env",
    "..%2fsecret.env",
    "%2e%2e%2fsecret.env",
    "..\\secret.env",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "original-symbol.json/../x",
    "recipe.toml",
    ".",
    "..",
    "%00",
)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("folder", ["", "data/"])
def test_no_name_leads_elsewhere(workspace, port, folder, name):
    assert get(port, f"{publish(workspace, 'load')}{folder}{name}")[0] in (400, 404)


def test_no_file_beside_the_model_is_sent(workspace, port):
    folder = workspace.session.folder("load")
    for path in (p for p in folder.parent.parent.rglob("*") if p.is_file()):
        assert get(port, f"{publish(workspace, 'load')}data/{quote(path.name)}")[0] == 404, path.name
        assert get(port, f"{publish(workspace, 'load')}data/{quote(str(path), safe='')}")[0] == 404, path


@pytest.mark.parametrize(
    ("name", "status"), [("index.js", 200), ("mxnet-metadata.json", 200), ("grapher.css", 200), ("server.py", 404), ("__init__.py", 404), ("index.html", 404)]
)
def test_only_scripts_and_pictures_of_netron_are_sent(workspace, port, name, status):
    found, headers, _ = get(port, publish(workspace, "load") + name)
    assert found == status
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_stage_that_has_to_run_again_is_not_there(tmp_path, port):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("load")
    session.save()
    workspace = Workspace(tmp_path / "project")
    with pytest.raises(ArtifactError, match="has not run"):
        model_file(workspace.session, "prepare", "prepared-symbol.json")
    assert get(port, publish(workspace, "prepare"))[0] == 404
    assert get(port, publish(workspace, "load"))[0] == 200
    path = publish(workspace, "load")
    workspace.runner.close()
    del workspace
    gc.collect()
    assert get(port, path)[0] == 404
    assert path.split("/")[-2] not in netron._published
