"""What the notebook's plots share: a choice of figures, the figure, and words beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import plotly.graph_objs as go

from mrt_studio.ui.plots.base import Figure
from mrt_studio.ui.widgets.boxes import FollowingBox

HEIGHT = 340
"""Of a figure in a notebook, in pixels."""


class PlotBox(FollowingBox):
    """Buttons that choose a figure, the figure, and HTML below it; a subclass says what they are.

    Attributes:
        theme: ``light`` or ``dark``.
    """

    def __init__(self, plots: dict[str, str], theme: str) -> None:
        """Take the figures' titles and names; nothing is drawn before `draw`."""
        self.theme = theme
        self.which = ipywidgets.ToggleButtons(options=list(plots.items()), style={"button_width": "auto"})
        self.words = ipywidgets.HTML()
        self.figure: Any = None
        self.which.observe(lambda _: self.draw(), "value")
        super().__init__([self.which, self.words])

    def draw(self) -> None:
        """Show the chosen figure; a subclass does it through `show_figure`."""
        raise NotImplementedError

    def show_figure(self, drawn: Figure | None, clicked: Callable[[int], None]) -> None:
        """Show a figure, or none; `clicked` hears the place on the axis of nodes."""
        old, self.figure = self.figure, None
        if drawn is not None:
            self.figure = go.FigureWidget(data=drawn["data"], layout={**drawn["layout"], "height": HEIGHT})
            for trace in self.figure.data:
                trace.on_click(lambda _, points, __: [clicked(int(x)) for x in points.xs[:1]])
        self.children = [self.which, *([self.figure] if self.figure is not None else []), self.words, *self.tools()]
        if old is not None:
            old.close()

    def tools(self) -> list[ipywidgets.Widget]:
        """What stands below the words."""
        return []
