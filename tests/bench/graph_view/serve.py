"""The files of the bench, from this process; Netron's page is told what to open and that it need not report."""

from __future__ import annotations

import http.server
import importlib.util
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BUNDLE = HERE.parents[2] / "mrt_studio" / "ui" / "widgets" / "static" / "graph_view.js"
TYPES = {".html": "text/html", ".js": "text/javascript", ".json": "application/json", ".css": "text/css"}
_META = re.compile(r'<meta name="(?:date|version)"[^>]*>')


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the models in `folder` with our page, and Netron under /netron/; gives the address."""
    netron = _netron()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            name = "index.html" if path.endswith("/") else Path(path).name
            if path == "/netron/":
                content = _netron_page(netron, query)
            elif path.startswith("/netron/"):
                content = _read(folder / name, netron / name)
            else:
                content = _read(*{"page.html": (HERE / name,), "graph_view.js": (BUNDLE,)}.get(name, (folder / name,)))
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Type", TYPES.get(Path(name).suffix, "application/octet-stream"))
            if path == "/netron/":
                self.send_header("Set-Cookie", "consent=1")
            self.end_headers()
            self.wfile.write(content or b"")

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _netron() -> Path:
    found = importlib.util.find_spec("netron")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("Netron is not installed.")
    return Path(found.submodule_search_locations[0])


def _netron_page(folder: Path, model: str) -> bytes:
    told = "".join(
        f'<meta name="{key}" content="{value}">' for key, value in (("type", "Python"), ("version", "0.0.0"), ("file", model), ("identifier", model))
    )
    return _META.sub("", (folder / "index.html").read_text(encoding="utf-8")).replace("<title>", f"{told}<title>", 1).encode()


def _read(*paths: Path) -> bytes | None:
    return next((path.read_bytes() for path in paths if path.is_file()), None)
