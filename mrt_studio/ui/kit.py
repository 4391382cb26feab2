"""The app's parts: the only module that imports panel_material_ui, so that its look can change in one place.

Labels given here are the studio's own words. Text that comes from a model goes through `mrt_studio.ui.text`
into `markup`, or into cells and fields that show text as text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import panel as pn
import panel_material_ui as mui
from panel.util import edit_readonly

from mrt_studio.ui.plots.pane import Chart

Part = pn.viewable.Viewable | Callable[[], pn.viewable.Viewable]
"""A part of a page, or how to make it: every part costs time and memory, and most are never opened."""
ACCENT = {"light": "#1f5f8b", "dark": "#6cb6e4"}
THEME: dict[str, Any] = {
    "light": {"palette": {"primary": {"main": ACCENT["light"]}, "success": {"main": "#2e7d4f"}, "background": {"default": "#f6f8fa", "paper": "#ffffff"}}},
    "dark": {"palette": {"primary": {"main": ACCENT["dark"]}, "success": {"main": "#6fcf97"}, "background": {"default": "#14181d", "paper": "#1b2026"}}},
}
BAR = {"backgroundColor": "#163a56", "backgroundImage": "none", "color": "#ffffff"}
PAGE_SX = {
    "& .header": BAR,
    "& .title": {"fontSize": "18px", "letterSpacing": "0.02em"},
    "& .MuiToolbar-root": {"minHeight": "44px !important", "height": 44},
    "& .header .MuiLinearProgress-root": {"display": "none"},  # the page shows progress of its own; this one has no name
    "& .main": {"backgroundColor": "background.default"},
}
BUTTON = {"padding": "3px 10px", "minHeight": 30, "lineHeight": 1.6, "letterSpacing": "normal", "whiteSpace": "nowrap"}
STRONG = {"& .MuiButton-root, &.MuiButton-root": BUTTON}
QUIET = {"& .MuiButton-root, &.MuiButton-root": {**BUTTON, "borderColor": "divider"}}
TAB = {"minHeight": 34, "minWidth": 0, "padding": "6px 11px", "textTransform": "none", "fontSize": "13px", "letterSpacing": "normal"}
TABS_SX = {"& .MuiTabs-root": {"minHeight": 34, "flexShrink": 0}, "& .MuiTab-root": TAB}
SEGMENT_SX = {"& .MuiToggleButton-root": {"textTransform": "none", "padding": "3px 10px", "minHeight": 30, "letterSpacing": "normal", "whiteSpace": "nowrap"}}
FACTS_CSS = """
:host { font-family: Roboto, sans-serif; font-size: 13px; line-height: 1.45; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 12px; margin: 4px 0; }
dl.facts dt { opacity: .7; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
table.plain { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
table.plain th, table.plain td { text-align: left; padding: 4px 8px 4px 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
table.plain th { font-weight: 500; opacity: .7; }
.what { font-weight: 500; }
h3 { font-size: 15px; font-weight: 500; margin: 0; overflow-wrap: anywhere; }
h4 { font-size: 12px; font-weight: 500; margin: 0; opacity: .7; letter-spacing: .04em; text-transform: uppercase; }
p { margin: 2px 0; }
.faint { opacity: .7; }
.tiles { display: flex; flex-wrap: wrap; gap: 8px 28px; }
.tiles b { display: block; font-size: 20px; font-weight: 500; font-variant-numeric: tabular-nums; }
.tiles span { opacity: .7; font-size: 12px; }
.tiles.small { gap: 4px 20px; }
.tiles.small b { font-size: 15px; }
.part { margin-top: 14px; }
svg { display: block; width: 100%; }
svg text { font-size: 11px; fill: currentColor; opacity: .75; }
svg .bars { fill: #3b82b5; }
svg .axis { stroke: currentColor; opacity: .3; }
svg .threshold { stroke: #d6336c; stroke-width: 2; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12px; overflow-wrap: anywhere; }
"""


GRID_CSS = """
:host .tabulator { font-size: 13px; border: none; background: transparent; }
.tabulator .tabulator-header { font-weight: 500; font-size: 12px; }
.tabulator .tabulator-header .tabulator-col .tabulator-col-content { padding: 4px 8px !important; }
.tabulator .tabulator-header .tabulator-col .tabulator-header-filter input { font: inherit; padding: 2px 6px !important; border-radius: 4px;
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent); background: transparent; color: inherit; }
.tabulator .tabulator-tableholder .tabulator-row { height: 28px !important; min-height: 28px !important; }
.tabulator-row .tabulator-cell.tabulator-frozen-left { padding: 5px 0 !important; text-overflow: clip; border-right-width: 1px !important; }
.tabulator .tabulator-header .tabulator-col.tabulator-frozen-left { border-right-width: 1px !important; }
.tabulator-row .tabulator-cell { padding: 5px 8px !important; height: 28px !important; font-variant-numeric: tabular-nums; }
.tabulator .tabulator-header .tabulator-col.tabulator-sortable .tabulator-col-title { padding-right: 12px !important; }
.tabulator .tabulator-header .tabulator-col .tabulator-col-content .tabulator-col-sorter { right: 2px !important; }
:host(.tall) .tabulator .tabulator-tableholder .tabulator-row, :host(.tall) .tabulator-row .tabulator-cell {
  height: 44px !important; min-height: 44px !important; }
:host(.tall) .tabulator-row .tabulator-cell { padding: 12px 8px !important; }
:host(.tall) .tabulator-row img { width: 36px; height: 36px; object-fit: contain; display: block; margin: -8px 0; }
"""
LINK_CSS = """
:host { --surface-color: transparent; }
.bk-btn { border: none !important; background: none !important; color: inherit !important; padding: 2px 0 !important;
  text-align: left !important; font-size: 13px; line-height: 1.3;
  font-weight: 400; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); }
.bk-btn:hover { text-decoration-color: currentColor; }
"""


def page(title: str, **parts: Any) -> pn.viewable.Viewable:
    """The shell of the app."""
    before = _watchers_of_business()
    made = mui.Page(title=title, theme_config=THEME, busy_indicator=None, sidebar_width=320, sidebar_resizable=False, sx=PAGE_SX, **parts)
    # A Page follows the business of the whole process: each callback of any page would change all pages, and none would ever be freed.
    with edit_readonly(made):
        made.busy = False
    for watcher in _watchers_of_business():
        if watcher not in before:
            pn.state.param.unwatch(watcher)
    return made


def _watchers_of_business() -> list[Any]:
    return list(pn.state.param.watchers.get("busy", {}).get("value", ()))


def markup(content: str = "", css: str = "", **more: Any) -> pn.pane.HTML:
    """HTML made by `mrt_studio.ui.text`."""
    return pn.pane.HTML(content, stylesheets=[FACTS_CSS + css], **{"margin": 0, "sizing_mode": "stretch_width", **more})


def button(label: str, icon: str, *, strong: bool = False, **more: Any) -> mui.Button:
    """A button with an icon and a word."""
    return mui.Button(
        label=label, icon=icon, variant="contained" if strong else "outlined", size="small", sx=STRONG if strong else QUIET, **{"margin": 0, **more}
    )


def download(label: str, filename: str, content: Callable[[], str], **more: Any) -> mui.FileDownload:
    """A button that downloads a text that is made when it is pressed."""
    return mui.FileDownload(
        callback=lambda: io.BytesIO(content().encode()), filename=filename, label=label, icon="download", variant="outlined", size="small", sx=QUIET, **more
    )


def icon_button(icon: str, label: str, **more: Any) -> mui.IconButton:
    """A button that is an icon; `label` is its tooltip and its name for screen readers."""
    return mui.IconButton(icon=icon, label=label, description=label, size="small", **{"margin": 0, **more})


def segmented(options: dict[str, str], value: str, **more: Any) -> mui.RadioButtonGroup:
    """A switch between a few choices."""
    return mui.RadioButtonGroup(options=options, value=value, size="small", sx=SEGMENT_SX, **{"margin": 0, **more})


def select(label: str, options: Any, value: Any, **more: Any) -> mui.Select:
    """A choice from a list."""
    return mui.Select(label=label, options=options, value=value, size="small", **{"sizing_mode": "stretch_width", **more})


def text_field(label: str, value: str = "", **more: Any) -> mui.TextInput:
    """A line of text; its value arrives when it is left or Enter is pressed."""
    return mui.TextInput(label=label, value=value, size="small", **{"sizing_mode": "stretch_width", **more})


def suggestion_field(label: str, value: str, words: list[str], **more: Any) -> mui.AutocompleteInput:
    """A line of text with suggestions."""
    field = mui.AutocompleteInput(label=label, options=words, restrict=False, min_characters=0, size="small", sizing_mode="stretch_width", **more)
    field.value = value
    return field


def switch(label: str, value: bool, **more: Any) -> mui.Switch:
    """Yes or no."""
    return mui.Switch(label=label, value=value, size="small", **more)


def slider(label: str, start: int, end: int, **more: Any) -> mui.IntSlider:
    """A whole number between two ends."""
    return mui.IntSlider(label=label, start=start, end=end, size="small", **more)


def tabs(*named: tuple[str, Part], **more: Any) -> mui.Tabs:
    """Panels, one at a time; one that is given as a function is made when it is first opened."""
    placed, fill = _places(named, sizing_mode="stretch_both")
    made = mui.Tabs(*placed, dynamic=True, sx=TABS_SX, **more)
    fill([made.active])
    made.param.watch(lambda event: fill([event.new]), "active")
    return made


def accordion(*named: tuple[str, Part], **more: Any) -> mui.Accordion:
    """Panels that fold; one that is given as a function is made when it is first unfolded."""
    placed, fill = _places(named, sizing_mode="stretch_width")
    made = mui.Accordion(*placed, disable_gutters=True, title_variant="subtitle2", **more)
    fill(made.active)
    made.param.watch(lambda event: fill(event.new), "active")
    return made


def _places(named: Sequence[tuple[str, Part]], **more: Any) -> tuple[list[tuple[str, pn.viewable.Viewable]], Callable[[Iterable[int]], None]]:
    """Panels, with an empty place for each that is not made yet, and the function that fills the places that are open."""
    waiting = {place: part for place, (_, part) in enumerate(named) if not isinstance(part, pn.viewable.Viewable)}
    placed = [(title, pn.Column(margin=0, **more) if place in waiting else part) for place, (title, part) in enumerate(named)]

    def fill(opened: Iterable[int]) -> None:
        for place in opened:
            if make := waiting.pop(place, None):
                placed[place][1].append(make())

    return placed, fill


def progress_bar(**more: Any) -> mui.LinearProgress:
    """A slim bar, 0 to 100."""
    return mui.LinearProgress(value=0, variant="determinate", **{"margin": 0, "sizing_mode": "stretch_width", **more})


def file_button(label: str, **more: Any) -> mui.FileInput:
    """A button that takes a file; its value are the bytes."""
    return mui.FileInput(label=label, uploaded_label=label, icon="upload_file", variant="outlined", size="small", sx=QUIET, **{"margin": 0, **more})


def alert(content: Any, severity: str = "error", **more: Any) -> mui.Alert:
    """A coloured box around safe content."""
    return mui.Alert(content, severity=severity, **{"margin": 0, "sizing_mode": "stretch_width", **more})


def paper(*content: Any, **more: Any) -> mui.Paper:
    """A surface with a thin border."""
    return mui.Paper(*content, variant="outlined", **{"margin": 0, **more})


def plot(config: dict[str, Any], **more: Any) -> Chart:
    """A Plotly figure, given as a dict of data and layout."""
    return Chart({"data": [], "layout": {}}, config=config, **{"margin": (0, 8), "sizing_mode": "stretch_both", "min_height": 120, **more})


def link(label: str, **more: Any) -> pn.widgets.Button:
    """A button that looks like a link; its label is shown as text, so it may come from a model."""
    return pn.widgets.Button(name=label, button_style="outline", stylesheets=[LINK_CSS], **{"margin": 0, "sizing_mode": "stretch_width", **more})


def grid(frame: Any, **more: Any) -> pn.widgets.Tabulator:
    """A table whose cells are text."""
    return pn.widgets.Tabulator(
        frame,
        show_index=False,
        theme="simple",
        pagination=None,  # Panel would cut large tables into pages of the few rows that fit
        layout="fit_columns",
        sizing_mode="stretch_both",
        min_height=120,
        stylesheets=[GRID_CSS],
        **{"margin": 0, **more},
    )
