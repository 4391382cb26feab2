"""Edits of many tensors at once, and what was edited since the last quantization.

names = select(session, Rule(operator="Convolution", depthwise=True))
apply_observer(session, names, "percentile(percent=99.99)")
for change in pending(session).changes: ...
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.wide_layers import KINDS, wide_layers
from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Graph
from mrt_studio.observers.base import observers
from mrt_studio.recipes.base import Recipe
from mrt_studio.session.differences import Change, differences, plain, taken_back
from mrt_studio.session.session import Session, key_of

STAGES = ("prepare", "calibrate", "quantize")
"""Changes of their options count as pending."""


@dataclass(frozen=True)
class Rule:
    """Which tensors of the prepared model are meant; all conditions that are given must hold.

    Attributes:
        operator: the kind of operator, such as Convolution; ``input`` means the inputs.
        pattern: a pattern of the name with ``*`` and ``?``; without these, a part of the name.
        depthwise: only depthwise convolutions.
        edited: only those whose threshold was set by hand.
    """

    operator: str = ""
    pattern: str = ""
    depthwise: bool = False
    edited: bool = False


@dataclass(frozen=True)
class Pending:
    """The changes since the last state that was quantized, and that state's options; empty when nothing was quantized yet."""

    base: Recipe
    changes: tuple[Change, ...]

    @property
    def tensors(self) -> frozenset[str]:
        """The tensors that a change names."""
        return frozenset(change.name for change in self.changes if change.name)


def operators(session: Session) -> list[str]:
    """The kinds of operators of the prepared model, for `Rule.operator`; none before it is prepared."""
    return sorted({op for _, op in _tensors(_graph(session))}) if session.done("prepare") else []


def select(session: Session, rule: Rule) -> list[str]:
    """The tensors that a rule means, in the order of the graph.

    Raises:
        ArtifactError: the model is not prepared.
    """
    graph = _graph(session)
    pattern = rule.pattern if any(sign in rule.pattern for sign in "*?") else f"*{rule.pattern.replace('[', '[[]')}*"
    depthwise, edited = wide_layers(graph, ["depthwise"]), session.thresholds.edited
    return [
        name
        for name, op in _tensors(graph)
        if (not rule.operator or op == rule.operator)
        and fnmatch.fnmatchcase(name.lower(), pattern.lower())
        and (not rule.depthwise or name in depthwise)
        and (not rule.edited or name in edited)
    ]


def apply_observer(session: Session, names: Iterable[str], observer: str) -> None:
    """Give tensors an observer of their own, or with an empty text the usual one; thresholds set by hand go, for they would stay in force.

    Raises:
        OptionError: there is no such observer, or no such tensor.
    """
    if observer:
        observers.create(observer)
    chosen, options = _known(session, names), session["quantize"].options()
    table = {name: text for name, text in options["observers"].items() if name not in chosen} | (dict.fromkeys(chosen, observer) if observer else {})
    with session.history.change(f"observer of {_counted(chosen)}"):
        session.configure("quantize", observers=table, thresholds=_without(options["thresholds"], chosen))


def set_thresholds(session: Session, names: Iterable[str], value: float) -> None:
    """Set the thresholds of tensors by hand to one value.

    Raises:
        OptionError: the value is no positive number, or there is no such tensor.
    """
    chosen = _known(session, names)
    _replace(session, dict.fromkeys(chosen, _positive(value, "threshold")), f"threshold of {_counted(chosen)}")


def scale_thresholds(session: Session, names: Iterable[str], factor: float) -> None:
    """Multiply the thresholds in force of tensors by a factor; they count as set by hand then.

    Raises:
        OptionError: the factor is no positive number, or there is no such tensor.
        ArtifactError: the model is not calibrated.
    """
    chosen = _known(session, names)
    session.artifact("calibrate")
    scaled = {name: session.thresholds[name] * _positive(factor, "factor") for name in chosen}
    _replace(session, scaled, f"thresholds of {_counted(chosen)} times {factor:g}")


