"""The symbol of a compiled artifact, read: every field checked, and everything that follows from others made again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from mrt_studio.cvm.format_nodes import NodeReader, error_in, is_int
from mrt_studio.cvm.rules import INPUT, MAX_RANK, MAX_SIDE, MAX_SIZE, check_rules
from mrt_studio.cvm.storage import check_storage
from mrt_studio.errors import FormatError, StudioError, UnsupportedError
from mrt_studio.ir.graph import Array, Graph, Node, Shape
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.names import shown
from mrt_studio.ir.sniff import sniff
from mrt_studio.ir.strict_json import parse_json

VERSION = "cvm_1.0.0"
"""What is written and read. The runtime also knows 1.1.0, but crashes on most such files."""

_KEYS = {"nodes", "arg_nodes", "node_row_ptr", "heads", "attrs", "version"}
_LISTS = {"op_attrs": "list_str", "storage_id": "list_int", "shape": "list_shape", "precision": "list_int", "dltype": "list_str"}
_AGAIN = "Compile the model again."


def read_symbol(data: bytes, params: Mapping[str, Array], *, where: str, limits: Limits) -> Graph:
    """Read the bytes of a compiled symbol and join it with its parameters.

    Raises:
        FormatError: the bytes are not sound, or the parameters do not fit.
        UnsupportedError: an operator, its attributes or the postprocessing is not supported.
    """
    reader = _Reader(_top(data, where, limits), where, limits)
    return reader.graph(params)


def _top(data: bytes, where: str, limits: Limits) -> dict[str, Any]:
    if len(data) > limits.symbol_bytes:
        raise FormatError(f"The symbol has {len(data):,} bytes.", where=where, why=f"At most {limits.symbol_bytes:,} are read.")
    if data.lstrip()[:1] != b"{":
        guess = sniff(data)
        raise FormatError(f"This is no compiled symbol{f': it is {guess.what}' if guess else ''}.", where=where, remedy="Give the file called 'symbol'.")
    top = parse_json(data, where=where, limits=limits)
    if lacking := sorted(_KEYS - top.keys()):
        raise FormatError(
            f"This JSON is no compiled symbol: it lacks {lacking[0]!r}.", where=where, remedy="Give the file called 'symbol' of a compiled artifact."
        )
    if odd := sorted(top.keys() - _KEYS - {"postprocess"}):
        raise FormatError(f"The symbol has the unknown key {shown(odd[0])}.", where=where, why="The runtime refuses it.", remedy=_AGAIN)
    if top["version"] != VERSION:
        raise UnsupportedError(f"The symbol has the version {shown(top['version'])}.", where=where, why=f"Only {VERSION} runs reliably.", remedy=_AGAIN)
    if top.get("postprocess", "") != "":
        raise UnsupportedError(f"The postprocessing {shown(top['postprocess'])} is not supported.", where=where, remedy="Compile without it.")
    return top


class _Reader:
    def __init__(self, top: dict[str, Any], where: str, limits: Limits) -> None:
        self._top, self._where, self._limits = top, where, limits

    def graph(self, params: Mapping[str, Array]) -> Graph:
        items = self._top["nodes"]
        if not isinstance(items, list) or not 0 < len(items) <= self._limits.nodes:
            raise self._error(f"The 'nodes' must be a list of 1 to {self._limits.nodes:,} nodes.")
        lists = self._lists()
        self._length("op_attrs", lists["op_attrs"], len(items))
        reader = NodeReader(self._where, self._limits)
        for item, attributes in zip(items, lists["op_attrs"], strict=True):
            reader.add(item, attributes)
        entries = sum(node.op.outputs for node in reader.nodes)
        for key in ("precision", "shape", "dltype", "storage_id"):
            self._length(key, lists[key], entries)
        nodes = reader.complete(map(self._shape, lists["shape"]), lists["precision"])
        self._indices(nodes)
        graph = Graph(nodes, reader.heads(self._top["heads"]), self._joined(nodes, params))
        self._infer(graph)
        self._proof(graph, lists["precision"])
        self._storage(graph, lists)
        return graph

    def _lists(self) -> dict[str, list[Any]]:
        attributes = self._top["attrs"]
        if not isinstance(attributes, dict):
            raise self._error("The 'attrs' must be an object.")
        if odd := sorted(_LISTS.keys() - attributes.keys()) or sorted(attributes.keys() - _LISTS.keys()):
            raise self._error(f"The graph attributes {'have the unknown' if odd[0] in attributes else 'lack the'} key {shown(odd[0])}.")
        for key, kind in _LISTS.items():
            value = attributes[key]
            if not isinstance(value, list) or len(value) != 2 or value[0] != kind or not isinstance(value[1], list):
                raise self._error(f"The graph attribute {key!r} must be the text {kind!r} and a list.")
        return {key: attributes[key][1] for key in _LISTS}

    def _length(self, key: str, values: list[Any], expected: int) -> None:
        if len(values) != expected:
            raise self._error(f"The graph attribute {key!r} has {len(values):,} entries instead of {expected:,}.")

    def _shape(self, value: Any) -> Shape:
        sound = isinstance(value, list) and 1 <= len(value) <= MAX_RANK and all(is_int(d) and 1 <= d <= MAX_SIDE for d in value)
        if not sound or math.prod(value) > MAX_SIZE:
            raise self._error(
                "The list 'shape' holds something that is no shape.",
                why=f"A shape has 1 to {MAX_RANK} dimensions from 1 to {MAX_SIDE:,}, and {MAX_SIZE:,} elements at most.",
            )
        return tuple(value)

    def _indices(self, nodes: Sequence[Node]) -> None:
        expected = {
            "arg_nodes": [i for i, node in enumerate(nodes) if node.is_variable],
            "node_row_ptr": list(accumulate((node.op.outputs for node in nodes), initial=0)),
        }
        for key, value in expected.items():
            if self._top[key] != value or not all(is_int(v) for v in self._top[key]):
                raise self._error(f"The list {key!r} does not follow from the nodes.")
        first = next((i for i, node in enumerate(nodes) if not node.is_variable), len(nodes))
        if INPUT not in (node.name for node in nodes[:first]):
            raise self._error(f"No input called {INPUT!r} comes before the operators.", why="The runtime needs exactly this input, before the first operator.")

    def _joined(self, nodes: Sequence[Node], params: Mapping[str, Array]) -> dict[str, Array]:
        names = [node.name for node in nodes if node.is_variable and node.name != INPUT]
        if odd := sorted(params.keys() ^ set(names)):
            what = f"holds {shown(odd[0])}, which the symbol does not know" if odd[0] in params else f"lacks the array {shown(odd[0])}"
            raise self._error(f"The parameter file {what}.", why="The files are not of one artifact.", remedy="Give the two files of one artifact.")
        for node in nodes:
            if node.name in params and params[node.name].shape != node.shapes[0]:
                raise self._error(f"The array {shown(node.name)} has the shape {params[node.name].shape}, but the symbol states {node.shapes[0]}.")
        return {name: params[name] for name in names}

    def _infer(self, graph: Graph) -> None:
        for node in graph.operators:
            place = f"{self._where}, node {shown(node.name)}"
            try:
                shapes = node.op.infer(tuple(graph.shape(r) for r in node.inputs))
            except StudioError as error:
                raise error_in(error, place) from None
            if shapes != node.shapes:
                raise FormatError(f"The symbol states the shapes {node.shapes}, but they are {shapes}.", where=place, remedy=_AGAIN)

    def _proof(self, graph: Graph, stated: list[Any]) -> None:
        try:
            rows = check_rules(graph)
        except StudioError as error:
            raise error_in(error, f"{self._where}, {error.where}") from None
        proven = ((node, bits) for node in graph.nodes for bits in rows[node.name].outputs)
        for (node, bits), found in zip(proven, stated, strict=True):
            # -1 means not stated: the runtime infers the precisions of operators itself.
            if not is_int(found) or (found != bits and (node.is_variable or found != -1)):
                raise self._error(f"The precision of {shown(node.name)} is stated as {shown(found)} bits, but it is {bits}.")

    def _storage(self, graph: Graph, lists: dict[str, list[Any]]) -> None:
        entries = len(lists["storage_id"])
        if any(kind != "int32" for kind in lists["dltype"]):
            raise self._error("The list 'dltype' holds something other than 'int32'.")
        if not all(is_int(number) and 0 <= number < entries for number in lists["storage_id"]):
            raise self._error(f"The list 'storage_id' holds something that is no number from 0 to {entries - 1:,}.")
        try:
            check_storage(graph, lists["storage_id"])
        except StudioError as error:
            raise error_in(error, f"{self._where}, {error.where}") from None

    def _error(self, what: str, *, why: str = "", remedy: str = _AGAIN) -> FormatError:
        return FormatError(what, where=self._where, why=why, remedy=remedy)
