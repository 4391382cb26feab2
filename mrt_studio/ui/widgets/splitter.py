"""The bar between the graph and the panel below it; the front end is `widgets/src/splitter.ts`."""

from __future__ import annotations

from mrt_studio.ui.widgets.base import Trait, widget_classes

TRAITS = (Trait("share", 0.47, "the part of the column's height that the panel below begins with."),)

SplitterWidget, Splitter = widget_classes(
    __name__,
    ("SplitterWidget", "Splitter"),
    "splitter",
    TRAITS,
    "A bar that sets the height of what stands below it in a column, and hides it; the browser remembers where it was.",
)
