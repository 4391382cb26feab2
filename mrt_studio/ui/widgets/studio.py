"""The studio in a notebook cell: pipeline, graph, and tabs of threshold, precision and errors over one session.

studio = Studio(session)
studio.run()
studio.graph.stage = "quantize"
"""

from __future__ import annotations

import ipywidgets

from mrt_studio.session.session import Session
from mrt_studio.ui.widgets.boxes import FollowingBox
from mrt_studio.ui.widgets.error_profile import ErrorProfile
from mrt_studio.ui.widgets.pipeline_bar import PipelineBar
from mrt_studio.ui.widgets.studio_parts import GraphPart, LabPart, LedgerPart

WIDTH = "900px"
TITLES = ("Threshold", "Precision", "Errors")


class Studio(FollowingBox):
    """Everything of a session in one box; a part appears when the stages that it shows have run.

    Attributes:
        bar: the `PipelineBar`.
        graph: the graph; its traits are `stage`, and those of `GraphView` on its `view`.
        lab: the threshold lab; its traits are `tensor`, and those of `ThresholdLab` on its `lab`.
        precision: the bits; its `ledger` is a `PrecisionLedger`.
        errors: the `ErrorProfile`.
    """

    def __init__(self, session: Session, *, theme: str = "light") -> None:
        """Show a session, which need not have a model yet; the theme is ``light`` or ``dark``."""
        self.bar = PipelineBar(session)
        self.graph = GraphPart(session, theme)
        self.lab = LabPart(session, theme)
        self.precision = LedgerPart(session, theme)
        self.errors = ErrorProfile(session, theme=theme)
        self.tabs = ipywidgets.Tab([self.lab, self.precision, self.errors], titles=TITLES)
        super().__init__([self.bar, self.graph, self.tabs], layout={"max_width": WIDTH})
        for part in self._parts():
            self.stop_with(part.close)

    def run(self, *targets: str) -> None:
        """Run what is missing up to each target in the worker process, and wait; see `PipelineBar.run`."""
        self.bar.run(*targets)

    def still(self) -> str:
        """The stages, the graph, and the numbers of the tabs."""
        return "".join(part.still() for part in self._parts())

    def _parts(self) -> tuple[FollowingBox, ...]:
        return (self.bar, self.graph, self.lab, self.precision, self.errors)
