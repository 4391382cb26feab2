"""The pipeline for notebooks: each stage's state with a button that runs it, progress, cancel and the log's last line.

bar = PipelineBar(session)
bar.run("quantize")
bar.observe(print, "states")
"""

from __future__ import annotations

import functools
from typing import Any

import ipywidgets
import traitlets

from mrt_studio.errors import StudioError, from_dict
from mrt_studio.session.events import Event
from mrt_studio.session.session import Session
from mrt_studio.session.views import pipeline
from mrt_studio.ui.text import duration, error_html, tag
from mrt_studio.ui.widgets.boxes import FollowingBox
from mrt_studio.ui.widgets.jobs import jobs_of
from mrt_studio.ui.widgets.stills import STATES, pipeline_still

ICONS = {"done": "check", "wait": "", "running": "spinner", "failed": "times"}
STYLES = {"done": "success", "wait": "", "running": "info", "failed": "danger"}


class PipelineBar(FollowingBox):
    """The stages of a session; jobs run in its worker process, so that a crash of native code leaves the kernel alone."""

    states = traitlets.Dict(help="Stage to done, wait, running or failed.")
    running = traitlets.Bool(help="Whether a job is running.")
    error = traitlets.Instance(StudioError, allow_none=True, help="Why the last job failed, until the next one.")

    def __init__(self, session: Session) -> None:
        """Show the stages of a session; it need not have a model yet."""
        self._session, self._jobs = session, jobs_of(session)
        self._failed = self._now = ""
        self._titles = {row["stage"]: row["title"] for row in pipeline(session)}
        self._buttons = {stage: ipywidgets.Button(layout={"width": "auto", "min_width": "104px"}) for stage in self._titles}
        for stage, button in self._buttons.items():
            button.on_click(functools.partial(self._pressed, stage))
        self._all = ipywidgets.Button(description="Run all", icon="play", button_style="primary", layout={"width": "104px"})
        self._all.on_click(functools.partial(self._pressed, "evaluate", "compile"))
        self._cancel = ipywidgets.Button(description="Cancel", icon="stop", layout={"width": "104px"})
        self._cancel.on_click(lambda _: self._jobs.cancel())
        self._progress = ipywidgets.FloatProgress(max=1.0, layout={"width": "180px"})
        self._text, self._log, self._message = ipywidgets.Label(), ipywidgets.Label(layout={"max_width": "100%"}), ipywidgets.HTML()
        stages = ipywidgets.HBox(list(self._buttons.values()), layout={"flex_flow": "row wrap"})
        tools = ipywidgets.HBox([self._all, self._cancel, self._progress, self._text], layout={"align_items": "center"})
        super().__init__([stages, tools, self._log, self._message])
        self.stop_with(session.watch(lambda _: self._show()))
        self.stop_with(self._jobs.listen(self._heard))
        self._show()

    def run(self, *targets: str) -> None:
        """Run what is missing up to each target in the worker process, and wait; without one, all stages.

        A target is a stage, or an analysis such as ``errors``. Interrupting the kernel cancels the job.

        Raises:
            OptionError: there is no such target, or the model is not named or not there.
            StudioError: a stage failed; the artifacts of those before it are kept.
        """
        self._start(*targets or ("evaluate", "compile"))
        self._jobs.wait()

    def cancel(self) -> None:
        """Stop the running job."""
        self._jobs.cancel()

    def still(self) -> str:
        """A table of the stages and their states."""
        return pipeline_still(pipeline(self._session), self.states)

    def _pressed(self, *arguments: Any) -> None:
        try:
            self._start(*arguments[:-1])  # the last one is the button
        except StudioError as error:
            self.error = error
            self._show()

    def _start(self, *targets: str) -> None:
        self.error, self._failed = None, ""
        self._jobs.start(*targets)
        self._show()

    def _heard(self, event: Event) -> None:
        if event.kind == "started":
            self._now = event.stage
        elif event.kind == "failed":
            self.error, self._failed, self._now = from_dict(event.error), event.stage, ""
        elif event.kind == "ended":
            self._now = ""
        if event.kind == "progress":
            self._progress.value = event.done / event.total if event.total else 0.0
            self._text.value = " · ".join(word for word in (self._title(event.stage), event.message) if word)
        else:
            self._progress.value = 0.0
            self._log.value = _line(event, self._title(event.stage)) or self._log.value
            self._show()

    def _show(self) -> None:
        """Show what holds now."""
        rows, running = pipeline(self._session), self._jobs.running
        self.states = {row["stage"]: self._state(row) for row in rows}
        for row in rows:
            button, state = self._buttons[row["stage"]], self.states[row["stage"]]
            button.description = row["title"] + (f" · {duration(row['seconds'])}" if row["done"] else "")
            button.icon, button.button_style, button.disabled = ICONS[state], STYLES[state], running
            button.tooltip = f"{row['title']}: {STATES[state]}. {row['problem'] or row['help']}"
        self._all.disabled = running or bool(rows[0]["problem"]) or all(row["done"] for row in rows)
        self._cancel.disabled = not running
        self._progress.layout.display = "" if running else "none"
        self._text.value = f"{self._title(self._now) or 'Starting'} …" if running else _idle(rows)
        self._message.value = "" if self.error is None else tag("div", error_html(self.error))
        self.running = running

    def _state(self, row: dict[str, Any]) -> str:
        if row["stage"] == self._now:
            return "running"
        return "done" if row["done"] else "failed" if row["stage"] == self._failed else "wait"

    def _title(self, stage: str) -> str:
        return self._titles.get(stage, stage.capitalize())


def _line(event: Event, title: str) -> str:
    """An event as a line of the log."""
    words = {"started": f"{title} …", "finished": f"{title}: done in {duration(event.seconds)}", "log": event.message}
    return words.get(event.kind, f"{title}: {event.message}" if event.kind in ("failed", "cancelled") else "")


def _idle(rows: list[dict[str, Any]]) -> str:
    if rows[0]["problem"]:
        return "Choose a model: session.open(...)"
    waiting = [row["title"].lower() for row in rows if not row["done"]]
    return f"To run: {', '.join(waiting)}." if waiting else "Everything is up to date."
