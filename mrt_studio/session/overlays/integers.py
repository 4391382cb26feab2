"""Overlays of the integer graph, from the precision ledger and the count of gas; other stages show the nodes made of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.proof import prove
from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ir.graph import Graph
from mrt_studio.session.graphs import shown, stage_graph
from mrt_studio.session.overlays.base import overlay
from mrt_studio.session.overlays.tensors import tensors
from mrt_studio.session.session import Session

NEEDS = ("prepare", "quantize")


@overlay("bits", label="proven bits", unit="bit", needs=NEEDS)
def bits_of(session: Session, stage: str) -> dict[str, float]:
    """The bits that the ledger proves, of the widest integer among the nodes that were made."""
    return _bits(session, stage)


@overlay("head room", label="head room to INT32", unit="bit", needs=NEEDS, better="high")
def head_room_of(session: Session, stage: str) -> dict[str, float]:
    """The bits that are left to INT32 where it is narrowest."""
    return {node: INT32_BITS - bits for node, bits in _bits(session, stage).items()}


@overlay("gas", needs=NEEDS, scale="log", better="low")
def gas_of(session: Session, stage: str) -> dict[str, float]:
    """What the nodes cost on the chain, for one sample."""
    return _gathered(session, stage, dict(gas(_integers(session)).nodes), sum)


def _bits(session: Session, stage: str) -> dict[str, float]:
    return _gathered(session, stage, {name: row.bits for name, row in prove(_integers(session)).items()}, max)


def _integers(session: Session) -> Graph:
    return session.artifact("quantize").lowered.graph


def _gathered(session: Session, stage: str, values: Mapping[str, float], gather: Callable[[Iterable[float]], float]) -> dict[str, float]:
    """The values at the nodes of a stage, several integer nodes of one tensor gathered into one number."""
    graph = _integers(session)
    if stage == "quantize":
        return {n.name: values[n.name] for n in shown(graph)}
    if stage == "compile":
        return {n.name: values[n.origin[0]] for n in shown(stage_graph(session, "compile"))}
    of_tensor: dict[str, list[float]] = {}
    for node, tensor in tensors(session, "quantize").items():
        of_tensor.setdefault(tensor, []).append(values[node])
    if stage == "prepare":
        return {tensor: gather(found) for tensor, found in of_tensor.items()}
    of_original: dict[str, list[float]] = {}
    for node in shown(session.artifact("prepare").graph):
        if node.name in of_tensor:
            of_original.setdefault(_main(node.name, node.origin), []).append(gather(of_tensor[node.name]))
    return {name: gather(found) for name, found in of_original.items()}


def _main(name: str, origin: tuple[str, ...]) -> str:
    """The node of the original that a prepared node mostly is; a sum must not count twice."""
    return name if name in origin or not origin else origin[-1]
