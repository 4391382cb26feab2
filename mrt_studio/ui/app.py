"""The shell: one page over one workspace."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.page_script import script_address
from mrt_studio.ui.permalink import Permalink
from mrt_studio.ui.projects import projects
from mrt_studio.ui.server import SETTINGS, install
from mrt_studio.ui.shortcuts import Shortcuts
from mrt_studio.ui.state import PageState
from mrt_studio.ui.views.artifact import artifact_view
from mrt_studio.ui.views.errors import errors_view
from mrt_studio.ui.views.export import export_view
from mrt_studio.ui.views.graph import GraphView
from mrt_studio.ui.views.hints import HintsView
from mrt_studio.ui.views.history import history_view
from mrt_studio.ui.views.inspector import inspector
from mrt_studio.ui.views.lab import LabView
from mrt_studio.ui.views.log import log_view
from mrt_studio.ui.views.model import ModelChooser, open_demo
from mrt_studio.ui.views.operators import operators_view
from mrt_studio.ui.views.options import options_view
from mrt_studio.ui.views.pipeline import pipeline_bar
from mrt_studio.ui.views.precision import precision_view
from mrt_studio.ui.views.results import results_view
from mrt_studio.ui.views.runs import runs_view
from mrt_studio.ui.views.tensors import tensor_table
from mrt_studio.ui.views.verdict import verdict_view
from mrt_studio.ui.widgets.splitter import Splitter
from mrt_studio.ui.workspace import Workspace

NARROW = "@media (max-width: 1500px) { :host(.comparing) { display: none !important; } }"
"""Two graphs side by side need the inspector's room in a window that is not wide."""


def create_app() -> pn.viewable.Viewable:
    """The page of a browser session, over the project that the server was started with or one of its own.

    Raises:
        StudioError: the project folder cannot be used.
    """
    install()
    pn.extension("tabulator", "plotly", js_modules={"mrt_studio": script_address()})
    word, workspace = _workspace()
    state = PageState(workspace)
    pn.state.on_session_destroyed(functools.partial(_leave, state, word))
    graph = GraphView(state)
    link = Permalink(state, graph.pane, graph.compare, project=word)
    pn.state.onload(functools.partial(_arrive, state, link))
    return _page(state, graph, link)


def _workspace() -> tuple[str, Workspace]:
    """That of the server's project; else the page's own, with the word that its address names it by."""
    if SETTINGS.project is not None:
        return "", projects.shared(SETTINGS.project, SETTINGS.limits, SETTINGS.cluster)
    named = pn.state.session_args.get("project", [b""])[-1].decode(errors="replace")
    return projects.come(named, SETTINGS.limits, SETTINGS.cluster)


def _page(state: PageState, graph: GraphView, link: Permalink) -> pn.viewable.Viewable:
    if demo := open_demo(state):
        graph.on_demo(lambda _: pn.state.execute(demo))
    right = kit.paper(inspector(state), width=340, sizing_mode="stretch_height", margin=(0, 0, 0, 8), stylesheets=[NARROW])
    state.param.watch(lambda event: setattr(right, "css_classes", ["comparing"] if event.new else []), "comparing")
    top = pn.Row(graph.panel, right, sizing_mode="stretch_both", margin=0, styles={"flex": "1 1 0", "min-height": "0"})
    hints = HintsView(state)
    parts: dict[str, kit.Part] = {
        "Tensors": tensor_table(state),
        "Threshold": lambda: LabView(state).panel,
        "Precision": lambda: precision_view(state),
        "Errors": lambda: errors_view(state),
        "Results": lambda: results_view(state),
        "Hints": hints.panel,
        "Changes": graph.compare.changes.panel,
        "Runs": lambda: runs_view(state),
        "History": lambda: history_view(state),
        "Artifact": lambda: artifact_view(state),
        "Export": lambda: export_view(state),
        "Operators": operators_view,
        "Log": lambda: log_view(state),
    }
    titles = list(parts)
    below = kit.tabs(*parts.items(), sizing_mode="stretch_both", margin=0)
    below.param.watch(lambda event: setattr(state, "tab", titles[event.new]), "active")
    splitter = Splitter(height=12, sizing_mode="stretch_width", margin=0)
    bottom = kit.paper(below, sizing_mode="stretch_both", margin=0, styles={"flex": f"0 0 {splitter.share:.0%}", "min-height": "0", "overflow": "hidden"})
    hints.attach(below)
    body = pn.Column(top, splitter, bottom, sizing_mode="stretch_both", margin=(0, 12, 8, 12))
    main = pn.Column(pipeline_bar(state), verdict_view(state), body, sizing_mode="stretch_both", margin=0)
    page = kit.page("MRT Studio", main=[main], sidebar=[ModelChooser(state).panel, options_view(state)], header=[*_header(state), link.address])
    page.param.watch(lambda event: setattr(state, "theme", "dark" if event.new else "light"), "dark_theme")
    state.theme = "dark" if page.dark_theme else "light"
    return page


def _header(state: PageState) -> list[Any]:
    undo, redo = kit.icon_button("undo", "Undo (Ctrl+Z)", color="light"), kit.icon_button("redo", "Redo (Ctrl+Shift+Z)", color="light")
    undo.on_click(lambda _: pn.state.execute(state.undo))
    redo.on_click(lambda _: pn.state.execute(state.redo))
    keys = Shortcuts({"undo": state.undo, "redo": state.redo})

    def show(*_: Any) -> None:
        undo.disabled, redo.disabled = not state.session.history.can_undo, not state.session.history.can_redo

    state.param.watch(show, "options")
    show()
    return [pn.layout.HSpacer(), undo, redo, keys]


async def _arrive(state: PageState, link: Permalink) -> None:
    """Show what there is; a session without a model gets the one that the server was started with, or the demo."""
    if not state.session["load"].options()["model"] and not state.running:
        if SETTINGS.model:
            await state.open(SETTINGS.model)
        elif SETTINGS.project is None and (demo := open_demo(state)):
            await demo()
    await state.refresh()
    await link.start()


def _leave(state: PageState, word: str, _: Any) -> None:
    """The page is gone: the project and its job go on."""
    state.close()
    if word:
        projects.leave(word)
