"""All operators that the studio knows: what they become in integers, at what cost, and what is refused."""

from __future__ import annotations

import asyncio

import pandas as pd
import panel as pn

from mrt_studio.session.support import Support, machine, support_table
from mrt_studio.ui import kit
from mrt_studio.ui.text import escape, figure, tag

COLUMNS = {
    "operator": "Operator",
    "computes": "Computes",
    "forms": "Forms",
    "machine": "Machine",
    "gas": "Gas",
    "error": "Error",
    "refused": "Refused, and why",
}
WIDTHS = {"operator": 190, "gas": 65, "error": 80}
SEARCHED = ("operator", "computes", "forms", "machine", "refused")
ABOUT = "Gas: for one element of the output. Error: as a share of the largest. Point at a cell to read all of it."


def operators_view() -> pn.viewable.Viewable:
    """The tab of operators; the table is made when it is first looked at, which takes a second."""

    async def content() -> pn.viewable.Viewable:
        rows = await asyncio.to_thread(support_table)
        supported = sum(row.supported for row in rows)
        words = f"{supported} operators become integers, {len(rows) - supported} can only stay above a split. {ABOUT}"
        return pn.Column(kit.markup(tag("p", escape(words), "faint"), margin=(6, 12)), _table(rows), sizing_mode="stretch_both", margin=0)

    return pn.param.ParamFunction(content, lazy=True, sizing_mode="stretch_both", margin=0)


def _table(rows: tuple[Support, ...]) -> pn.viewable.Viewable:
    return kit.grid(
        frame(rows),
        titles=COLUMNS,
        widths=WIDTHS,
        text_align={"gas": "right", "error": "right"},
        header_filters={name: {"type": "input", "placeholder": "search"} for name in SEARCHED},
        configuration={"columnDefaults": {"tooltip": True}},
        disabled=True,
    )


def frame(rows: tuple[Support, ...]) -> pd.DataFrame:
    """One line an operator; other names that it has come after the first."""
    lines = [
        {
            "operator": ", ".join((row.operator, *row.aliases)),
            "computes": row.summary.replace("`", ""),
            "forms": row.forms,
            "machine": machine(row),
            "gas": "" if row.gas is None else figure(row.gas, 3),
            "error": "" if row.error is None else figure(row.error, 3),
            "refused": "; ".join(text.rstrip(".") for text in row.refused),
        }
        for row in rows
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
