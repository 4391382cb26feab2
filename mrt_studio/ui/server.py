"""The server: its settings, its adaptations of Bokeh's, and starting it."""

from __future__ import annotations

import secrets
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import panel as pn
from bokeh.server import urls
from bokeh.server.views.ws import WSHandler

from mrt_studio.errors import OptionError
from mrt_studio.session.cluster import Cluster
from mrt_studio.session.limits import Limits
from mrt_studio.ui.downloads import PATTERN, DownloadHandler
from mrt_studio.ui.gate import Gate, is_loopback
from mrt_studio.ui.guard import Guarded, guard_all
from mrt_studio.ui.netron import PATTERNS
from mrt_studio.ui.page_script import PATTERN as SCRIPT
from mrt_studio.ui.page_script import PageScriptHandler
from mrt_studio.ui.panel_mend import mend
from mrt_studio.ui.uploads import UPLOAD, UploadHandler

NAME = "mrt_studio"
MOST_BODY = 1 << 20
"""Bytes that a request may bring; uploads have their own limit."""


@dataclass
class Settings:
    """What the pages open: a project folder that they share, and a model for an empty session; how large an upload may be.

    And what jobs may use, and who helps them.
    """

    project: Path | None = None
    model: str = ""
    max_upload: int = 2_000_000_000
    limits: Limits | None = None
    cluster: Cluster | None = None


SETTINGS = Settings()


class _Installed:
    """Whether the server's classes have been adapted; once is enough for a process."""

    done = False


def install() -> None:
    """Adapt the servers that this process makes: the gate, what Panel gets wrong, and the addresses of the studio's own handlers."""
    if _Installed.done:
        return
    _Installed.done = True
    guard_all()
    mend()
    WSHandler.check_origin = lambda self, origin: self.application.mrt_gate.knows_origin(origin, self.request.host)
    urls.per_app_patterns.extend([(PATTERN, DownloadHandler), (UPLOAD, UploadHandler), (SCRIPT, PageScriptHandler), *PATTERNS])


def serve(
    project: Path | None = None,
    model: str | None = None,
    *,
    port: int = 5006,
    address: str = "127.0.0.1",
    show: bool = False,
    with_token: bool = True,
    basic_auth: Path | None = None,
    hosts: Sequence[str] = (),
    max_upload: int = Settings.max_upload,
    limits: Limits | None = None,
    cluster: Cluster | None = None,
) -> None:
    """Serve the studio until it is interrupted, and print its address.

    Args:
        project: the folder that all pages share; without it each page has a temporary one.
        model: what `load` takes, for a session that has no model yet.
        port: where to listen.
        address: the interface to listen on; anything but the loopback address lets others in.
        show: whether to open a browser.
        with_token: whether the address has a token, without which nobody gets in.
        basic_auth: a JSON file of user names and passwords, asked for in place of the token.
        hosts: names beside the loopback's under which the server is reached.
        max_upload: bytes of an uploaded file.
        limits: of each job's time and memory.
        cluster: where the batches of calibration and evaluation run.

    Raises:
        OptionError: others could get in without a token or a password.
    """
    from mrt_studio.ui.app import create_app  # noqa: PLC0415  (the app itself asks for the settings here)

    if not with_token and basic_auth is None and not is_loopback(address):
        raise OptionError(
            "Everybody could use this server.",
            where=f"--address {address}",
            why="Without a token only this machine itself may be served.",
            remedy="Leave --no-token out, or give --basic-auth a file of users.",
        )
    if basic_auth is not None and not basic_auth.is_file():
        raise OptionError("There is no such file of users.", where=f"--basic-auth {basic_auth}", remedy='Write a JSON file such as {"name": "password"}.')
    SETTINGS.project, SETTINGS.model, SETTINGS.max_upload = project, model or "", max_upload
    SETTINGS.limits, SETTINGS.cluster = limits, cluster
    token = secrets.token_urlsafe(32) if with_token and basic_auth is None else ""
    names = frozenset(name.lower() for name in hosts)
    Guarded.gate = Gate(token, names, any_address=not is_loopback(address), cookie=f"mrt-studio-{port}")
    install()
    login = {} if basic_auth is None else {"basic_auth": str(basic_auth), "cookie_secret": secrets.token_urlsafe(32)}
    body = {"max_body_size": MOST_BODY}
    server = pn.serve({NAME: create_app}, port=port, address=address, start=False, verbose=False, title="MRT Studio", http_server_kwargs=body, **login)
    url = f"http://{address}:{server.port}/{NAME}" + (f"?token={token}" if token else "")
    print(f"MRT Studio is at {url}", flush=True)  # noqa: T201  (the one line that a person needs)
    if show:
        server.io_loop.add_callback(webbrowser.open, url)
    server.start()
    server.io_loop.start()
