"""What colours the nodes: the list of overlays, and under it what the chosen one still needs."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.session.user_overlay import LONGEST
from mrt_studio.ui import kit
from mrt_studio.ui.state import COLOURS, OWN, PageState
from mrt_studio.ui.text import escape, tag

FROM_FILE = "From a JSON file"
FORMAT = '{"label": "time", "unit": "ms", "values": {"conv0": 1.5}}'


class Colour:
    """The field `choice` for the toolbar, and `strip` for below it."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self.choice = kit.select("Colour by", {**COLOURS, FROM_FILE: OWN}, state.colour, sizing_mode=None, width=180, margin=0)
        self._measure = kit.button("Measure", "straighten", margin=(0, 12, 0, 0))
        self._file = kit.file_button("Choose a JSON file", accept=".json", max_file_size=LONGEST, margin=(0, 12, 0, 0))
        self._words = kit.markup(align="center")
        self.strip = pn.Row(self._measure, self._file, self._words, sizing_mode="stretch_width", margin=(0, 0, 8, 0), visible=False)
        self.choice.param.watch(lambda event: pn.state.execute(functools.partial(state.colour_by, event.new)), "value")
        self._measure.on_click(lambda _: pn.state.execute(functools.partial(state.run, state.to_measure)))
        self._file.param.watch(self._loaded, "value")
        state.param.watch(self._show, ["colour", "colour_note", "to_measure", "own", "running", "graph"])
        self._show()

    def _loaded(self, event: Any) -> None:
        if event.new:
            pn.state.execute(functools.partial(self._state.colour_by_file, event.new))

    def _show(self, *_: Any) -> None:
        state = self._state
        self.choice.value = state.colour
        self._file.visible = state.colour == OWN
        self._measure.param.update(visible=bool(state.to_measure), label=f"Measure {state.to_measure}", disabled=state.running)
        words = "Not measured with these options yet." if state.to_measure else state.colour_note
        if state.colour == OWN and not words:
            words = f"Shown: {state.own['overlay']['label']}" if state.own else f"Its form: {FORMAT}"
        self._words.object = tag("p", escape(words), "faint")
        self.strip.visible = bool(words) and bool(state.graph)
