"""The stages' options, a folding form each."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.session.options import ORDER, stage_options, stage_title
from mrt_studio.session.presets import CHANGED, preset_names, preset_of
from mrt_studio.ui import kit
from mrt_studio.ui.form import StageForm
from mrt_studio.ui.state import PageState


def options_view(state: PageState) -> pn.viewable.Viewable:
    """Forms of all stages but the first, whose options are the model."""
    forms: dict[str, StageForm] = {}

    def form(stage: str) -> pn.viewable.Viewable:
        forms[stage] = StageForm(stage, stage_options(stage), state.session[stage].options(), state.configure)
        return forms[stage].panel

    def show(*_: Any) -> None:
        for stage, shown in forms.items():
            shown.show(state.session[stage].options())

    state.param.watch(show, "options")
    panels = [(stage_title(stage), functools.partial(form, stage)) for stage in ORDER[1:]]
    return pn.Column(_recipe(state), kit.accordion(*panels, active=[], sizing_mode="stretch_width", margin=(4, 0)), sizing_mode="stretch_width", margin=0)


def _recipe(state: PageState) -> pn.viewable.Viewable:
    """The choice of a recipe: it sets the options below, which can be changed afterwards."""
    names = {**{name: name for name in preset_names()}, "own options": CHANGED}
    choice = kit.select("Recipe", names, preset_of(state.session), margin=(8, 12, 0, 12))

    def show(*_: Any) -> None:
        choice.value = preset_of(state.session)

    def chosen(event: Any) -> None:
        if event.new == CHANGED:
            show()  # it stands for what an edit makes, and cannot be chosen
        elif event.new != preset_of(state.session):
            pn.state.execute(functools.partial(state.use_preset, event.new))

    choice.param.watch(chosen, "value")
    state.param.watch(show, "options")
    return choice
