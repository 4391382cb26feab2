"""Passes: functions from graph to graph, and a guide to writing one.

Guide. One pass is one file with one decorated frozen dataclass; its fields are its options. `run` folds over
the graph (ir.graph.fold), returns a new graph, and states in its docstring the numbered cases it
rewrites and what it leaves alone. The rewritten graph computes the same function; a pass that changes it
a little is an option that is off, and says how much in `effect`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from mrt_studio.ir.graph import Array, Builder, Graph, Node, Ref
from mrt_studio.registry import Registry

passes: Registry[type[Pass]] = Registry("pass", "mrt_studio.passes")


@dataclass(frozen=True)
class Pass(ABC):
    """A rewrite that keeps the function of the graph, or says what it changes."""

    name: ClassVar[str]

    @abstractmethod
    def run(self, graph: Graph) -> Graph:
        """The rewritten graph."""

    def effect(self, graph: Graph) -> str:
        """What it changes of this graph's function, in a sentence; empty when nothing."""
        del graph
        return ""


def sole_reader(graph: Graph, ref: Ref) -> Node | None:
    """The only node that reads `ref`, or None when there are others or it is an output of the graph."""
    readers = graph.consumers[ref.name]
    return readers[0] if len(readers) == 1 and all(out.name != ref.name for out in graph.outputs) else None


def replace_param(b: Builder, graph: Graph, old: str, new: Ref, array: Array, hint: str) -> Ref:
    """The parameter with another array: under its own name if nothing else reads it, else a new one."""
    if len(graph.consumers[old]) == 1:
        return b.take_over(new, array)
    return b.param(hint, array)
