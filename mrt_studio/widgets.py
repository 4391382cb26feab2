"""The notebook's face: the widgets under the names that people use."""

from mrt_studio.ui.widgets.model_view import GraphView

__all__ = ["GraphView"]
