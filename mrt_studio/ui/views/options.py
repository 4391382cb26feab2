"""The stages' options, a folding form each."""

from __future__ import annotations

from typing import Any

import panel as pn

from mrt_studio.session.options import ORDER, stage_options, stage_title
from mrt_studio.ui import kit
from mrt_studio.ui.form import StageForm
from mrt_studio.ui.state import PageState


def options_view(state: PageState) -> pn.viewable.Viewable:
    """Forms of all stages but the first, whose options are the model."""
    forms: dict[str, StageForm] = {}
    for stage in ORDER[1:]:
        forms[stage] = StageForm(stage, stage_options(stage), state.session[stage].options(), state.configure)

    def show(*_: Any) -> None:
        for stage, form in forms.items():
            form.show(state.session[stage].options())

    state.param.watch(show, "options")
    panels = [(stage_title(stage), form.panel) for stage, form in forms.items()]
    return kit.accordion(*panels, active=[], sizing_mode="stretch_width", margin=(4, 0))
