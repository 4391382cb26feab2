"""Plotly's pane, with figures that keep their own look."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn


class Chart(pn.pane.Plotly):
    """A Plotly figure as it was given.

    The page's theme lays margins, colours and a legend of its own over every figure when it is mounted; this pane lays the
    figure's own over them again.
    """

    def _get_model(self, *places: Any, **more: Any) -> Any:
        model = super()._get_model(*places, **more)
        model.on_change("layout", functools.partial(self._restore, model))
        return model

    def _restore(self, model: Any, attr: str, old: Any, new: Any) -> None:
        own = self._plotly_json_wrapper(self._to_figure(self.object))
        if any(model.layout.get(name) != value for name, value in own["layout"].items()):
            model.update(layout=own["layout"], data=own["data"])
