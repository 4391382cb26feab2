"""From values of tensors or of integer nodes to values at the nodes of any stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mrt_studio.ir.graph import Graph, Node
from mrt_studio.session.graphs import shown, stage_graph
from mrt_studio.session.session import Session


def at_nodes(session: Session, stage: str, values: Mapping[str, float]) -> dict[str, float]:
    """Give each node of a stage's graph the value of its tensor of the prepared model."""
    return {node: values[tensor] for node, tensor in tensors(session, stage).items() if tensor in values}


def at_main_nodes(session: Session, stage: str, values: Mapping[str, float]) -> dict[str, float]:
    """Give the value of each tensor to one node only, so that they still add up to the same."""
    if stage in ("load", "prepare"):
        return _in_floats(session, stage, {name: [value] for name, value in values.items()}, sum)
    found: dict[str, float] = {}
    for name, quantized in session.artifact("quantize").lowered.tensors.items():
        if name in values:
            found[quantized.ref.name] = found.get(quantized.ref.name, 0.0) + values[name]
    return _in_integers(session, stage, found)


def gathered(session: Session, stage: str, values: Mapping[str, float], gather: Callable[[Iterable[float]], float]) -> dict[str, float]:
    """The values of integer nodes at the nodes of a stage, those of one tensor gathered into one number."""
    if stage in ("quantize", "compile"):
        return _in_integers(session, stage, values)
    of_tensor: dict[str, list[float]] = {}
    for node, tensor in tensors(session, "quantize").items():
        if node in values:
            of_tensor.setdefault(tensor, []).append(values[node])
    return _in_floats(session, stage, of_tensor, gather)


def tensors(session: Session, stage: str) -> dict[str, str]:
    """For each node of a stage's graph the tensor of the prepared model that it belongs to."""
    if stage == "load":
        prepared: Graph = session.artifact("prepare").graph
        return {origin: n.name for n in shown(prepared) for origin in n.origin}
    found = {n.name: n.origin[-1] if stage != "prepare" and n.origin else n.name for n in shown(stage_graph(session, stage))}
    if stage != "compile":
        return found
    quantized = tensors(session, "quantize")
    return {node: quantized[before] for node, before in found.items()}


def _in_integers(session: Session, stage: str, values: Mapping[str, float]) -> dict[str, float]:
    """The values of integer nodes in the quantized or the compiled graph."""
    if stage == "quantize":
        return {n.name: values[n.name] for n in shown(stage_graph(session, stage)) if n.name in values}
    return {n.name: values[n.origin[0]] for n in shown(stage_graph(session, stage)) if n.origin[0] in values}


def _in_floats(session: Session, stage: str, values: Mapping[str, list[float]], gather: Callable[[Iterable[float]], float]) -> dict[str, float]:
    """The values of tensors in the prepared or the original graph, those of one node gathered."""
    prepared: Graph = session.artifact("prepare").graph
    found: dict[str, list[float]] = {}
    for node in shown(prepared):
        if node.name in values:
            found.setdefault(node.name if stage == "prepare" else _main(node), []).append(gather(values[node.name]))
    return {name: gather(gotten) for name, gotten in found.items()}


def _main(node: Node) -> str:
    """The node of the original that a prepared node mostly is; a sum must not count twice."""
    return node.name if node.name in node.origin or not node.origin else node.origin[-1]
