"""Keys that work anywhere in the page but inside fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import panel as pn
import param
from panel.custom import AnyWidgetComponent


class Shortcuts(AnyWidgetComponent):
    """Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y) as calls of `undo` and `redo`; it draws nothing.

    It is an AnyWidgetComponent because Panel mixes up the adapters of two kinds of components on one page.
    """

    pressed = param.List([], doc="What was pressed, and how many keys before it.")

    _esm = """
    function render({ model }) {
      let count = 0;
      const pressed = (event) => {
        const target = event.composedPath()[0];
        if (!(event.ctrlKey || event.metaKey) || /^(input|textarea)$/i.test(target.tagName ?? "")) return;
        const key = event.key.toLowerCase();
        const name = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : null;
        if (!name) return;
        event.preventDefault();
        model.set("pressed", [name, ++count]);
        model.save_changes();
      };
      document.addEventListener("keydown", pressed, true);  // before the graph, which keeps its keys to itself
      return () => document.removeEventListener("keydown", pressed, true);
    }
    export default { render };
    """

    def __init__(self, actions: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        super().__init__(width=0, height=0, margin=0)
        self._actions = actions
        self.param.watch(self._act, "pressed")

    def _act(self, event: Any) -> None:
        if event.new and isinstance(event.new[0], str) and event.new[0] in self._actions:
            pn.state.execute(self._actions[event.new[0]])
