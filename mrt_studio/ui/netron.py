"""Netron in a tab of its own: its page, from this server, for one graph under an address that cannot be guessed.

Netron's own server is not used: it keeps one model for all, serves the whole folder that the model is in, and its page reports
to others and refuses to work when it is half a year old. Here the page is rewritten, what it may fetch is one graph's two
files and Netron's own scripts, and the browser is told to ask nobody else.
"""

from __future__ import annotations

import asyncio
import functools
import html
import importlib.util
import io
import re
import secrets
import weakref
from pathlib import Path

from tornado.web import HTTPError

from mrt_studio.errors import StudioError
from mrt_studio.session.model_files import file_names, model_file
from mrt_studio.ui.guard import StudioHandler, own_address
from mrt_studio.ui.workspace import Workspace

CHUNK = 1 << 18
TYPES = {".js": "text/javascript", ".json": "application/json", ".css": "text/css", ".png": "image/png", ".ico": "image/x-icon", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'self'; connect-src 'self' data: blob:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; frame-src 'none'"
)
_META = re.compile(r'<meta name="(?:date|version)"[^>]*>')

_published: dict[str, tuple[weakref.ref[Workspace], str]] = {}
_tokens: weakref.WeakKeyDictionary[Workspace, dict[str, str]] = weakref.WeakKeyDictionary()


def publish(workspace: Workspace, stage: str) -> str:
    """Make the graph of a workspace's stage available; returns the address for this page, the same every time."""
    tokens = _tokens.setdefault(workspace, {})
    if stage not in tokens:
        tokens[stage] = secrets.token_urlsafe(24)
        _published[tokens[stage]] = (weakref.ref(workspace, functools.partial(_forget, tokens[stage])), stage)
    return own_address(f"netron/{tokens[stage]}/")


class NetronHandler(StudioHandler):
    """What the three handlers share: the token is checked first, and nothing is kept or sent elsewhere."""

    def set_default_headers(self) -> None:
        """Send the policy with every answer, errors too."""
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")

    def published(self, token: str) -> tuple[Workspace, str]:
        """The workspace and the stage behind a token; raises HTTPError 404."""
        entry = _published.get(token)
        workspace = entry[0]() if entry else None
        if entry is None or workspace is None:
            raise HTTPError(404)
        return workspace, entry[1]

    async def file(self, token: str, name: str) -> Path | bytes:
        """One of the published files; raises HTTPError 404 for any other, and when the stage has to run again."""
        workspace, stage = self.published(token)
        try:
            return await workspace.ask(model_file, stage, name)
        except StudioError as error:
            raise HTTPError(404, "%s", error.what) from None


class PageHandler(NetronHandler):
    """Netron's page, told which file to open."""

    async def get(self, token: str) -> None:
        """Send the page without its version, by which it would report, and its date, after which it would stop."""
        name = file_names(self.published(token)[1])[0]
        await self.file(token, name)
        page = await asyncio.to_thread((netron_folder() / "index.html").read_text, encoding="utf-8")
        told = {"type": "Python", "version": "0.0.0", "file": f"data/{name}", "identifier": name}
        metas = "".join(f'<meta name="{key}" content="{html.escape(value)}">' for key, value in told.items())
        self.set_cookie("consent", "1", path=self.request.path, samesite="Strict")  # or it asks ipinfo.io where the reader lives
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_META.sub("", page).replace("<title>", f"{metas}<title>", 1))


class DataHandler(NetronHandler):
    """The published graph's symbol and parameters."""

    async def get(self, token: str, name: str) -> None:
        """Send one file in pieces."""
        found = await self.file(token, name)
        if isinstance(found, Path) and not found.is_file():
            raise HTTPError(404)
        self.set_header("Content-Type", "application/octet-stream")
        with io.BytesIO(found) if isinstance(found, bytes) else found.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                self.write(chunk)
                await self.flush()


class ScriptHandler(NetronHandler):
    """Netron's own scripts, styles and pictures, by their plain names."""

    async def get(self, token: str, name: str) -> None:
        """Send one file; names are looked up in a list, so that none leads elsewhere."""
        self.published(token)
        if name not in _scripts():
            raise HTTPError(404)
        self.set_header("Content-Type", TYPES[Path(name).suffix])
        self.set_header("Cache-Control", "private, max-age=3600")
        self.finish(await asyncio.to_thread((netron_folder() / name).read_bytes))


PATTERNS = (
    (r"/netron/([\w-]+)/", PageHandler),
    (r"/netron/([\w-]+)/data/([^/]+)", DataHandler),
    (r"/netron/([\w-]+)/([^/]+)", ScriptHandler),
)


@functools.cache
def netron_folder() -> Path:
    """Where the installed package is; it is read, never imported.

    Raises:
        HTTPError: it is not installed.
    """
    found = importlib.util.find_spec("netron")
    if found is None or not found.submodule_search_locations:
        raise HTTPError(404, "Netron is not installed.")
    return Path(found.submodule_search_locations[0])


@functools.cache
def _scripts() -> frozenset[str]:
    return frozenset(path.name for path in netron_folder().iterdir() if path.suffix in TYPES and path.is_file())


def _forget(token: str, _: object) -> None:
    _published.pop(token, None)
