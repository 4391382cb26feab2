"""Overlays of the integer graph, from the precision ledger and the count of gas; other stages show the nodes made of theirs."""

from __future__ import annotations

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.proof import prove
from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ir.graph import Graph
from mrt_studio.session.overlays.base import overlay
from mrt_studio.session.overlays.placing import gathered
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


@overlay("gas", needs=NEEDS, scale="log", better="low", adds_up=True)
def gas_of(session: Session, stage: str) -> dict[str, float]:
    """What the nodes cost on the chain, for one sample."""
    return gathered(session, stage, dict(gas(_integers(session)).nodes), sum)


def _bits(session: Session, stage: str) -> dict[str, float]:
    return gathered(session, stage, {name: row.bits for name, row in prove(_integers(session)).items()}, max)


def _integers(session: Session) -> Graph:
    return session.artifact("quantize").lowered.graph