def reset_thresholds(session: Session, names: Iterable[str]) -> None:
    """Go back to what the observers choose, also where a tensor has an observer of its own."""
    chosen = _known(session, names)
    with session.history.change(f"reset {_counted(chosen)}"):
        session.thresholds.replace(_without(session.thresholds.edited, chosen))


def set_wide(session: Session, names: Iterable[str], wide: bool) -> list[str]:
    """Give layers inputs of fifteen bits instead of eight, or of eight again; returns the layers among the names.

    Raises:
        OptionError: none of the names is a convolution or dense layer.
    """
    graph = _graph(session)
    layers = wide_layers(graph, ["all"])
    chosen = [name for name in _known(session, names) if name in layers]
    if not chosen:
        raise OptionError("None of these is a convolution or a dense layer.", where="quantize.wide", remedy="Select layers: only their inputs can be wide.")
    now = session["quantize"].options()["wide"]
    if wide:
        kept = [*now, *chosen]
    elif set(now) & set(KINDS):  # a word such as "all" becomes the names that are left of it
        kept = [name for name in sorted(wide_layers(graph, now)) if name not in chosen]
    else:
        kept = [name for name in now if name not in chosen]
    with session.history.change(f"{'wide' if wide else 'eight-bit'} inputs of {_counted(chosen)}"):
        session.configure("quantize", wide=kept)
    return chosen


def wide_names(session: Session) -> frozenset[str]:
    """The layers that `quantize.wide` means; none before the model is prepared, or when a name in it is unknown."""
    try:
        return wide_layers(_graph(session), session["quantize"].options()["wide"]) if session.done("prepare") else frozenset()
    except OptionError:
        return frozenset()


def pending(session: Session) -> Pending:
    """What was changed since the last state on the way here that was quantized."""
    now = plain(session.recipe())
    if session.done("quantize"):
        return Pending(now, ())
    if not any(session.store.artifacts("quantize")):
        return Pending({}, ())
    base = next((state for state in reversed(session.history.states) if _same_model(state, now) and _quantized(session, state)), None)
    return Pending({}, ()) if base is None else Pending(base, differences(base, now, STAGES))


def reset_change(session: Session, change: Change) -> None:
    """Take one pending change back.

    Raises:
        OptionError: the earlier value is not allowed any more.
    """
    with session.history.change("reset one edit"):
        session.configure(change.stage, **taken_back(plain(session.recipe()), change))


def reset_all(session: Session) -> None:
    """Take all pending changes back."""
    found = pending(session)
    if found.changes:
        with session.history.change("reset all edits"):
            session.replace({**session.recipe(), **{stage: found.base.get(stage, {}) for stage in STAGES}})


def _graph(session: Session) -> Graph:
    return session.artifact("prepare").graph


def _tensors(graph: Graph) -> list[tuple[str, str]]:
    """Inputs and operators with their kinds: the rows of the table of tensors."""
    return [(n.name, "input" if n.is_variable else n.op.name) for n in graph.nodes if n.name not in graph.params]


def _known(session: Session, names: Iterable[str]) -> list[str]:
    chosen, graph = list(dict.fromkeys(names)), _graph(session)
    if not chosen:
        raise OptionError("No tensor is selected.", remedy="Select rows of the table, or by a rule.")
    if unknown := [name for name in chosen if name not in graph]:
        raise OptionError(f"The prepared model has no tensor {unknown[0]!r}.", remedy="Use names of the table of tensors.")
    return chosen


def _replace(session: Session, thresholds: dict[str, float], note: str) -> None:
    with session.history.change(note):
        session.thresholds.replace({**session.thresholds.edited, **thresholds})


def _without(table: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names}


def _positive(value: float, what: str) -> float:
    if not 0 < value < float("inf"):
        raise OptionError(f"{value} is no {what}.", why="It must be a number above 0.")
    return value


def _counted(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} tensors"


def _same_model(state: Recipe, now: Recipe) -> bool:
    return state.get("load") == now.get("load")


def _quantized(session: Session, state: Recipe) -> bool:
    """Whether the artifact for these options is there."""
    try:
        return session.store.has("quantize", key_of(state, "quantize"))
    except OptionError:
        return False
