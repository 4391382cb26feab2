"""The precision ledger for notebooks: bits of each node, and why; a click selects the node in the session's graph views.

ledger = PrecisionLedger(session)
ledger.select("conv0")
"""

from __future__ import annotations

from typing import Any

from mrt_studio.errors import StudioError
from mrt_studio.session.precision import STAGE, precision, why, widest_of
from mrt_studio.session.session import Session
from mrt_studio.ui.plots.precision import bits_figure, cost_figure, histogram_figure
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.widgets.model_view import follow_selection, select_in_views
from mrt_studio.ui.widgets.plot_box import PlotBox
from mrt_studio.ui.widgets.stills import ledger_still

PLOTS = {"Bits": "bits", "Histogram": "histogram", "Gas and storage": "cost"}


class PrecisionLedger(PlotBox):
    """Bits against INT32, how many nodes have how many, gas and storage.

    Attributes:
        selected: the node of the integer graph whose bits are explained, or an empty text.
        chain: the steps of the explanation; see `session.precision.why`.
    """

    def __init__(self, session: Session, *, theme: str = "light") -> None:
        """Show a quantized session.

        Raises:
            ArtifactError: the model is not quantized.
        """
        self._session, self.selected = session, ""
        self.chain: list[dict[str, Any]] = []
        self._found = precision(session)
        self._key = session.key(STAGE)
        super().__init__(PLOTS, theme)
        follow_selection(session, self)
        self.stop_with(session.watch(lambda _: self._follow()))
        self.draw()

    def refresh(self) -> None:
        """Look at the session again; raises ArtifactError if the model is not quantized any more."""
        self._found, self._key = precision(self._session), self._session.key(STAGE)
        self._explain(self.selected if self.selected in {row["name"] for row in self._found["nodes"]} else "")

    def select(self, name: str) -> None:
        """Explain a node of the integer graph, and select it in the session's graph views.

        Raises:
            ArtifactError: there is no such node.
        """
        self._explain(name)
        select_in_views(self._session, STAGE, [name] if name else [], self)

    def follow(self, stage: str, names: list[str]) -> None:
        """Explain what is selected in a graph view."""
        try:
            self._explain(widest_of(self._session, stage, names[-1]) if names else "")
        except StudioError:  # a block, or a stage that has to run again
            self._explain("")

    def still(self) -> str:
        """A table of the widest nodes."""
        return ledger_still(self._found)

    def draw(self) -> None:
        """Show the chosen figure."""
        which = self.which.value
        drawn = histogram_figure(self._found, self.theme) if which == "histogram" else None
        drawn = drawn or (bits_figure if which == "bits" else cost_figure)(self._found, self.selected, self.theme)
        self.show_figure(drawn, self._clicked)

    def _follow(self) -> None:
        """Something changed: show what holds now, or say that it is out of date."""
        if not self._session.done(STAGE):
            self._key, self.words.value = "", tag("p", "Out of date: quantize again to see the bits.")
        elif self._key != self._session.key(STAGE):
            self.refresh()

    def _clicked(self, place: int) -> None:
        if self.which.value != "histogram" and 0 <= place < len(self._found["nodes"]):
            self.select(self._found["nodes"][place]["name"])

    def _explain(self, name: str) -> None:
        self.chain = why(self._session, name) if name else []
        self.selected = name
        steps = [tag("li", tag("b", escape(step["name"])) + " · " + escape(step["words"])) for step in self.chain]
        title = f"Why {self.chain[0]['bits']} bits here" if self.chain else "Click a bar to see why it has its bits."
        self.words.value = tag("p", escape(title)) + tag("ol", "".join(steps))
        self.draw()
