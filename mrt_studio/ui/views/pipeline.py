"""The bar on top: the stages with their state, progress, cancel, and the last error."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import duration, error_html, escape, roughly, tag

ICONS = {"done": "check_circle", "wait": "radio_button_unchecked", "running": "autorenew", "failed": "error"}
COLOURS = {"done": "success", "wait": "default", "running": "primary", "failed": "error"}
HIDDEN = {"visibility": "hidden"}


def pipeline_bar(state: PageState) -> pn.viewable.Viewable:
    """Buttons of all stages, the progress line, and the error box."""
    bar = PipelineBar(state)
    return pn.Column(bar.stages, bar.progress, bar.error, sizing_mode="stretch_width", margin=(6, 12, 0, 12))


class PipelineBar:
    """The widgets of the bar, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._buttons: dict[str, Any] = {}
        self._all = kit.button("Run all", "play_arrow", strong=True, on_click=lambda _: pn.state.execute(functools.partial(state.run, "evaluate", "compile")))
        self._cancel = kit.button("Cancel", "stop", strong=True, color="error", on_click=lambda _: state.cancel(), visible=False)
        self._row = pn.FlexBox(sizing_mode="stretch_width", min_height=30, align_items="center", gap="6px", margin=0)
        self.stages = pn.Row(self._row, self._all, self._cancel, sizing_mode="stretch_width", margin=0)
        self._line = kit.progress_bar(height=3)
        self._text = kit.markup(margin=(1, 0, 4, 0), height=19)
        self.progress = pn.Column(self._line, self._text, sizing_mode="stretch_width", margin=(4, 0, 0, 0))
        self._message = kit.markup()
        self.error = kit.alert(self._message, closeable=True, visible=False, margin=(0, 0, 8, 0))
        self.error.param.watch(self._dismissed, "closed")
        state.param.watch(self._show_stages, ["pipeline", "running", "error"])
        state.param.watch(self._show_progress, ["progress", "running", "pipeline", "artifact"])
        state.param.watch(self._show_error, "error")
        state.param.watch(self._started, "running")
        self._clock = pn.state.add_periodic_callback(self._show_progress, period=1000, start=state.running)
        self._show_stages()
        self._show_progress()
        self._show_error()

    def _show_stages(self, *_: Any) -> None:
        state = self._state
        if not self._buttons and state.pipeline:
            self._make_buttons()
        else:
            for row in state.pipeline:
                self._buttons[row["stage"]].param.update(**self._look(row))
        self._all.visible, self._cancel.visible = not state.running, state.running
        self._all.disabled = not state.pipeline or bool(state.pipeline[0]["problem"]) or all(row["done"] for row in state.pipeline)

    def _make_buttons(self) -> None:
        """Add the buttons as they are to look."""
        for row in self._state.pipeline:
            self._buttons[row["stage"]] = kit.button(**self._look(row), on_click=functools.partial(self._run, row["stage"]))
        self._row[:] = list(self._buttons.values())

    def _look(self, row: dict[str, Any]) -> dict[str, Any]:
        kind = self._kind(row)
        label = row["title"] + (f" · {duration(row['seconds'])}" if row["done"] else "")
        return {"label": label, "icon": ICONS[kind], "color": COLOURS[kind], "disabled": self._state.running, "description": _tip(row, label)}

    def _run(self, stage: str, _: Any) -> None:
        pn.state.execute(functools.partial(self._state.run, stage))

    def _kind(self, row: dict[str, Any]) -> str:
        event, error = self._state.progress, self._state.error
        if self._state.running and event is not None and event.stage == row["stage"]:
            return "running"
        if row["done"]:
            return "done"
        failed = error is not None and event is not None and event.kind == "ended" and row["stage"] == self._failed_stage()
        return "failed" if failed else "wait"

    def _failed_stage(self) -> str:
        events = reversed(self._state.workspace.log)
        return next((event.stage for event in events if event.kind == "failed"), "")

    def _started(self, *_: Any) -> None:
        if self._state.running:
            self._clock.start()
        elif self._clock.running:
            self._clock.stop()

    def _show_progress(self, *_: Any) -> None:
        state, event = self._state, self._state.progress
        if state.running and event is not None:
            share = 100 * event.done / event.total if event.total else -1
            self._line.param.update(variant="determinate" if share >= 0 else "indeterminate", value=max(0, int(share)), sx={})
            titles = {row["stage"]: row["title"] for row in state.pipeline}
            what = titles.get(event.stage, event.stage.capitalize())
            words = [what, event.message if event.kind == "progress" else "", *_times(state)]
            self._text.object = escape(" · ".join(word for word in words if word))
        else:
            waiting = [row["title"].lower() for row in state.pipeline if not row["done"]]
            self._line.param.update(variant="determinate", value=0, sx=HIDDEN)
            self._text.object = tag("span", escape(_idle(state, waiting)), "faint")

    def _show_error(self, *_: Any) -> None:
        error = self._state.error
        if error is not None:
            self._message.object = error_html(error)
            self.error.closed = False
        self.error.visible = error is not None

    def _dismissed(self, event: Any) -> None:
        if event.new:
            self._state.error = None


def _tip(row: dict[str, Any], label: str) -> str:
    """What a click does; it is also the button's name for screen readers, so it begins with what is seen."""
    if row["done"]:
        return f"{label}: done. {row['help']}"
    if row["problem"]:
        return f"{label}: {row['problem']}"
    return f"{label}: runs {', '.join(row['plan'])}. {row['help']}"


def _times(state: PageState) -> list[str]:
    """How long the job has run, and will run; the same on every page that shows it."""
    job = state.workspace.runner.job
    if job is None:
        return []
    left = job.seconds_left
    return [f"{int(job.seconds)} s", *([] if left is None else [f"about {roughly(left)} left"])]


def _idle(state: PageState, waiting: list[str]) -> str:
    if not state.pipeline or state.pipeline[0]["problem"]:
        return "Choose a model on the left to begin."
    if not waiting:
        return "Everything is up to date."
    return f"To run: {', '.join(waiting)}."
