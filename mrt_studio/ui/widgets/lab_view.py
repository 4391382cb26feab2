"""The threshold lab for notebooks: the line and the session's threshold are one.

lab = ThresholdLab(session, "conv0")
session.thresholds["conv0"] = 2.5
lab.tensor = "conv1"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from mrt_studio.errors import ArtifactError
from mrt_studio.session.lab import curve_of, lab_of, preview
from mrt_studio.session.session import Session
from mrt_studio.ui.widgets.boxes import with_still
from mrt_studio.ui.widgets.stills import lab_still
from mrt_studio.ui.widgets.threshold_lab import LabWidget


class ThresholdLab(LabWidget):  # type: ignore[misc, valid-type]
    """A tensor's threshold as a line to drag; its traits are those of `LabWidget`, and `tensor`."""

    _stop: Callable[[], None] | None = None

    tensor = traitlets.Unicode(help="The name of a tensor of the prepared model.")

    def __init__(self, session: Session, tensor: str, **traits: Any) -> None:
        """Show a tensor of a calibrated session.

        Raises:
            ArtifactError: the session is not calibrated, or has no such tensor.
        """
        lab = lab_of(session, tensor)
        super().__init__(tensor=tensor, lab=lab, threshold=lab["threshold"], **traits)
        self._session = session
        self.observe(self._moved, "threshold")
        self.observe(self._ask_curve, "observer")
        self.observe(lambda _: self._load(), "tensor")
        self._stop = session.watch(self._follow)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The lab, and beside it its numbers as a table for readers of the notebook that run no widgets."""
        return with_still(super()._repr_mimebundle_(**options), self.still())

    def still(self) -> str:
        """The numbers as a table; nothing while the session has to be calibrated again."""
        return lab_still(self.lab, preview(self._session, self.tensor, self.threshold)) if self.lab else ""

    def close(self) -> None:
        """Stop following the session; it may be called again."""
        if self._stop is not None:
            self._stop()
        self._stop = None
        super().close()

    def _follow(self, stage: str) -> None:
        """An option changed: show what holds now, or nothing while the session has to be calibrated again."""
        try:
            self._load()
        except ArtifactError:
            self.lab = {}

    def _load(self) -> None:
        lab = lab_of(self._session, self.tensor)
        if lab["tensor"] != self.lab.get("tensor"):
            self.curve = {}
        self.set_trait("threshold", lab["threshold"])
        self.lab = lab

    def _moved(self, change: Any) -> None:
        """Take over a threshold that came from the page; the observer's own choice is no edit."""
        thresholds = self._session.thresholds
        if not self.lab or change.new == thresholds[self.tensor]:
            return
        if change.new == thresholds.observed()[self.tensor]:
            del thresholds[self.tensor]
        else:
            thresholds[self.tensor] = change.new

    def _ask_curve(self, change: Any) -> None:
        self.curve = curve_of(self._session, self.tensor, change.new) if change.new else {}
