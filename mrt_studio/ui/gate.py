"""Who may ask: the rules that every request meets before any handler, whatever it asks for.

A page of another site can make a browser send requests here. It cannot choose their Host header, unless it moves its own
name to this machine's address (DNS rebinding), and it cannot hide their Origin. So an unknown Host is refused, and so is a
websocket or a request that changes something when its Origin is another, or is missing and the token is not in its headers.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
ANY = "*"


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: the status, and words for a person."""

    status: int
    what: str
    asks_token: bool = False


@dataclass(frozen=True)
class Gate:
    """The rules of one server.

    Attributes:
        token: what opens the studio; empty when none is asked for.
        hosts: names beside the loopback's under which it is reached, in lower case and without a port; `*` for any.
        any_address: whether it may be reached under any address in figures; a name cannot be moved to those.
        cookie: the name of the cookie that stands for the token; browsers send the cookies of all ports.
        pass_word: what the cookie holds.
    """

    token: str = ""
    hosts: frozenset[str] = frozenset()
    any_address: bool = False
    cookie: str = "mrt-studio"
    pass_word: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def refusal(self, request: Any) -> Refusal | None:
        """Why a tornado request is refused, or None."""
        if not self.knows_host(request.host):
            return Refusal(403, "This server is not reached under that name. Its owner can allow it with --allow-host.")
        in_headers = self.shows_token(request)
        if self.token and not in_headers and not self.shows_cookie(request):
            return Refusal(403, "Open the address that was printed when the studio started, or enter its token.", asks_token=True)
        changes = request.method not in SAFE_METHODS or request.headers.get("Upgrade", "").lower() == "websocket"
        if changes and not in_headers and not self.knows_origin(request.headers.get("Origin", ""), request.host):
            return Refusal(403, "The request comes from another site.")
        return None

    def shows_token(self, request: Any) -> bool:
        """Whether the request has the token in its Authorization header, which no other site can set."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return bool(self.token) and scheme.lower() in ("token", "bearer") and same(given.strip(), self.token)

    def shows_cookie(self, request: Any) -> bool:
        """Whether the request has the cookie that was given for the token."""
        return self.cookie in request.cookies and same(request.cookies[self.cookie].value, self.pass_word)

    def knows_host(self, host: str) -> bool:
        """Whether a Host header names this server."""
        name = _name(host)
        if not name or ANY in self.hosts:
            return bool(name)
        if name == "localhost" or name in self.hosts:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.any_address or address.is_loopback

    def knows_origin(self, origin: str, host: str) -> bool:
        """Whether an Origin header is that of the studio's own pages: the Host itself, or a name that was allowed."""
        parts = origin.partition("://")
        if parts[0] not in ("http", "https") or not _name(parts[2]):
            return False
        return parts[2].lower() == host.lower() or _name(parts[2]) in self.hosts or ANY in self.hosts


def is_loopback(address: str) -> bool:
    """Whether an address to listen on is reached from this machine only."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def same(given: str, secret: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), secret.encode())


def _name(host: str) -> str:
    """The name in `name:port`, in lower case; empty when it is not of that form."""
    try:
        parts = urlsplit(f"//{host}")
        plain = parts.netloc == host and "@" not in host and parts.port != 0
    except ValueError:
        return ""
    return (parts.hostname or "") if plain else ""
