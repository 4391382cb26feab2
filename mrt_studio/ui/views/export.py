"""Everything that a session can be written as, with a download for each."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import panel as pn

from mrt_studio.session.exports.base import formats
from mrt_studio.ui import kit
from mrt_studio.ui.downloads import publish
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, tag

WORDS_WIDTH = 280
NOTES = {
    "Report": "Opens in any browser, without a server.",
    "Recipe": "The options, for mrt-studio run or for MRT. Comments name what MRT has no setting for.",
    "Reproduce": "Makes the same artifacts again and compares their hashes.",
    "Table": "Every table with all its columns. Plots have a button for SVG in their own toolbar.",
}


def export_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of the exports."""
    return ExportView(state).panel


class ExportView:
    """Buttons by group; those that have nothing to write yet say why."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._rows: list[dict[str, Any]] = []
        self.panel = pn.Column(sizing_mode="stretch_both", scroll="y", margin=(4, 12, 12, 12))
        state.param.watch(lambda *_: pn.state.execute(self._load), ["pipeline", "errors"])
        pn.state.execute(self._load)

    @shows_errors_of
    async def _load(self) -> None:
        rows = await self._state.workspace.ask(lambda session: list(formats(session)))
        if rows != self._rows:
            self._rows = rows
            self.panel[:] = [self._group(name, list(group)) for name, group in groupby(rows, key=lambda row: row["group"])]

    def _group(self, name: str, rows: list[dict[str, Any]]) -> pn.viewable.Viewable:
        waits = sorted({row["missing"] for row in rows if row["missing"]})
        words = [NOTES[name], *waits]
        head = kit.markup(tag("h4", escape(name)) + tag("p", escape(" ".join(words)), "faint"), width=WORDS_WIDTH, sizing_mode=None, margin=(0, 16, 0, 0))
        return pn.Row(head, pn.FlexBox(*map(self._button, rows), sizing_mode="stretch_width", gap="8px", margin=0), sizing_mode="stretch_width", margin=(6, 0))

    def _button(self, row: dict[str, Any]) -> pn.viewable.Viewable:
        href = publish(self._state.workspace, row["file"])
        more = {"description": f"{row['title']}: {row['missing'] or row['help']}", "disabled": bool(row["missing"])}
        return kit.button(row["title"], "download", href=href, target="_self", **more)
