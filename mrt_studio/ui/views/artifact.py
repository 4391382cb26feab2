"""The compiled model: its figures, its files with sizes and hashes, and the download."""

from __future__ import annotations

from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.downloads import publish
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import escape, figure, size, table, tag


def artifact_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of the artifact."""
    note, head, files = kit.markup(margin=(8, 12)), kit.markup(margin=(10, 12)), kit.markup(margin=(4, 12, 12, 12))
    address = publish(state.workspace)
    download = kit.button("Download as ZIP", "download", strong=True, href=address, target="_self", margin=(6, 12))

    def show(*_: Any) -> None:
        found = state.artifact
        stale = "artifact" in state.stale
        note.visible = not found or stale
        head.visible = files.visible = bool(found)
        download.visible = bool(found) and not stale
        note.object = tag("p", escape("Out of date: run Compile." if found else "Run Compile to write the model for the Cortex virtual machine."), "faint")
        if found:
            head.object = tiles(found["summary"])
            rows = [(entry["name"], size(entry["bytes"]), entry["sha256"]) for entry in found["files"]]
            files.object = table(("File", "Size", "SHA-256"), rows) + tag("p", tag("span", "On the server: ", "faint") + tag("code", escape(found["folder"])))

    state.param.watch(show, ["artifact", "stale"])
    show()
    return pn.Column(note, pn.Row(head, download, sizing_mode="stretch_width"), files, sizing_mode="stretch_both", scroll="y", margin=0)


def tiles(summary: dict[str, Any]) -> str:
    """The figures, large."""
    figures = [
        ("Operators", figure(summary["operators"])),
        ("Gas", figure(summary["gas"])),
        ("Storage", size(summary["storage_bytes"])),
        ("Parameters", size(summary["parameter_bytes"])),
        ("Input", " x ".join(map(str, summary["input_shape"]))),
    ]
    return tag("div", "".join(tag("div", tag("b", escape(value)) + tag("span", escape(name))) for name, value in figures), "tiles")
