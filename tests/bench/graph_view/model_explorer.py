"""Model Explorer's own server, for one model."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_model_explorer(program: str, model: Path) -> Iterator[str]:
    """Run Model Explorer until the block ends; gives the address that shows the model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([program, "--no_open_in_browser", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://localhost:{port}/")
        data = json.dumps({"models": [{"url": str(model), "adapterId": ""}]})
        yield f"http://localhost:{port}/?data={urllib.parse.quote(data)}&renderer=webgl&show_open_in_new_tab=0"
    finally:
        server.terminate()
        server.wait(20)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit("Model Explorer does not answer.")
