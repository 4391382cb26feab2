"""The nodes of a compiled symbol, checked one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any, TypeGuard

from mrt_studio.cvm.ops.base import PREFIX, parse
from mrt_studio.errors import FormatError, ModelError, StudioError
from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ir.graph import Node, Op, Ref, Shape, Variable
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.names import check_text, shown
from mrt_studio.ir.strict_json import parse_json

_KEYS = {"op", "name", "inputs"}
_ATTRIBUTES = {"func_name", "num_inputs", "num_outputs", "flatten_data"}


def is_int(value: Any) -> TypeGuard[int]:
    """Whether the value is a whole number; true and false are not."""
    return type(value) is int


def error_in(error: StudioError, where: str) -> FormatError:
    """What was found wrong with a file's content, as an error about the file."""
    return FormatError(error.what, where=where.removesuffix(", "), why=error.why, remedy=error.remedy or "Compile the model again.")


class NodeReader:
    """Collects checked nodes, yet without shapes and precisions; each sees only those before it, so there are no cycles."""

    def __init__(self, where: str, limits: Limits) -> None:
        self._file, self._limits = where, limits
        self._where = where
        self._names = set[str]()
        self.nodes: list[Node] = []

    def add(self, item: Any, attributes: Any) -> None:
        """Check the next node with its attribute text."""
        self._where = f"{self._file}, node {len(self.nodes)}"
        if not isinstance(item, dict) or not item.keys() >= _KEYS:
            raise self._error("A node must be an object with 'op', 'name' and 'inputs'.")
        name = check_text(item["name"], "node's name", self._limits.name, self._where)
        self._where += f" {shown(name)}"
        if name in self._names:
            raise self._error(f"Two nodes are called {shown(name)}.")
        if item["op"] not in ("null", "cvm_op"):
            raise self._error(f"The node's 'op' is {shown(item['op'])} instead of 'null' or 'cvm_op'.")
        texts = self._texts(attributes)
        inputs = self._refs(item["inputs"], self._limits.inputs, "inputs")
        op = self._variable(item, inputs) if item["op"] == "null" else self._operator(item, inputs, texts)
        self._names.add(name)
        self.nodes.append(Node(name, op, inputs, (), (name,)))

    def complete(self, shapes: Iterable[Shape], precisions: Iterable[Any]) -> tuple[Node, ...]:
        """Give each node the shapes of its outputs, and variables their precision; there is one of each an output."""
        entries = zip(shapes, precisions, strict=True)
        return tuple(self._completed(i, node, tuple(islice(entries, node.op.outputs))) for i, node in enumerate(self.nodes))

    def heads(self, value: Any) -> tuple[Ref, ...]:
        """Check the outputs, once all nodes are collected."""
        self._where = self._file
        heads = self._refs(value, self._limits.heads, "heads")
        if not heads:
            raise self._error("The list 'heads' is empty: there are no outputs.")
        return heads

    def _texts(self, text: Any) -> dict[str, str]:
        """The attributes in an entry of `op_attrs`."""
        found = parse_json(check_text(text, "entry of 'op_attrs'", self._limits.attribute, self._where).encode(), where=self._where, limits=self._limits)
        if not isinstance(found, dict) or len(found) > self._limits.attributes:
            raise self._error(f"The entry of 'op_attrs' must be an object with at most {self._limits.attributes} entries.")
        for key, value in found.items():
            check_text(key, "attribute's name", self._limits.name, self._where)
            check_text(value, f"attribute {shown(key)}", self._limits.attribute, self._where, empty=True)
        return found

    def _completed(self, number: int, node: Node, entries: tuple[tuple[Shape, Any], ...]) -> Node:
        completed = replace(node, shapes=tuple(shape for shape, _ in entries))
        if not node.is_variable:
            return completed
        precision = entries[0][1]
        if not is_int(precision) or not 1 <= precision <= INT32_BITS:
            self._where = f"{self._file}, node {number} {shown(node.name)}"
            raise self._error(f"The variable's precision is {shown(precision)} instead of 1 to {INT32_BITS} bits.")
        return replace(completed, op=Variable(precision))

    def _variable(self, item: dict[str, Any], inputs: tuple[Ref, ...]) -> Variable:
        if inputs:
            raise self._error("A variable cannot have inputs.")
        if odd := sorted(item.keys() - _KEYS):
            raise self._error(f"The variable has the unknown key {shown(odd[0])}.")
        return Variable()

    def _operator(self, item: dict[str, Any], inputs: tuple[Ref, ...], texts: dict[str, str]) -> Op:
        attributes = item.get("attrs")
        if odd := sorted(item.keys() - _KEYS - {"attrs"}):
            raise self._error(f"The node has the unknown key {shown(odd[0])}.")
        if not isinstance(attributes, dict) or "func_name" not in attributes:
            raise self._error("The node's 'attrs' must be an object with 'func_name'.")
        if odd := sorted(attributes.keys() - _ATTRIBUTES):
            raise self._error(f"The node's 'attrs' have the unknown key {shown(odd[0])}.")
        func = check_text(attributes["func_name"], "operator's name", self._limits.name, self._where)
        try:
            op = parse(PREFIX + func, texts, len(inputs))
        except ModelError as error:
            error.where = error.where or self._where
            raise
        for key, value in (("num_inputs", len(inputs)), ("num_outputs", op.outputs), ("flatten_data", 0)):
            if attributes.get(key, str(value)) != str(value):
                raise self._error(f"The node's {key!r} is {shown(attributes[key])} instead of '{value}'.")
        return op

    def _refs(self, value: Any, limit: int, what: str) -> tuple[Ref, ...]:
        if not isinstance(value, list) or len(value) > limit:
            raise self._error(f"The {what} must be a list of at most {limit:,} entries.")
        return tuple(self._ref(entry, what) for entry in value)

    def _ref(self, entry: Any, what: str) -> Ref:
        if not isinstance(entry, list) or len(entry) != 3 or not all(is_int(v) for v in entry) or entry[2] != 0:
            raise self._error(f"Each of the {what} must be a list of node, output and 0.")
        node, output = entry[:2]
        if not 0 <= node < len(self.nodes):
            raise self._error(f"One of the {what} is node {node}, which does not come before it.", why=f"{len(self.nodes)} nodes do.")
        source = self.nodes[node]
        if not 0 <= output < source.op.outputs:
            raise self._error(f"One of the {what} is output {output} of {shown(source.name)}, which has {source.op.outputs}.")
        return Ref(source.name, output)

    def _error(self, what: str, *, why: str = "") -> FormatError:
        return FormatError(what, where=self._where, why=why, remedy="Compile the model again, or get the file again.")
