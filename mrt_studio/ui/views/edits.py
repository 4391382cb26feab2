"""The bar above the table of tensors: selection by a rule, edits of what is selected, and what waits to be applied."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import panel as pn

from mrt_studio.session import edits
from mrt_studio.session.options import stage_options
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.views.review import Review

ANY = "Any operator"
FLOAT_NOTE = "A tensor cannot go back to float: the machine has integers only. To keep layers in float, split the model below them (Prepare, Split keys)."
GAP = (0, 0, 0, 6)


class Edits:
    """The bar, with one of four faces: what there is to do, select by a rule, edit, review; then the list takes the table's place."""

    def __init__(self, state: PageState, grid: pn.widgets.Tabulator, select: Callable[[list[str]], None]) -> None:
        """`grid` is the table, in which `select` selects tensors."""
        self._state, self._table, self._select = state, grid, select
        self._names: list[str] = []
        self._open = ""
        self.review = Review(state)
        self._edit = kit.button("Edit", "tune", disabled=True, margin=GAP, on_click=lambda _: self._turn("edit"))
        self._count = kit.button("No pending edits", "pending_actions", disabled=True, margin=GAP, on_click=lambda _: self._turn("review"))
        self._apply = kit.button("Apply", "play_arrow", strong=True, disabled=True, margin=GAP, description="Apply: quantize and evaluate with these edits")
        self._apply.on_click(lambda _: pn.state.execute(functools.partial(state.run, "evaluate")))
        self._close = kit.icon_button("close", "Back to the table", align="center", margin=GAP, on_click=lambda _: self._turn(""))
        self._words = kit.markup(sizing_mode=None, align="center", margin=(0, 0, 0, 12))
        rule = kit.button("Select by rule", "filter_alt", on_click=lambda _: self._turn("rule"))
        self._faces = {"": [rule, self._edit], "rule": self._rule_parts(), "edit": self._edit_parts(), "review": self.review.actions}
        self._left = pn.Row(margin=0)
        self._note = kit.markup(tag("p", escape(FLOAT_NOTE), "faint"), visible=False, margin=(0, 12, 4, 12))
        self._right = pn.Row(self._count, self._apply, margin=0)
        line = pn.Row(self._left, pn.layout.HSpacer(), self._right, sizing_mode="stretch_width", margin=(4, 12, 6, 12))
        self.bar = pn.Column(line, self._note, sizing_mode="stretch_width", margin=0)
        state.param.watch(self._show, ["pending", "running"])
        state.param.watch(self._show_operators, "rows")
        self._show_operators()
        self._show()

    def choose(self, names: list[str]) -> None:
        """Take these tensors as those that an edit is for."""
        self._names = names
        self._show()

    def _turn(self, face: str) -> None:
        self._open = face if face != self._open else ""
        self._words.object = ""
        self._note.visible = False
        self._show()

    def _show(self, *_: Any) -> None:
        found = self._state.pending
        count = len(found.changes) if found else 0
        if (self._open == "review" and not count) or (self._open == "edit" and not self._names):
            self._open = ""
        self._edit.param.update(label=f"Edit {self._chosen()}", disabled=not self._names)
        self._count.param.update(label=counted(count, "pending edit") if count else "No pending edits", disabled=not count)
        self._apply.disabled = not count or self._state.running
        if self._open == "edit":
            self._words.object = tag("span", escape(self._chosen()), "faint")
        wanted = [*self._faces[self._open], *([self._words, self._close] if self._open else [])]
        self._right.visible = self._open != "rule"  # the fields take its room
        if list(self._left) != wanted:
            self._left[:] = wanted
        # Hidden, not removed: Tabulator fails when it is taken away while it draws.
        self._table.visible, self.review.table.visible = self._open != "review", self._open == "review"

    def _chosen(self) -> str:
        return "" if not self._names else self._names[0] if len(self._names) == 1 else counted(len(self._names))

    def _rule_parts(self) -> list[Any]:
        self._operator = kit.select("Operator", [ANY], ANY, width=170, sizing_mode=None, margin=0)
        self._pattern = kit.text_field("Part of the name, or with * and ?", width=220, sizing_mode=None, margin=GAP)
        self._depthwise = kit.switch("Depthwise", value=False, align="center", margin=GAP)
        self._by_hand = kit.switch("Set by hand", value=False, align="center", margin=GAP)
        go = kit.button("Select", "done_all", strong=True, align="center", margin=GAP, on_click=lambda _: pn.state.execute(self._select_by_rule))
        return [self._operator, self._pattern, self._depthwise, self._by_hand, go]

    def _edit_parts(self) -> list[Any]:
        names = list(stage_options("quantize")["observer"].choices)
        self._observer = kit.suggestion_field("Observer", "", names, margin=0)
        self._observer.param.update(width=170, sizing_mode=None)
        self._value = kit.text_field("Threshold", placeholder="2.5 or x0.9", width=110, sizing_mode=None, margin=GAP)
        observe = functools.partial(self._do, edits.apply_observer, lambda: self._observer.value or "")
        buttons = (
            ("Use", 44, "Use this observer; without one, the usual observer", observe),
            ("Set", 44, "Set thresholds by hand, or multiply them: x0.9", lambda: pn.state.execute(self._set_thresholds)),
            ("Reset", 60, "Reset thresholds that were set by hand", functools.partial(self._do, edits.reset_thresholds)),
            ("15 bit", 60, "15 bit inputs, for convolutions and dense layers", functools.partial(self._do, edits.set_wide, lambda: True)),
            ("8 bit", 54, "8 bit inputs, for convolutions and dense layers", functools.partial(self._do, edits.set_wide, lambda: False)),
            ("Float", 56, "Float: why a tensor cannot go back to it", lambda: setattr(self._note, "visible", not self._note.visible)),
        )
        use, put, *others = [self._small(*parts) for parts in buttons]
        return [self._observer, use, self._value, put, *others]

    def _small(self, label: str, width: int, description: str, action: Callable[[], None]) -> Any:
        return kit.button(label, "", width=width, description=description, align="center", margin=(0, 0, 0, 4), on_click=lambda _: action())

    def _show_operators(self, *_: Any) -> None:
        names = [ANY, *sorted({row["op"] for row in self._state.rows})]
        self._operator.param.update(options=names, value=self._operator.value if self._operator.value in names else ANY)

    def _do(self, action: Callable[..., Any], value: Callable[[], Any] | None = None) -> None:
        """Edit the selected tensors."""
        arguments = [self._names, *([value()] if value else [])]
        pn.state.execute(functools.partial(self._change, action, *arguments))

    @shows_errors_of
    async def _change(self, action: Callable[..., Any], *arguments: Any) -> None:
        await self._state.workspace.change(action, *arguments)

    @shows_errors_of
    async def _select_by_rule(self) -> None:
        operator = "" if self._operator.value == ANY else self._operator.value
        rule = edits.Rule(operator, self._pattern.value.strip(), self._depthwise.value, self._by_hand.value)
        names = await self._state.workspace.ask(edits.select, rule)
        self._select(names)
        self._words.object = tag("span", escape(f"{counted(len(names))} selected" if names else "none is like that"), "faint")

    async def _set_thresholds(self) -> None:
        text = self._value.value.strip().lower()
        try:
            number = float(text.removeprefix("x").replace(",", ""))
        except ValueError:
            self._value.error_state = True
            return
        self._value.error_state = False
        await self._change(edits.scale_thresholds if text.startswith("x") else edits.set_thresholds, self._names, number)


def counted(count: int, what: str = "tensor") -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"
