"""Uploads go to disk as they arrive: no file is ever in the server's memory, however large."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import panel as pn
import param
from tornado.web import HTTPError, stream_request_body

from mrt_studio.errors import StudioError
from mrt_studio.session.uploads import keep_upload, start_upload, upload_name
from mrt_studio.ui.guard import StudioHandler, own_address
from mrt_studio.ui.text import size
from mrt_studio.ui.workspace import Workspace

UPLOAD = r"/upload/([\w-]+)/([^/]+)"


@dataclass(frozen=True)
class Upload:
    """A file that has arrived whole."""

    name: str
    path: Path
    bytes: int
    sha256: str


class Uploads(param.Parameterized):
    """What one page has uploaded: the last file of each kind, by its suffix."""

    files = param.Dict({}, doc="The uploads, by suffix.")

    def __init__(self, workspace: Workspace, most_bytes: int) -> None:
        super().__init__()
        self.workspace, self.most_bytes = workspace, most_bytes
        self.token = secrets.token_urlsafe(24)
        self.address = own_address(f"upload/{self.token}/")
        self._document = pn.state.curdoc
        _open[self.token] = self

    def take(self, upload: Upload) -> None:
        """A file is complete; it takes the place of an earlier one of its kind."""
        if self._document is None:
            self._take(upload)
        else:
            self._document.add_next_tick_callback(lambda: self._take(upload))

    async def keep(self) -> dict[str, Path]:
        """Give the files their names in the project folder; returns where they are, by suffix.

        Raises:
            StudioError: they cannot be kept.
        """
        kept = {suffix: await self.workspace.ask(keep_upload, upload.path, upload.name) for suffix, upload in self.files.items()}
        self.files = {}
        return kept

    def close(self) -> None:
        """The page is gone, and with it what was uploaded but not opened."""
        _open.pop(self.token, None)
        for upload in self.files.values():
            upload.path.unlink(missing_ok=True)

    def _take(self, upload: Upload) -> None:
        suffix = Path(upload.name).suffix
        if suffix in self.files:
            self.files[suffix].path.unlink(missing_ok=True)
        self.files = {**self.files, suffix: upload}


_open: weakref.WeakValueDictionary[str, Uploads] = weakref.WeakValueDictionary()


@stream_request_body
class UploadHandler(StudioHandler):
    """Takes one file a request; every refusal is an answer that can be read, so it is given when the body is through."""

    _problem: tuple[int, str] | None = None
    _file: BinaryIO | None = None
    _path: Path | None = None

    async def prepare(self) -> None:
        """Check before the first byte, and open the file; tornado waits for this."""
        await super().prepare()
        token, name = self.path_args
        uploads = _open.get(token)
        if uploads is None or self.request.method != "PUT":
            raise HTTPError(404)
        self._uploads, self._hash, self._count = uploads, hashlib.sha256(), 0
        try:
            length = int(self.request.headers.get("Content-Length", ""))
            self._name = upload_name(unquote(name))
            if length > uploads.most_bytes:
                self._problem = (413, f"{self._name} has {size(length)}; an upload may have {size(uploads.most_bytes)}.")
            else:
                self._path = await uploads.workspace.ask(start_upload)
                self._file = self._path.open("wb", buffering=0)
        except ValueError:
            raise HTTPError(411) from None
        except StudioError as error:
            self._problem = (400, str(error))
        self.request.connection.set_max_body_size(length)  # type: ignore[attr-defined]  (HTTP/1, the only one there is)

    def data_received(self, chunk: bytes) -> None:
        """Write a piece away; at 64 KiB it takes less time than going to another thread."""
        if self._file is None or self._problem is not None:
            return
        try:
            self._file.write(chunk)
        except OSError as error:
            self._problem = (507, f"The upload cannot be written: {error.strerror}.")
        self._hash.update(chunk)
        self._count += len(chunk)

    async def put(self, *_: Any) -> None:
        """Answer with what has arrived, or with why it is refused."""
        if self._problem is not None or self._file is None or self._path is None:
            self.set_status(self._problem[0] if self._problem else 500)
            self.finish({"problem": self._problem[1] if self._problem else ""})
            return
        await asyncio.to_thread(os.fsync, self._file.fileno())
        upload = Upload(self._name, self._path, self._count, self._hash.hexdigest())
        self._path = None
        self._uploads.take(upload)
        self.finish({"name": upload.name, "bytes": upload.bytes, "sha256": upload.sha256})

    def on_finish(self) -> None:
        """Leave nothing of what did not arrive."""
        self._drop()

    def on_connection_close(self) -> None:
        """The same when the client went away."""
        super().on_connection_close()
        self._drop()

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
