"""The notebook's face: the widgets under the names that people use."""

from mrt_studio.ui.widgets.graph_view import GraphWidget as GraphView

__all__ = ["GraphView"]
