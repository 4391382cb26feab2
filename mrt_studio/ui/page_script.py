"""The script that every page runs before it is drawn."""

from __future__ import annotations

import asyncio
import hashlib

from mrt_studio.ui.guard import StudioHandler, own_address
from mrt_studio.ui.widgets.base import bundle

PATTERN = r"/page\.js"


def script_address() -> str:
    """Where the page of this session finds it; another version has another address."""
    version = hashlib.sha256(bundle("page").read_bytes()).hexdigest()[:12]
    return own_address(f"page.js?v={version}")


class PageScriptHandler(StudioHandler):
    """Sends the script."""

    async def get(self) -> None:
        """Send it, to be kept by the browser."""
        self.set_header("Content-Type", "text/javascript")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.finish(await asyncio.to_thread(bundle("page").read_bytes))
