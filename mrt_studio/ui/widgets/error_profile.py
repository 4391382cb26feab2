"""The error profile for notebooks: where the integer model's error comes from, measured on samples that one chooses.

profile = ErrorProfile(session)
profile.measure([0, 5, 7])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from mrt_studio.errors import StudioError, from_dict
from mrt_studio.session.analysis import measured_key
from mrt_studio.session.events import Event
from mrt_studio.session.graphs import tensor_of
from mrt_studio.session.profile import errors, waterfall
from mrt_studio.session.samples import choose, chosen, read_positions, write_positions
from mrt_studio.session.session import Session
from mrt_studio.ui.plots.base import Figure
from mrt_studio.ui.plots.errors import bias_figure, channels_figure, depth_figure, values_figure, waterfall_figure
from mrt_studio.ui.text import error_html, escape, tag
from mrt_studio.ui.widgets.jobs import jobs_of
from mrt_studio.ui.widgets.model_view import follow_selection, select_in_views
from mrt_studio.ui.widgets.plot_box import PlotBox
from mrt_studio.ui.widgets.stills import profile_still

PLOTS = {"Depth": "depth", "Origin": "waterfall", "Channels": "channels", "Values": "values", "Mean error": "bias"}
STAGE = "prepare"
"""The stage whose nodes have errors."""
MEASURED = ("errors", "channels")
"""The analyses that the figures are made of."""


class ErrorProfile(PlotBox):
    """Errors along the depth, by node, by channel and value by value.

    Attributes:
        selected: the node of the prepared graph whose values are shown, or an empty text.
        found: the numbers; see `session.profile.errors`; empty before they are measured.
    """

    def __init__(self, session: Session, *, theme: str = "light") -> None:
        """Show what was measured of a session, or offer to measure it."""
        self._session, self.selected = session, ""
        self.found: dict[str, Any] = errors(session)
        self._field = ipywidgets.Text(write_positions(chosen(session)), description="Samples", placeholder="0-3, 7", continuous_update=False)
        self._button = ipywidgets.Button(description="Measure", icon="play")
        self._button.on_click(lambda _: self._pressed())
        self._key: list[str] = []
        self._jobs = jobs_of(session)
        super().__init__(PLOTS, theme)
        follow_selection(session, self)
        self.stop_with(session.watch(lambda _: self._follow()))
        self.stop_with(self._jobs.listen(self._heard))
        self.refresh()

    def refresh(self) -> None:
        """Look at the session again."""
        self.found, self._key = errors(self._session), self._measured()
        self._field.value = write_positions(chosen(self._session))
        self.draw()

    def measure(self, samples: Sequence[int] | None = None) -> None:
        """Measure in the worker process on these samples of the evaluation's data set, or on those chosen before, and wait.

        Raises:
            StudioError: a stage cannot run, or there are no such samples.
        """
        self._start(samples)
        self._jobs.wait()

    def still(self) -> str:
        """Where most of the error enters."""
        return profile_still(self.found, waterfall(self.found["rows"]) if self.found else [])

    def select(self, name: str) -> None:
        """Show the values of a node of the prepared graph, and select it in the session's graph views."""
        self.selected = name
        self.draw()
        select_in_views(self._session, STAGE, [name] if name else [], self)

    def follow(self, stage: str, names: list[str]) -> None:
        """Show what is selected in a graph view."""
        try:
            self.selected = (tensor_of(self._session, stage, names[-1]) or "") if names else ""
        except StudioError:  # a block, or a stage that has to run again
            self.selected = ""
        self.draw()

    def draw(self) -> None:
        """Show the chosen figure, or what to do to see it."""
        drawn = self._drawn()
        advice = "Measure to see where the error comes from." if not self.found else "" if drawn else "Select a node to see its values."
        self.words.value = tag("p", escape(advice or self.found["sentence"]))
        self.show_figure(drawn, self._clicked)

    def tools(self) -> list[ipywidgets.Widget]:
        """The choice of samples."""
        return [ipywidgets.HBox([self._field, self._button])]

    def _drawn(self) -> Figure | None:
        which, found = self.which.value, self.found
        if not found:
            return None
        if which in ("values", "bias"):
            tensor = found["tensors"].get(self.selected)
            if tensor is None:
                return None
            return values_figure(tensor, self._session.thresholds.get(self.selected), self.theme) if which == "values" else bias_figure(tensor, self.theme)
        if which == "waterfall":
            return waterfall_figure(waterfall(found["rows"]), self.selected, self.theme)
        return (depth_figure if which == "depth" else channels_figure)(found, self.selected, self.theme)

    def _clicked(self, place: int) -> None:
        rows = waterfall(self.found["rows"]) if self.which.value == "waterfall" else self.found["rows"]
        if self.which.value not in ("values", "bias") and 0 <= place < len(rows) and rows[place]["name"]:
            self.select(rows[place]["name"])

    def _pressed(self) -> None:
        try:
            self._start(read_positions(self._field.value))
        except StudioError as error:
            self.words.value = error_html(error)

    def _start(self, samples: Sequence[int] | None) -> None:
        if samples is not None:
            choose(self._session, samples)
        self._jobs.start(*MEASURED)
        self._button.disabled, self._button.description = True, "Measuring …"

    def _heard(self, event: Event) -> None:
        """A job told something; the button waits for the end of the one that it started."""
        if not self._button.disabled:
            return
        if event.kind == "failed":
            self.words.value = error_html(from_dict(event.error))
        if not self._jobs.running:
            self._button.disabled, self._button.description = False, "Measure"

    def _follow(self) -> None:
        """Something changed: show what was measured of what holds now."""
        if self._key != self._measured():
            self.refresh()

    def _measured(self) -> list[str]:
        """What the figures depend on."""
        return [measured_key(self._session, name) for name in MEASURED]
