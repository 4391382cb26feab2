"""Bits, gas and storage of the integer graph as plain data: what each node needs, and why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.ledger import Entry, causes, ledger
from mrt_studio.cvm.ops.broadcast_mul import BroadcastMul
from mrt_studio.cvm.ops.conv2d import Conv2d
from mrt_studio.cvm.ops.dense import Dense
from mrt_studio.cvm.proof import Row, prove
from mrt_studio.cvm.storage import plan_storage, storage_bytes
from mrt_studio.cvm.tight import tight_bounds
from mrt_studio.errors import ArtifactError
from mrt_studio.fixedpoint import INT32_BITS, bits_for
from mrt_studio.ir.graph import Graph, Node, Ref
from mrt_studio.session.graphs import counterparts
from mrt_studio.session.session import Session

Data = dict[str, Any]

PARTS = ("input", "weight", "accumulation", "rest")
"""What a result's bits are made of: those of the input, those of the weight, those of adding products up, and those of a
bias or of the operator itself."""
STAGE = "quantize"
_CELL = 4
"""Bytes of an element: every tensor is held as int32."""


def precision(session: Session) -> Data:
    """The ledger of the quantized model for plots and tables.

    Returns:
        nodes: one row for each input and operator, in order: name, op, the four `PARTS` whose sum is bits, tight (bits that
        values can really need with these parameters), head_room, bound, tight_bound, cause, gas, and bytes of its output.
        histogram: [bits, nodes] ascending. limit: 32. totals: widest, gas, operations, memory, storage_bytes and
        parameter_bytes of the whole model.

    Raises:
        ArtifactError: the model is not quantized.
    """
    graph: Graph = session.artifact(STAGE).lowered.graph
    rows, entries, cost = prove(graph, partly=True), ledger(graph), gas(graph)
    bounds = tight_bounds(graph, rows)
    nodes = [_plain(graph, rows[name], entries[name], bounds[name], cost.nodes[name]) for name in entries if name not in graph.params]
    return {
        "nodes": nodes,
        "histogram": sorted([bits, count] for bits, count in Counter(row["bits"] for row in nodes).items()),
        "limit": INT32_BITS,
        "totals": {
            "widest": max((row["bits"] for row in nodes), default=0),
            "gas": cost.total,
            "operations": cost.operations,
            "memory": cost.memory,
            "storage_bytes": storage_bytes(graph, plan_storage(graph)),
            "parameter_bytes": int(sum(array.nbytes for array in graph.params.values())),
        },
    }


def why(session: Session, name: str) -> list[Data]:
    """The chain of causes of a node's bits, from the node back to where they were last limited.

    Each step has name, op, bits, parts, parameter (whether it is one), and words that tell how its bits come about.

    Raises:
        ArtifactError: the model is not quantized, or its graph has no such node.
    """
    graph: Graph = session.artifact(STAGE).lowered.graph
    rows, entries = prove(graph, partly=True), ledger(graph)
    if name not in entries:
        raise ArtifactError(f"The quantized graph has no node called {name!r}.")
    return [_step(graph, rows[entry.name], entry) for entry in causes(entries, name)]


def widest_of(session: Session, stage: str, name: str) -> str:
    """The node of the quantized graph that stands for a node of another stage: the widest, if there are several; or nothing."""
    graph: Graph = session.artifact(STAGE).lowered.graph
    if stage == STAGE:
        return name if name in graph else ""
    rows = prove(graph, partly=True)
    found = [there for there in counterparts(session, name, stage, STAGE) if there in rows]
    return max(found, key=lambda there: rows[there].bits, default="")


def parts_of(node: Node, row: Row, entry: Entry) -> dict[str, int]:
    """How many bits of a result come from its input, its weight, adding up, and the rest; they sum to its bits."""
    operands = row.inputs
    if isinstance(node.op, Conv2d | Dense | BroadcastMul):
        data, weight = operands[:2]
        return {"input": data, "weight": weight, "accumulation": entry.accumulation_bits - data - weight, "rest": entry.bits - entry.accumulation_bits}
    widest = min(max(operands, default=entry.bits), entry.bits)
    growth = entry.bits - widest
    is_sum = node.op.name == "cvm.sum"
    return {"input": widest, "weight": 0, "accumulation": growth if is_sum else 0, "rest": 0 if is_sum else growth}


def _plain(graph: Graph, row: Row, entry: Entry, bound: int, cost: int) -> Data:
    node = graph[entry.name]
    sizes = [math.prod(graph.shape(Ref(node.name, i))) for i in range(node.op.outputs)]
    return {
        "name": node.name,
        "op": _op(entry),
        **parts_of(node, row, entry),
        "bits": entry.bits,
        "tight": min(entry.bits, bits_for(bound)),
        "head_room": entry.head_room,
        "bound": entry.bound,
        "tight_bound": bound,
        "cause": entry.cause,
        "gas": cost,
        "bytes": _CELL * sum(sizes),
    }


def _step(graph: Graph, row: Row, entry: Entry) -> Data:
    parts = parts_of(graph[entry.name], row, entry)
    is_parameter = entry.name in graph.params
    return {"name": entry.name, "op": _op(entry), "bits": entry.bits, "parts": parts, "parameter": is_parameter, "words": _words(entry, parts)}


def _words(entry: Entry, parts: Mapping[str, int]) -> str:
    if entry.op in ("input", "parameter"):
        return f"The {entry.op} has {entry.bits} bits."
    if not entry.cause:
        return f"{_op(entry)} limits the result to {entry.bits} bits."
    names = {"input": "of the input", "weight": "of the weight", "accumulation": "for adding up", "rest": "for the bias" if parts["weight"] else "more"}
    shown = [f"{parts[part]} {names[part]}" for part in PARTS if parts[part]]
    return f"{entry.bits} bits: {' + '.join(shown)}." if len(shown) > 1 else f"{entry.bits} bits, as many as its input."


def _op(entry: Entry) -> str:
    return entry.op.removeprefix("cvm.")
