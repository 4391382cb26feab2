"""The compiled model as a ZIP file, under an address that cannot be guessed."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import weakref
from pathlib import Path

import panel as pn
from tornado.web import HTTPError

from mrt_studio.errors import StudioError
from mrt_studio.session.outcome import write_zip
from mrt_studio.ui.guard import StudioHandler
from mrt_studio.ui.workspace import Workspace

CHUNK = 1 << 18
PATTERN = r"/download/([\w-]+)/mrt-model\.zip"

_published: weakref.WeakValueDictionary[str, Workspace] = weakref.WeakValueDictionary()


def publish(workspace: Workspace) -> str:
    """Make a workspace's artifact available; returns the address for this page."""
    token = next((known for known, found in _published.items() if found is workspace), None) or secrets.token_urlsafe(24)
    _published[token] = workspace
    return f"{(pn.state.app_url or '').rstrip('/')}/download/{token}/mrt-model.zip"


class DownloadHandler(StudioHandler):
    """Sends the artifact of a published workspace."""

    async def get(self, token: str) -> None:
        """Pack and send; the file on disk lives as long as the answer."""
        workspace = _published.get(token)
        if workspace is None:
            raise HTTPError(404)
        with tempfile.TemporaryDirectory(prefix="mrt-studio-") as folder:
            packed = Path(folder) / "model.zip"
            try:
                await workspace.ask(write_zip, packed)
            except StudioError as error:
                raise HTTPError(404, "%s", error.what) from None
            self.set_header("Content-Type", "application/zip")
            self.set_header("Content-Disposition", 'attachment; filename="mrt-model.zip"')
            self.set_header("X-Content-Type-Options", "nosniff")
            with packed.open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, CHUNK):
                    self.write(chunk)
                    await self.flush()
