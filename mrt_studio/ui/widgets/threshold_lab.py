"""The threshold of one tensor on its histogram; the front end is `widgets/src/threshold_lab.ts`."""

from __future__ import annotations

from mrt_studio.ui.widgets.base import Trait, widget_classes

TRAITS = (
    Trait("lab", {}, "{} or what `mrt_studio.session.lab.lab_of` says of a tensor."),
    Trait("threshold", 0.0, "the threshold; the page sets it when the line is dropped, 0 means that there is none."),
    Trait("observer", "", "the observer whose pick was chosen last."),
    Trait("curve", {}, "{} or what that observer weighs: a dict of label, thresholds and values."),
    Trait("theme", "light", "'light' or 'dark'.", choices=("light", "dark")),
    Trait("height_px", 460, "height in a notebook, in pixels; Panel sizes its component itself."),
)

LabWidget, LabPane = widget_classes(__name__, ("LabWidget", "LabPane"), "threshold_lab", TRAITS, "A threshold as a line to drag on the tensor's histogram.")
