"""The server: its settings, its headers, and starting it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import panel as pn
import panel.reactive
from bokeh.server import urls
from bokeh.server.views.ws import WSHandler
from bokeh.util.warnings import BokehUserWarning
from panel.io.server import DocHandler

from mrt_studio.ui.downloads import PATTERN, DownloadHandler
from mrt_studio.ui.netron import PATTERNS

POLICY = "script-src-attr 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
NAME = "mrt_studio"
OWN_FILES = "static/extensions/panel/"


@dataclass
class Settings:
    """What the pages open: a project folder that they share, and a model for an empty session."""

    project: Path | None = None
    model: str = ""


SETTINGS = Settings()


class _Installed:
    """Whether the server's classes have been adapted; once is enough for a process."""

    done = False


def install() -> None:
    """Adapt the server of this process: headers, quick answers, and the addresses of the download and of Netron."""
    if _Installed.done:
        return
    _Installed.done = True
    # A part that changes while no page shows it would take its style sheets from another host.
    panel.reactive.CDN_DIST = OWN_FILES
    # The theme lays its style over a new table and the browser sends the whole list back, with sheets that the server knows.
    warnings.filterwarnings("ignore", "reference already known", BokehUserWarning)
    set_headers, opened = DocHandler.set_default_headers, WSHandler.open

    def set_default_headers(self: Any) -> None:
        set_headers(self)
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")

    def open_quickly(self: Any, *arguments: Any, **more: Any) -> Any:
        self.set_nodelay(True)  # Bokeh sends several frames a message: waiting for acknowledgements costs 40 ms each
        return opened(self, *arguments, **more)

    DocHandler.set_default_headers = set_default_headers
    WSHandler.open = open_quickly
    urls.per_app_patterns.extend([(PATTERN, DownloadHandler), *PATTERNS])


def serve(project: Path | None = None, model: str | None = None, *, port: int = 5006, address: str = "127.0.0.1", show: bool = False) -> None:
    """Serve the studio until it is interrupted.

    Args:
        project: the folder that all pages share; without it each page has a temporary one.
        model: what `load` takes, for a session that has no model yet.
        port: where to listen.
        address: the interface to listen on; anything but the loopback address lets others in.
        show: whether to open a browser.
    """
    from mrt_studio.ui.app import create_app  # noqa: PLC0415  (the app itself asks for the settings here)

    SETTINGS.project, SETTINGS.model = project, model or ""
    install()
    pn.serve({NAME: create_app}, port=port, address=address, show=show, title="MRT Studio")
