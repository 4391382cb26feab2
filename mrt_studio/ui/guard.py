"""The gate in front of Bokeh's server: every request and every answer of the process passes here, static files too.

Bokeh has many handlers, and plugins add more; a rule that each has to keep is kept by most. Tornado asks the application
for a handler once a request, so the gate stands there, and the headers are put on by a transform of all answers.
"""

from __future__ import annotations

import html
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode

import panel as pn
from bokeh.server.auth_provider import NullAuth
from bokeh.server.tornado import BokehTornado
from bokeh.server.views.auth_request_handler import AuthRequestHandler
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import HTTPError, OutputTransform, RequestHandler, stream_request_body

from mrt_studio.ui.gate import Gate, Refusal, same

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'unsafe-eval'",  # Bokeh compiles its templates, Panel imports components from blobs
    "script-src-attr": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""What a page may load and run: nothing of another host, no handler in an attribute, no script in what is shown."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SCRIPT = b"<script"
PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>MRT Studio</title>
<style>body {{ font: 16px/1.5 Roboto, sans-serif; max-width: 32em; margin: 20vh auto; padding: 0 1em; color-scheme: light dark }}
input, button {{ font: inherit; padding: 6px 10px }}</style><h1>MRT Studio</h1><p>{what}</p>{form}</html>"""
FORM = '<form method="get"><label>Token <input name="token" type="password" autocomplete="off" autofocus required></label> <button>Open</button></form>'


class Guarded:
    """What this process guards its applications with."""

    installed = False
    gate: Gate | None = None
    """The gate of the applications that are made next; None for what Bokeh's own options say."""


def guard_all() -> None:
    """Put the gate in front of every Bokeh application that this process makes from now on; once is enough."""
    if Guarded.installed:
        return
    Guarded.installed = True
    make, find = BokehTornado.__init__, BokehTornado.find_handler

    def make_guarded(self: Any, *arguments: Any, **options: Any) -> None:
        make(self, *arguments, **_signed(options))
        self.mrt_gate = Guarded.gate or Gate(hosts=frozenset(origin.rpartition(":")[0] or origin for origin in self.websocket_origins))
        self.transforms.append(SecurityHeaders)

    def find_guarded(self: Any, request: HTTPServerRequest, **more: Any) -> Any:
        entry = find_entry(self.mrt_gate, request)
        return find(self, request, **more) if entry is None else self.get_handler_delegate(request, *entry)

    BokehTornado.__init__ = make_guarded
    BokehTornado.find_handler = find_guarded


def find_entry(gate: Gate, request: HTTPServerRequest) -> tuple[type[RequestHandler], dict[str, Any]] | None:
    """The handler that stands in for the one asked for, when the request may not pass; takes the token out of the address."""
    given = _take_token(request) if gate.token else None
    if given is not None and request.method == "GET" and gate.knows_host(request.host) and same(given, gate.token):
        return LoginHandler, {"gate": gate}
    refusal = gate.refusal(request)
    return None if refusal is None else (RefusalHandler, {"refusal": refusal})


class LoginHandler(RequestHandler):
    """Exchanges the token for a cookie and leads to the same address without it."""

    def initialize(self, gate: Gate) -> None:
        """Take what the cookie is."""
        self._gate = gate

    def get(self, *_: Any) -> None:
        """Answer; the way is relative, for a proxy may have cut something off the address."""
        secure = self.request.protocol == "https"
        self.set_cookie(self._gate.cookie, self._gate.pass_word, path="/", httponly=True, samesite="Strict", secure=secure)
        self.set_header("Cache-Control", "no-store")
        last = self.request.path.rpartition("/")[2]
        self.redirect(f"./{last}" + (f"?{self.request.query}" if self.request.query else ""))


@stream_request_body
class RefusalHandler(RequestHandler):
    """Refuses, without taking in what the request brings."""

    def initialize(self, refusal: Refusal) -> None:
        """Take the reason."""
        self._refusal = refusal

    def prepare(self) -> None:
        """Answer at once."""
        self.set_status(self._refusal.status)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Connection", "close")
        self.finish(PAGE.format(what=html.escape(self._refusal.what), form=FORM if self._refusal.asks_token else ""))

    def data_received(self, chunk: bytes) -> None:
        """Drop it."""


class StudioHandler(AuthRequestHandler):
    """What the studio's own handlers share: Panel's login is asked for, when there is one."""

    def initialize(self, **_: Any) -> None:
        """Take what Bokeh hands to the handlers of an app."""

    async def prepare(self) -> None:
        """Refuse whoever has not logged in."""
        await super().prepare()
        if not self.current_user:
            raise HTTPError(403)


class SecurityHeaders(OutputTransform):
    """Headers of every answer; those that a handler set itself stay."""

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)

    def transform_first_chunk(self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool) -> tuple[int, HTTPHeaders, bytes]:
        """Add what is missing; the scripts that a page brings get a nonce, any that come into it later have none and do not run."""
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if "Content-Security-Policy" in headers:
            return status_code, headers, chunk
        nonce = ""
        if finishing and _SCRIPT in chunk and headers.get("Content-Type", "").startswith("text/html"):
            nonce = secrets.token_urlsafe(16)
            chunk = chunk.replace(_SCRIPT, f'{_SCRIPT.decode()} nonce="{nonce}"'.encode())
            headers["Content-Length"] = str(len(chunk))
            headers.pop("Etag", None)  # no two answers are the same
        headers["Content-Security-Policy"] = policy(nonce)
        return status_code, headers, chunk


def own_address(path: str) -> str:
    """The address of a path of the studio's own handlers, for the page of this session."""
    return f"{(pn.state.app_url or '').rstrip('/')}/{path}"


def policy(nonce: str) -> str:
    """The content policy of an answer whose own scripts have this nonce."""
    allowed = {**POLICY, "script-src": f"{POLICY['script-src']} 'nonce-{nonce}'"} if nonce else POLICY
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def _take_token(request: HTTPServerRequest) -> str | None:
    """The token in the address; it is taken out of the request, so that no log and no page gets it."""
    words = parse_qsl(request.query, keep_blank_values=True)
    given = next((value for name, value in words if name == "token"), None)
    if given is not None:
        request.query = urlencode([(name, value) for name, value in words if name != "token"])
        request.uri = request.path + (f"?{request.query}" if request.query else "")
        request.arguments.pop("token", None)
        request.query_arguments.pop("token", None)
    return given


def _signed(options: dict[str, Any]) -> dict[str, Any]:
    """Options with signed session ids, and nothing of a login in the sessions' tokens, which pages can read."""
    own = options if options.get("sign_sessions") else {**options, "sign_sessions": True, "secret_key": secrets.token_bytes(32)}
    if own.get("include_headers") is None:
        own = {**own, "exclude_headers": [*(own.get("exclude_headers") or ()), "Cookie", "Authorization"]}
    if own.get("include_cookies") is None and isinstance(own.get("auth_provider", NullAuth()), NullAuth):
        own = {**own, "include_cookies": [], "exclude_cookies": None}
    return own
