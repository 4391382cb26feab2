"""Who may ask: the rules alone, without a server."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from mrt_studio.ui.gate import Gate, is_loopback
from mrt_studio.ui.guard import find_entry

GATE = Gate("secret-token", frozenset({"studio.example"}), cookie="mrt")
OPEN = Gate()


def asked(gate: Gate, method: str = "GET", uri: str = "/mrt_studio", **headers: str):
    """The handler that stands in for the one asked for, and the request."""
    given = HTTPHeaders({name.replace("_", "-"): value for name, value in {"Host": "127.0.0.1:5006", **headers}.items()})
    request = HTTPServerRequest(start_line=RequestStartLine(method, uri, "HTTP/1.1"), headers=given)
    entry = find_entry(gate, request)
    return entry and entry[0].__name__, request


@pytest.mark.parametrize("host", ["127.0.0.1:5006", "localhost:5006", "LOCALHOST", "[::1]:5006", "127.0.0.2", "studio.example", "Studio.Example:443"])
def test_known_hosts(host: str) -> None:
    assert GATE.knows_host(host)


UNKNOWN_HOSTS = (
    "evil.example 127.0.0.1.evil.example localhost.evil.example localhost. evil@localhost localhost/evil localhost? localhost# :5006 10.0.0.1 0.0.0.0 "
    "[::]:5006 2130706433 0x7f.1 localhost:x localhost:99999 sub.studio.example studio.example. [::1 *"
)
OTHER_ORIGINS = (
    "null http://evil.example http://127.0.0.1:8888 http://localhost:5006 ftp://127.0.0.1:5006 http://127.0.0.1:5006@evil.example http://127.0.0.1:5006/x "
    "127.0.0.1:5006 https://studio.example.evil.example file://"
)


@pytest.mark.parametrize("host", ["", *UNKNOWN_HOSTS.split()])
def test_unknown_hosts(host: str) -> None:
    assert not GATE.knows_host(host)


def test_a_request_under_an_unknown_host_is_refused() -> None:
    assert asked(OPEN, Host="evil.example")[0] == "RefusalHandler"
    assert asked(OPEN)[0] is None


def test_an_address_in_figures_is_known_where_others_are_let_in() -> None:
    gate = Gate("t", any_address=True)
    assert gate.knows_host("10.0.0.1:5006")
    assert not gate.knows_host("evil.example")


@pytest.mark.parametrize("origin", ["http://127.0.0.1:5006", "https://studio.example", "https://studio.example:8443"])
def test_own_origins(origin: str) -> None:
    assert GATE.knows_origin(origin, "127.0.0.1:5006")


@pytest.mark.parametrize("origin", ["", *OTHER_ORIGINS.split()])
def test_other_origins(origin: str) -> None:
    assert not GATE.knows_origin(origin, "127.0.0.1:5006")


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, False),
        ({"Cookie": "mrt=wrong"}, False),
        ({"Cookie": "mrt=secret-token"}, False),
        ({"Cookie": f"mrt={GATE.pass_word}"}, True),
        ({"Cookie": f"other={GATE.pass_word}"}, False),
        ({"Authorization": "token secret-token"}, True),
        ({"Authorization": "Bearer secret-token"}, True),
        ({"Authorization": "token wrong"}, False),
        ({"Authorization": "secret-token"}, False),
        ({"Authorization": "token \udcff"}, False),
    ],
)
def test_the_token_or_its_cookie_is_needed(headers: dict[str, str], passes: bool) -> None:
    assert (asked(GATE, **headers)[0] is None) is passes


@pytest.mark.parametrize("given", ["", "wrong", "secret-toke", "secret-token2", "%C3%A9", "%FF"])
def test_a_wrong_token_in_the_address_is_refused_and_leaves_it(given: str) -> None:
    name, request = asked(GATE, uri=f"/mrt_studio?token={given}&a=1")
    assert name == "RefusalHandler"
    assert request.uri == "/mrt_studio?a=1"
    assert "token" not in request.arguments


def test_the_token_is_exchanged_only_for_a_get_at_a_known_host() -> None:
    assert asked(GATE, uri="/mrt_studio?token=secret-token")[0] == "LoginHandler"
    assert asked(GATE, "POST", uri="/mrt_studio?token=secret-token")[0] == "RefusalHandler"
    assert asked(GATE, uri="/mrt_studio?token=secret-token", Host="evil.example")[0] == "RefusalHandler"


CHANGES = [("POST", {}), ("PUT", {}), ("DELETE", {}), ("PATCH", {}), ("GET", {"Upgrade": "websocket"}), ("GET", {"Upgrade": "WebSocket"})]


@pytest.mark.parametrize(("method", "headers"), CHANGES)
def test_what_changes_something_needs_an_origin_or_the_token_itself(method: str, headers: dict[str, str]) -> None:
    cookie = {"Cookie": f"mrt={GATE.pass_word}"}
    assert asked(OPEN, method, **headers)[0] == "RefusalHandler"
    assert asked(OPEN, method, **headers, Origin="http://evil.example")[0] == "RefusalHandler"
    assert asked(OPEN, method, **headers, Origin="http://127.0.0.1:5006")[0] is None
    assert asked(GATE, method, **headers, **cookie)[0] == "RefusalHandler"
    assert asked(GATE, method, **headers, **cookie, Origin="http://evil.example")[0] == "RefusalHandler"
    assert asked(GATE, method, **headers, **cookie, Origin="http://127.0.0.1:5006")[0] is None
    assert asked(GATE, method, **headers, Authorization="token secret-token")[0] is None


@pytest.mark.parametrize(
    ("address", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("", False), ("example", False)]
)
def test_loopback_addresses(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback
