"""Operators that the studio does not know: they can be looked at and split off, but never run.

A model is read whole even when some of its operators are not supported, so that a person sees them on the graph
and picks split keys below them. Nothing here ever reaches MXNet, whatever a file calls an operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Graph, Node, Op, Shape
from mrt_studio.ir.split import keys_below

MOST_OUTPUTS = 16
"""How many outputs of an unknown operator may be read."""


@dataclass(frozen=True)
class Unknown:
    """An operator, or a form of one, that is not supported: its name and attributes as the file has them, and why."""

    name: str
    texts: Mapping[str, str]
    why: str

    @property
    def outputs(self) -> int:
        """The most there may be; nobody knows."""
        return MOST_OUTPUTS

    def attributes(self) -> dict[str, str]:
        """As in the file."""
        return dict(self.texts)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Nothing: shapes above an unknown operator stay unknown."""
        del inputs
        return ()


def unknown(name: str, texts: Mapping[str, str], why: str) -> Op:
    """Make an unknown operator; its name belongs to the value, while that of other operators belongs to their class."""
    return cast("Op", Unknown(name, texts, why))


def has_unknown(graph: Graph) -> bool:
    """Whether a graph has operators that cannot run."""
    return any(isinstance(node.op, Unknown) for node in graph.nodes)


def refuse_unknown(graph: Graph) -> None:
    """Refuse a graph that has unknown operators.

    Raises:
        UnsupportedError: naming the first one, why, and the split keys that go round all of them.
    """
    found = [node for node in graph.nodes if isinstance(node.op, Unknown)]
    if found:
        raise unsupported(graph, found[0], getattr(found[0].op, "why", ""), {n.name for n in found})


def unsupported(graph: Graph, node: Node, why: str, others: Iterable[str] = ()) -> UnsupportedError:
    """The refusal of one node, with the split keys that go round it and the others."""
    others = {node.name, *others}
    keys = keys_below(graph, others)
    more = f" {len(others) - 1} more nodes are not supported." if len(others) > 1 else ""
    named = ", ".join(repr(key) for key in keys[:8]) + (" …" if len(keys) > 8 else "")
    remedy = f"Set the split keys to {named}: what is above them stays in float." if keys else "No split goes round it, because it reads the input itself."
    error = UnsupportedError(f"{node.op.name} is not supported here.{more}", why=why, remedy=remedy)
    error.at(node.op.name, node.name)
    return error
