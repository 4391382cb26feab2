"""The table of supported operators, made from the registry: forms, refusals, the machine's operators, cost and error."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.lower import lower
from mrt_studio.cvm.ops.base import PREFIX
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import NEVER_RUN, FloatOnly, Operator, Sample, make, operators
from mrt_studio.ops.samples import sample_graph
from mrt_studio.passes.base import passes
from mrt_studio.passes.fold_constants import FoldConstants
from mrt_studio.stages.prepare import PASSES

DOCUMENT = """# Operators

What becomes integers, and what stays above a split. Made from the registry by `mrt-studio ops --markdown`.

* Forms: attributes with the values that are taken.
* Machine: operators of the Cortex virtual machine that its samples become; none where it is folded away or becomes a parameter.
* Gas: for one element of the output of its first sample, requantization included.
* Error: how far integers may be from floats on its samples, as a share of the largest output.
* Refused: forms that stay above a split, or why all do.
"""


@dataclass(frozen=True)
class Support:
    """One row of the table.

    Attributes:
        operator, aliases: names in symbol files.
        category: what kind of operator it is.
        summary: what it computes.
        supported: whether it becomes integers; else it can only stay above a split.
        forms: its attributes with the values that are taken.
        refused: forms that are refused and why, or why the operator is.
        lowering: the machine's operators it becomes.
        gas: cost for each element of its first sample's output; None where it is not supported.
        error: the stated bound; None where it is not supported.
    """

    operator: str
    aliases: tuple[str, ...]
    category: str
    summary: str
    supported: bool
    forms: str
    refused: tuple[str, ...]
    lowering: tuple[str, ...]
    gas: float | None
    error: float | None


@cache
def support_table() -> tuple[Support, ...]:
    """All operators in alphabetical order; their samples are prepared and lowered for it, which takes no MXNet."""
    names: dict[type[Operator], list[str]] = {}
    for name, cls in operators.items():
        names.setdefault(cls, []).append(name)
    rows = [_row(cls, tuple(sorted(set(found) - {cls.name}))) for cls, found in names.items()]
    rows += [Support(name, (), "other", summary, False, "", (why,), (), None, None) for name, (summary, why) in NEVER_RUN.items()]
    return tuple(sorted(rows, key=lambda row: row.operator.lower().lstrip("_")))


def as_markdown(rows: Sequence[Support]) -> str:
    """The table as a page."""
    lines = [DOCUMENT, "| Operator | Computes | Forms | Machine | Gas | Error | Refused |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        names = ", ".join(f"`{name}`" for name in (row.operator, *row.aliases))
        figures = ("" if value is None else f"{value:.3g}" for value in (row.gas, row.error))
        cells = (*map(_escape, (row.summary, row.forms, machine(row))), *figures, _escape("; ".join(text.rstrip(".") for text in row.refused)))
        lines.append("| " + " | ".join((names, *cells)) + " |")
    return "\n".join(lines) + "\n"


def machine(row: Support) -> str:
    """The machine's operators that an operator becomes, in words."""
    return (", ".join(row.lowering) or "none") if row.supported else "above a split only"


def as_data(rows: Sequence[Support]) -> list[dict[str, Any]]:
    """The table as plain data."""
    return [dataclasses.asdict(row) for row in rows]


def _escape(text: str) -> str:
    """Text that Markdown shows as it is; words in backticks stay code."""
    parts = text.replace("|", "\\|").split("`")
    plain = (part if i % 2 else re.sub(r"([*<\[]|\b_|_\b)", r"\\\1", part) for i, part in enumerate(parts))
    return "`".join(plain)


def _row(cls: type[Operator], aliases: tuple[str, ...]) -> Support:
    summary = (cls.__doc__ or "").strip().splitlines()[0]
    if issubclass(cls, FloatOnly):
        return Support(cls.name, aliases, cls.category, summary, False, cls.forms(), (cls.why,), (), None, None)
    samples = [sample for sample in cls.samples if sample.data or sample.params]  # others are constants, which become parameters
    graphs = [_lowered(cls, sample) for sample in samples]
    used = dict.fromkeys(node.op.name.removeprefix(PREFIX) for graph in graphs for node in graph.operators)
    return Support(cls.name, aliases, cls.category, summary, True, cls.forms(), cls.refused, tuple(used), _gas(graphs), cls.tolerance)


def _gas(graphs: Sequence[Graph]) -> float:
    """The first sample's operations for an element of its outputs; a parameter costs none."""
    if not graphs:
        return 0.0
    return gas(graphs[0]).operations / sum(math.prod(graphs[0].shape(ref)) for ref in graphs[0].outputs)


def _lowered(cls: type[Operator], sample: Sample) -> Graph:
    """A sample's integers, at thresholds of one."""
    graph = sample_graph(cls, sample, fed=len(sample.data))
    for name in PASSES:
        graph = _with_ones(graph) if name == FoldConstants.name else passes[name]().run(graph)
    return lower(graph, dict.fromkeys((n.name for n in graph.nodes), 1.0), requantizer=ShiftMultiply()).graph


def _with_ones(graph: Graph) -> Graph:
    """The graph with ones for its constants: their values need MXNet, and the table does not depend on them."""

    def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> tuple[Ref, ...] | None:
        if node.is_variable or any(b.array(ref) is None for ref in x):
            return None
        return tuple(b.param(f"ones{i}", np.ones(shape, np.float32)) for i, shape in enumerate(node.shapes))

    return fold(graph, make, rule, rule_name=FoldConstants.name)
