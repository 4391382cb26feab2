"""An integer graph in plain MXNet operators, equal to the machine bit for bit.

Every value is an integer held in a float. A node computes in float32 where `largest` proves that all its
intermediate values stay within 2**24; else convolutions and dense layers are cut into pieces for which that
holds, and everything else computes in float64.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import FLOAT32_EXACT, CvmOperator, Width
from mrt_studio.cvm.proof import bound_of, prove
from mrt_studio.engine import mxnet, mxnet_operator
from mrt_studio.errors import StudioError
from mrt_studio.ir.graph import Array, Graph, Node, Ref

_TYPE = {Width.SINGLE: "float32", Width.DOUBLE: "float64", Width.SPLIT: "float64"}


def widths(graph: Graph, *, fast: bool) -> dict[str, Width]:
    """How each operator computes: all in float64, or the fastest way that is proven exact.

    Raises:
        OverflowError32: the graph has no proof.
        UnsupportedError: an operator has no twin.
    """
    rows = prove(graph, partly=True)
    chosen = dict[str, Width]()
    for node in graph.operators:
        op, chosen[node.name] = node.op, Width.DOUBLE
        if fast and isinstance(op, CvmOperator) and node.name in rows:
            bounds = tuple(bound_of(rows, r) for r in node.inputs)
            params = tuple(graph.params.get(r.name) for r in node.inputs)
            with _at(node):
                exact = op.largest(bounds, tuple(graph.shape(r) for r in node.inputs), params) <= FLOAT32_EXACT
            chosen[node.name] = Width.SINGLE if exact else Width.SPLIT if op.splits else Width.DOUBLE
    return chosen


@dataclass(frozen=True)
class Emulation:
    """An MXNet symbol with float64 outputs in the graph's order, its parameters, and the type of each input."""

    symbol: Any
    params: dict[str, Array]
    input_types: dict[str, str]


def to_symbol(graph: Graph, *, fast: bool = False) -> Emulation:
    """Translate an integer graph.

    With `fast` the inputs and most nodes are float32; without, everything is float64. Float operators on top of
    integer ones (a merged model) stay what they are, on float64.

    Raises:
        OverflowError32: the graph has no proof.
        UnsupportedError: an operator has no twin; names the node and the remedy.
    """
    f = mxnet().sym
    chosen = widths(graph, fast=fast)
    symbols: dict[Ref, Any] = {}
    types: dict[Ref, str] = {}
    params: dict[str, Array] = {}

    def value(ref: Ref, dtype: str) -> Any:
        return symbols[ref] if types[ref] == dtype else f.cast(symbols[ref], dtype=dtype)

    with mxnet().name.NameManager():
        for node in graph.nodes:
            ref = Ref(node.name)
            if node.is_variable:
                types[ref] = "float32" if fast and _small(graph, node) else "float64"
                symbols[ref] = f.Variable(node.name, dtype=np.dtype(types[ref]))
                if node.name in graph.params:
                    params[node.name] = graph.params[node.name].astype(types[ref])
            elif isinstance(node.op, CvmOperator):
                width = chosen[node.name]
                wanted = ("float32", "float32", "float64") if width is Width.SPLIT else (_TYPE[width],) * len(node.inputs)
                inputs = [value(r, t) for r, t in zip(node.inputs, wanted, strict=False)]
                with _at(node):
                    symbols[ref] = node.op.emulate(f, width, tuple(graph.shape(r) for r in node.inputs), *inputs)
                types[ref] = _TYPE[width]
            else:  # the float top of a merged model
                symbols[ref] = mxnet_operator(f, node.op.name)(*(value(r, "float64") for r in node.inputs), **node.op.attributes())
                types[ref] = "float64"
        symbol = f.Group([value(r, "float64") for r in graph.outputs])
    return Emulation(symbol, params, {n.name: types[Ref(n.name)] for n in graph.inputs})


@contextmanager
def _at(node: Node) -> Generator[None]:
    """Errors inside name the node."""
    try:
        yield
    except StudioError as error:
        error.at(node.op.name, node.name)
        raise


def _small(graph: Graph, node: Node) -> bool:
    """Whether a variable's values are exact in float32."""
    array = graph.params.get(node.name)
    if array is None:
        rows = prove(Graph((node,), (Ref(node.name),)), partly=True)
        return node.name in rows and rows[node.name].bound <= FLOAT32_EXACT
    return array.dtype == np.int8 or (array.dtype.kind == "i" and int(np.abs(array.astype(np.int64)).max(initial=0)) <= FLOAT32_EXACT)
