"""The parts of the notebook's studio that wait for the stages whose results they show."""

from __future__ import annotations

import ipywidgets
import traitlets

from mrt_studio.errors import StudioError
from mrt_studio.session.graphs import GRAPHS, tensor_of
from mrt_studio.session.session import Session
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.widgets.boxes import FollowingBox
from mrt_studio.ui.widgets.lab_view import ThresholdLab
from mrt_studio.ui.widgets.model_view import GraphView, follow_selection
from mrt_studio.ui.widgets.precision_ledger import PrecisionLedger
from mrt_studio.ui.widgets.still import still

GRAPH_PX, LAB_PX = 340, 420


class StudioPart(FollowingBox):
    """A box that looks at its session whenever something changed."""

    def __init__(self, session: Session, theme: str, children: list[ipywidgets.Widget]) -> None:
        """Show these until there is more."""
        self._session, self._theme = session, theme
        super().__init__(children)
        self.stop_with(session.watch(lambda _: self.show()))
        self.show()

    def show(self) -> None:
        """Show what holds now; a subclass does it."""
        raise NotImplementedError


class GraphPart(StudioPart):
    """The graph of a stage, and the choice of the stage.

    Attributes:
        view: the `GraphView`; None until a model is loaded.
    """

    stage = traitlets.Enum(list(GRAPHS), default_value="load", help="Whose graph is shown.")

    def __init__(self, session: Session, theme: str) -> None:
        """Show the original graph first."""
        self.view: GraphView | None = None
        self._key = ""
        self._which = ipywidgets.ToggleButtons(options=[(title.capitalize(), name) for name, title in GRAPHS.items()], style={"button_width": "auto"})
        self._note = ipywidgets.HTML()
        super().__init__(session, theme, [ipywidgets.HBox([self._which, self._note])])
        traitlets.link((self, "stage"), (self._which, "value"))
        self.observe(lambda _: self.show(), "stage")

    def show(self) -> None:
        """Show the graph of the chosen stage, or say what has to run."""
        session, stage = self._session, self.stage
        if not session.done(stage):
            self._note.value = tag("span", escape(f"Run {session[stage].title} to see the {GRAPHS[stage]} graph."))
            return
        self._note.value = ""
        if self._key == session.key(stage):
            return
        self._key = session.key(stage)
        if self.view is not None:
            self.view.show(stage)
            return
        self.view = GraphView(session, stage=stage, theme=self._theme, height_px=GRAPH_PX)
        self.children = [*self.children, self.view]

    def still(self) -> str:
        """A picture and a list of the graph."""
        return "" if self.view is None else still(self.view.graph)


class LabPart(StudioPart):
    """The threshold lab, and the choice of its tensor.

    Attributes:
        lab: the `ThresholdLab`; None until the model is calibrated.
    """

    tensor = traitlets.Unicode(help="The tensor whose threshold is shown.")

    def __init__(self, session: Session, theme: str) -> None:
        """Show the first tensor, and then that of the node that is selected in a graph."""
        self.lab: ThresholdLab | None = None
        self._choice = ipywidgets.Dropdown(description="Tensor", layout={"width": "380px"})
        super().__init__(session, theme, [ipywidgets.Label("Calibrate to see thresholds.")])
        self._choice.observe(lambda change: self.set_trait("tensor", change.new or ""), "value")
        self.observe(lambda _: self._load(), "tensor")
        follow_selection(session, self)

    def follow(self, stage: str, names: list[str]) -> None:
        """Take the tensor of what is selected in a graph view."""
        try:
            found = tensor_of(self._session, stage, names[-1]) if names else None
        except StudioError:  # a block, or a stage that has to run again
            return
        if found in self._choice.options:
            self.tensor = found

    def show(self) -> None:
        """Offer the tensors that were calibrated."""
        if not self._session.done("calibrate"):
            return
        names = tuple(self._session.artifact("calibrate").stats)
        if names != self._choice.options:
            self._choice.options = names
            self.tensor = self.tensor if self.tensor in names else names[0]
            self._load()

    def still(self) -> str:
        """The tensor's numbers as a table."""
        return "" if self.lab is None else self.lab.still()

    def _load(self) -> None:
        self._choice.value = self.tensor
        if self.lab is not None:
            self.lab.tensor = self.tensor
            return
        self.lab = ThresholdLab(self._session, self.tensor, theme=self._theme, height_px=LAB_PX)
        self.children = [self._choice, self.lab]


class LedgerPart(StudioPart):
    """The precision ledger.

    Attributes:
        ledger: the `PrecisionLedger`; None until the model is quantized.
    """

    def __init__(self, session: Session, theme: str) -> None:
        """Wait for the integer graph."""
        self.ledger: PrecisionLedger | None = None
        super().__init__(session, theme, [ipywidgets.Label("Quantize to see the bits.")])

    def show(self) -> None:
        """Show the ledger as soon as there is one; it follows the session by itself."""
        if self.ledger is None and self._session.done("quantize"):
            self.ledger = PrecisionLedger(self._session, theme=self._theme)
            self.children = [self.ledger]

    def still(self) -> str:
        """A table of the widest nodes."""
        return "" if self.ledger is None else self.ledger.still()
