"""The compiled model as a ZIP file, and exports of the session, under addresses that cannot be guessed."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import weakref
from pathlib import Path

from tornado.web import HTTPError

from mrt_studio.errors import StudioError
from mrt_studio.session.exports.base import export_file
from mrt_studio.session.outcome import write_zip
from mrt_studio.ui.guard import StudioHandler, own_address
from mrt_studio.ui.workspace import Workspace

CHUNK = 1 << 18
ARTIFACT = "mrt-model.zip"
PATTERN = r"/download/([\w-]+)/([\w.-]+)"

_published: weakref.WeakValueDictionary[str, Workspace] = weakref.WeakValueDictionary()


def publish(workspace: Workspace, file: str = ARTIFACT) -> str:
    """Make a workspace's artifact, or an exported file, available; returns the address for this page."""
    token = next((known for known, found in _published.items() if found is workspace), None) or secrets.token_urlsafe(24)
    _published[token] = workspace
    return own_address(f"download/{token}/{file}")


class DownloadHandler(StudioHandler):
    """Sends the artifact or an export of a published workspace."""

    async def get(self, token: str, file: str) -> None:
        """Send a file."""
        workspace = _published.get(token)
        if workspace is None:
            raise HTTPError(404)
        if file == ARTIFACT:
            await self._send_artifact(workspace)
        else:
            await self._send_export(workspace, file)

    async def _send_export(self, workspace: Workspace, file: str) -> None:
        """Write the session in the format whose file is called so, always as a download: a report is no page of this server."""
        try:
            data = await workspace.ask(export_file, file)
        except StudioError as error:
            raise HTTPError(404, "%s", error.what) from None
        self._name(file, "application/octet-stream")
        self.write(data)

    def _name(self, file: str, media: str) -> None:
        self.set_header("Content-Type", media)
        self.set_header("Content-Disposition", f'attachment; filename="{file}"')
        self.set_header("X-Content-Type-Options", "nosniff")

    async def _send_artifact(self, workspace: Workspace) -> None:
        """Pack and send; the file on disk lives as long as the answer."""
        with tempfile.TemporaryDirectory(prefix="mrt-studio-") as folder:
            packed = Path(folder) / "model.zip"
            try:
                await workspace.ask(write_zip, packed)
            except StudioError as error:
                raise HTTPError(404, "%s", error.what) from None
            self._name(ARTIFACT, "application/zip")
            with packed.open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, CHUNK):
                    self.write(chunk)
                    await self.flush()
