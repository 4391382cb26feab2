"""The nodes of a symbol file, checked one after the other.

The reader knows no operator by name except ``null``, a variable; an `OpParser` makes the others.
Attributes in double underscores are ignored, but for the four named here.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from mrt_studio.errors import FormatError, ModelError
from mrt_studio.ir.graph import Node, Op, Ref, Shape, Variable
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.names import check_text, shown
from mrt_studio.ir.strict_json import parse_json

OpParser = Callable[[str, Mapping[str, str], int], Op]
"""Makes an operator from its name, attribute texts and number of inputs; raises UnsupportedError or FormatError."""

ORIGIN, RULE, SHAPES, SHAPE, PRECISION = "__origin__", "__rule__", "__shapes__", "__shape__", "precision"
_KEYS = {"op", "name", "inputs", "attrs", "attr", "param", "backward_source_id", "control_deps", "subgraphs"}
_TRAINING = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")  # hidden keys of files before MXNet 1.0
_SHAPE_TEXT = re.compile(r"[(\[]\s*(-?[0-9]{1,10}L?(?:\s*,\s*-?[0-9]{1,10}L?)*)?\s*,?\s*[)\]]")


class NodeReader:
    """Collects checked nodes; each sees only those before it: no cycles."""

    def __init__(self, parse: OpParser, where: str, limits: Limits) -> None:
        self._parse, self._file, self._limits = parse, where, limits
        self._index: dict[str, int] = {}
        self._repeats: dict[str, int] = {}
        self._where = where
        self.nodes: list[Node] = []
        self.variables: list[int] = []

    def add(self, item: Any) -> None:
        """Check the next node and collect it."""
        self._where = f"{self._file}, node {len(self.nodes)}"
        if not isinstance(item, dict):
            raise self._error(f"A node must be an object, but it is {shown(item)}.")
        if odd := sorted({"op", "name", "inputs"} - item.keys()) or sorted(item.keys() - _KEYS):
            raise self._error(f"The node {'has the unknown' if odd[0] in item else 'lacks the'} key {shown(odd[0])}.")
        kind = check_text(item["op"], "operator's name", self._limits.name, self._where)
        name = self._name(item["name"], kind)
        if item.get("subgraphs") or item.get("control_deps"):
            raise self._error(
                "The node has control flow (subgraphs or control_deps), which is not supported.", remedy="Export the network without loops and conditions."
            )
        texts = self._attributes(item)
        inputs = self._refs(item["inputs"], self._limits.inputs, "inputs")
        self._index[name] = len(self.nodes)
        if kind == "null":
            if inputs:
                raise self._error("A variable cannot have inputs.")
            self.variables.append(len(self.nodes))
            op, shapes = self._variable(texts)
        else:
            op = self._operator(kind, texts, len(inputs))
            shapes = self._shapes(texts, op.outputs)
        self.nodes.append(Node(name, op, inputs, shapes, self._origin(texts, name), self._rule(texts)))

    def heads(self, value: Any) -> tuple[Ref, ...]:
        """Check the symbol's outputs, once all nodes are collected."""
        self._where = self._file
        heads = self._refs(value, self._limits.heads, "heads")
        if not heads:
            raise self._error("The symbol has no outputs: the list 'heads' is empty.")
        return heads

    def _name(self, value: Any, kind: str) -> str:
        name = check_text(value, "node's name", self._limits.name, self._where)
        self._where += f" {shown(name)}"
        if name not in self._index:
            return name
        if kind == "null":
            raise self._error(f"The variables {self._index[name]} and {len(self.nodes)} are both called {shown(name)}.", remedy="Give each a name of its own.")
        # A Gluon layer that is used twice exports both operators under one name.
        count = next(i for i in itertools.count(self._repeats.get(name, 1)) if f"{name}_{i}" not in self._index)
        self._repeats[name] = count + 1
        return f"{name}_{count}"

    def _attributes(self, item: dict[str, Any]) -> dict[str, str]:
        merged: dict[str, str] = {}
        for key in ("attrs", "attr", "param"):
            found = item.get(key, {})
            if not isinstance(found, dict) or len(found) > self._limits.attributes:
                raise self._error(f"The node's {key!r} must be an object with at most {self._limits.attributes} entries.")
            if clash := sorted(k for k in found.keys() & merged.keys() if found[k] != merged[k]):
                raise self._error(f"The attribute {shown(clash[0])} has two values.")
            merged |= found
        for key, text in merged.items():
            check_text(key, "attribute's name", self._limits.name, self._where)
            if not _dunder(key) or key in (ORIGIN, RULE, SHAPES, SHAPE):
                check_text(text, f"attribute {key!r}", self._limits.attribute, self._where, empty=True)
        return merged

    def _refs(self, value: Any, limit: int, what: str) -> tuple[Ref, ...]:
        if not isinstance(value, list) or len(value) > limit:
            raise self._error(f"The {what} must be a list of at most {limit:,} entries.")
        return tuple(self._ref(entry, what) for entry in value)

    def _ref(self, entry: Any, what: str) -> Ref:
        if not isinstance(entry, list) or len(entry) not in (2, 3) or any(type(v) is not int for v in entry):
            raise self._error(f"Each of the {what} must be a list of node, output and version.")
        node, output = entry[:2]
        if not 0 <= node < len(self.nodes):
            raise self._error(f"One of the {what} is node {node}, which does not come before it.", why=f"{len(self.nodes)} nodes do.")
        source = self.nodes[node]
        if not 0 <= output < source.op.outputs:
            raise self._error(f"One of the {what} is output {output} of {shown(source.name)}, which has {source.op.outputs}.")
        return Ref(source.name, output)

    def _operator(self, kind: str, texts: dict[str, str], inputs: int) -> Op:
        own = {k: t for k, t in texts.items() if not _dunder(k) and not k.endswith(_TRAINING)}
        try:
            return self._parse(kind, own, inputs)
        except ModelError as error:
            error.where = error.where or self._where
            raise

    def _variable(self, texts: dict[str, str]) -> tuple[Variable, tuple[Shape, ...]]:
        # MXNet copies an operator's attributes to the variables that it makes for it: they say nothing, and are not kept.
        bits = texts.get(PRECISION)
        if bits is not None and not (re.fullmatch(r"[1-9][0-9]?", bits) and int(bits) <= 32):
            raise self._error(f"The precision {shown(bits)} is no number of bits from 1 to 32.")
        shape = self._shape(texts[SHAPE]) if SHAPE in texts else None
        return Variable(None if bits is None else int(bits)), () if shape is None else (shape,)

    def _shape(self, text: str) -> Shape | None:
        match = _SHAPE_TEXT.fullmatch(text) if len(text) <= 400 else None
        if match is None:
            raise self._error(f"The shape {shown(text)} is no tuple of integers.")
        shape = tuple(int(d.strip().rstrip("L")) for d in (match[1] or "").split(",") if d.strip())
        return self._sized(shape) if shape and min(shape) > 0 else None

    def _shapes(self, texts: dict[str, str], outputs: int) -> tuple[Shape, ...]:
        if SHAPES not in texts:
            return ()
        value = self._json(texts[SHAPES])
        if not isinstance(value, list) or len(value) != outputs:
            raise self._error(f"The attribute {SHAPES!r} must be a list of {outputs} shapes.")
        if any(not isinstance(s, list) or any(type(d) is not int or d < 0 for d in s) for s in value):
            raise self._error(f"The attribute {SHAPES!r} holds something that is no shape.")
        return tuple(self._sized(tuple(shape)) for shape in value)

    def _sized(self, shape: Shape) -> Shape:
        if len(shape) > self._limits.rank or math.prod(shape) > self._limits.elements:
            raise self._error(
                f"The shape {shape} is too large.", why=f"At most {self._limits.rank} dimensions and {self._limits.elements:,} elements are read."
            )
        return shape

    def _origin(self, texts: dict[str, str], name: str) -> tuple[str, ...]:
        if ORIGIN not in texts:
            return (name,)
        value = self._json(texts[ORIGIN])
        if not isinstance(value, list):
            raise self._error(f"The attribute {ORIGIN!r} must be a list of names.")
        return tuple(check_text(v, "name of an origin", self._limits.name, self._where) for v in value)

    def _rule(self, texts: dict[str, str]) -> str:
        return check_text(texts.get(RULE, ""), "name of the rule", self._limits.name, self._where, empty=True)

    def _json(self, text: str) -> Any:
        return parse_json(text.encode(), where=self._where, limits=self._limits)

    def _error(self, what: str, *, why: str = "", remedy: str = "") -> FormatError:
        return FormatError(what, where=self._where, why=why, remedy=remedy)


def _dunder(key: str) -> bool:
    return key.startswith("__") and key.endswith("__")
