"""The compiled format: a symbol in JSON and parameters in binary, written, and read back as a graph.

The symbol holds nodes in topological order, ``arg_nodes`` (ids of the variables), ``node_row_ptr`` (the first entry of
each node; an entry is one output of one node), ``heads``, ``version``, and in ``attrs`` a list a property, each as
[type, list]: ``op_attrs`` a node, and ``shape``, ``precision``, ``dltype`` and ``storage_id`` an entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, count
from typing import Any

from mrt_studio.collection import without_collection
from mrt_studio.cvm.format_params import read_params, write_params
from mrt_studio.cvm.format_reader import VERSION, read_symbol
from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.cvm.rules import INPUT, LENGTH_LIMIT, check_rules
from mrt_studio.cvm.storage import plan_storage
from mrt_studio.errors import OverflowError32
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Array, Graph, Node, Ref, Variable
from mrt_studio.ir.limits import DEFAULT_LIMITS, Limits
from mrt_studio.ir.names import check_text


@without_collection
def write_artifact(graph: Graph) -> tuple[bytes, bytes]:
    """Write an integer graph as the two files `symbol` and `params`; equal graphs give equal bytes.

    Raises:
        ModelError: the graph is not one that the runtime takes: its input, outputs, shapes or names.
        OverflowError32: there is no proof, or a limit of the runtime is exceeded.
    """
    rows = check_rules(graph)
    for name in graph.params:
        check_text(name, "name of a parameter", DEFAULT_LIMITS.name, name)
    compiled = canonical(graph)
    bits = [p for before in _data_first(graph) for p in rows[before.name].outputs]
    symbol, params = _symbol(compiled, bits), write_params(compiled.params.items())
    for what, data in (("symbol", symbol), ("params", params)):
        if len(data) > LENGTH_LIMIT:
            raise OverflowError32(f"The file {what!r} has {len(data):,} bytes; the limit is {LENGTH_LIMIT:,}.", where=what, remedy="Compile a smaller model.")
    return symbol, params


def read_artifact(symbol: bytes, params: bytes, *, where: str = "", limits: Limits = DEFAULT_LIMITS) -> Graph:
    """Read both files as a graph that computes the same bits; `where` names their folder in errors.

    What the runtime refuses is refused, and more: shapes, precisions and the storage plan are made again and compared.

    Raises:
        FormatError: a file is not sound, or the two do not belong together.
        UnsupportedError: an operator or an option of the format is not supported.
    """
    prefix = f"{where}/" if where else ""
    arrays = read_params(params, where=f"{prefix}params", limits=limits)
    return read_symbol(symbol, arrays, where=f"{prefix}symbol", limits=limits)


def canonical(graph: Graph) -> Graph:
    """The graph as the files hold it: the input first, operators renamed, parameters in their narrowest type."""
    names = _compiled_names(graph)
    nodes = tuple(replace(node, name=names[node.name], inputs=tuple(Ref(names[r.name], r.index) for r in node.inputs)) for node in _data_first(graph))
    params = {node.name: _narrow(graph.params[node.name], node) for node in nodes if node.name in graph.params}
    return Graph(nodes, tuple(Ref(names[r.name], r.index) for r in graph.outputs), params)


def _data_first(graph: Graph) -> list[Node]:
    """The runtime looks up the input's shape as if nothing came before it."""
    return sorted(graph.nodes, key=lambda node: node.name != INPUT)


def _compiled_names(graph: Graph) -> dict[str, str]:
    """Variables keep their names; operators are called ``<op>_<counter of that op>``."""
    names = {node.name: node.name for node in graph.nodes if node.is_variable}
    counters = dict[str, Iterator[int]]()
    taken = frozenset(names)
    for node in graph.operators:
        func = _func(node)
        fresh = (f"{func}_{i}" for i in counters.setdefault(func, count()))
        names[node.name] = next(name for name in fresh if name not in taken)
    return names


def _narrow(array: Array, node: Node) -> Array:
    precision = node.op.precision if isinstance(node.op, Variable) else None
    return array.astype(narrowest_dtype(precision or 32), copy=False)


def _symbol(graph: Graph, bits: list[int]) -> bytes:
    index = {node.name: i for i, node in enumerate(graph.nodes)}
    attributes = {
        "op_attrs": ["list_str", [_json(node.op.attributes()) for node in graph.nodes]],
        "storage_id": ["list_int", plan_storage(graph)],
        "shape": ["list_shape", [shape for node in graph.nodes for shape in node.shapes]],
        "precision": ["list_int", bits],
        "dltype": ["list_str", ["int32" for node in graph.nodes for _ in node.shapes]],
    }
    tail = {
        "arg_nodes": [i for i, node in enumerate(graph.nodes) if node.is_variable],
        "node_row_ptr": list(accumulate((node.op.outputs for node in graph.nodes), initial=0)),
        "heads": [[index[r.name], r.index, 0] for r in graph.outputs],
        "version": VERSION,
        "attrs": attributes,
    }
    nodes = ",\n".join(_json(_node(node, index)) for node in graph.nodes)
    ends = ",\n".join(f'"{key}": {_json(value)}' for key, value in tail.items())
    return f'{{\n"nodes": [\n{nodes}\n],\n{ends}\n}}\n'.encode()


def _node(node: Node, index: dict[str, int]) -> dict[str, Any]:
    if node.is_variable:
        return {"op": "null", "name": node.name, "inputs": []}
    attributes = {"flatten_data": "0", "func_name": _func(node), "num_inputs": str(len(node.inputs)), "num_outputs": str(node.op.outputs)}
    return {"op": "cvm_op", "name": node.name, "attrs": attributes, "inputs": [[index[r.name], r.index, 0] for r in node.inputs]}


def _func(node: Node) -> str:
    return node.op.func if isinstance(node.op, CvmOperator) else node.op.name


def _json(value: Any) -> str:
    # The runtime's reader knows no \u escapes, so texts are written as they are.
    return json.dumps(value, ensure_ascii=False)
