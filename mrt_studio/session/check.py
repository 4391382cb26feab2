"""Check a model before any run: which nodes cannot become integers, why, and which split keys go round them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.lower import lower
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.errors import JobError, OptionError, ShapeError, StudioError, UnsupportedError
from mrt_studio.ir.graph import Graph, Node, Shape
from mrt_studio.ir.split import keys_below
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import FloatOnly
from mrt_studio.stages.base import Report, Silent
from mrt_studio.stages.prepare import prepare_graph

MOST_TRIES = 50
"""After so many refused forms the search for more ends."""


@dataclass(frozen=True)
class Problem:
    """A node that cannot become integers as it stands."""

    node: str
    op: str
    why: str


@dataclass(frozen=True)
class Check:
    """What a check found.

    Attributes:
        operators: how many operators the model has.
        problems: the nodes that are not supported; forms that are refused are looked for below the split keys only.
        split_keys: keys that leave all of them to a float top, with which prepare succeeds; empty if there are no
            problems, or no way round.
        error: what else is wrong with the model, such as shapes that do not fit; None if nothing.
    """

    operators: int
    problems: tuple[Problem, ...]
    split_keys: tuple[str, ...]
    error: StudioError | None

    @property
    def passed(self) -> bool:
        """Whether the whole model can be prepared and quantized."""
        return not self.problems and self.error is None

    def summary(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "passed": self.passed,
            "operators": self.operators,
            "problems": [dataclasses.asdict(problem) for problem in self.problems],
            "split_keys": list(self.split_keys),
            "error": self.error and self.error.to_dict(),
        }


def check_model(graph: Graph, input_shape: tuple[int, ...], input_shapes: Mapping[str, Shape] | None = None, report: Report | None = None) -> Check:
    """Prepare and lower without data, at thresholds of one, and collect what is refused.

    Each refused node goes above the split keys, then the rest is tried again. What only goes wrong at some thresholds, such as
    an input that is almost zero, is not foreseen.
    """
    problems = {node.name: Problem(node.name, node.op.name, node.op.why) for node in graph.nodes if isinstance(node.op, Unknown | FloatOnly)}
    error: StudioError | None = None
    keys = keys_below(graph, problems)
    for _ in range(MOST_TRIES):
        if problems and not keys:  # nothing is left below them
            break
        refused = _refused(graph, input_shape, input_shapes, keys, report or Silent())
        if not isinstance(refused, Problem):
            error = refused
            break
        problems[refused.node] = refused
        keys = keys_below(graph, problems)
    else:
        error = UnsupportedError(f"More than {MOST_TRIES} forms of operators are refused.", remedy="Split the model lower.")
    order = {node.name: i for i, node in enumerate(graph.nodes)}
    found = tuple(sorted(problems.values(), key=lambda problem: order[problem.node]))
    return Check(len(graph.operators), found, () if error else keys, error)


def _refused(
    graph: Graph, input_shape: tuple[int, ...], input_shapes: Mapping[str, Shape] | None, keys: tuple[str, ...], report: Report
) -> Problem | StudioError | None:
    """Try the part below the keys: the node that is refused, what else is wrong, or None."""
    below: Graph = graph
    try:
        below = prepare_graph(graph, input_shape, keys, report, input_shapes).graph
        lower(below, dict.fromkeys((n.name for n in below.nodes), 1.0), requantizer=ShiftMultiply())
    except (JobError, MemoryError):
        raise
    except (ShapeError, OptionError) as error:  # no operator is to blame
        return error
    except StudioError as error:
        node = _original(graph, below, error)
        why = " ".join(text for text in (error.what, error.why) if text)
        return error if node is None else Problem(node.name, node.op.name, why)
    return None


def _original(graph: Graph, below: Graph, error: StudioError) -> Node | None:
    """The operator of the original model that an error about a graph made of it is about; None if no operator is to blame."""
    about = next((n for n in (*below.nodes, *graph.nodes) if error.node == n.name or error.where in (n.name, f"{n.op.name} {n.name!r}")), None)
    names = () if about is None else (about.name, *about.origin)
    return next((graph[name] for name in names if name in graph and not graph[name].is_variable), None)
