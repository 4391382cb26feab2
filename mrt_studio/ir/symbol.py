"""The front door for symbol files: MXNet's JSON, every field checked.

Our integer graphs use the same form: operators such as ``cvm.conv2d``, variables with ``precision``, and
lineage in attributes that MXNet ignores: ``__origin__`` and ``__shapes__`` (JSON lists) and ``__rule__``.
What is written is read back as an equal graph, and equal graphs give equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from mrt_studio.collection import without_collection
from mrt_studio.errors import FormatError, ModelError, OptionError, ShapeError
from mrt_studio.ir.graph import Array, Graph, Node, Ref, Shape
from mrt_studio.ir.limits import DEFAULT_LIMITS, Limits
from mrt_studio.ir.names import check_text, shown
from mrt_studio.ir.sniff import sniff
from mrt_studio.ir.strict_json import parse_json
from mrt_studio.ir.symbol_nodes import ORIGIN, RULE, SHAPE, SHAPES, NodeReader, OpParser

_VERSION = 10901
_TOP_KEYS = {"nodes", "arg_nodes", "node_row_ptr", "heads", "attrs"}
_PARAMETER_ENDINGS = ("_weight", "_bias", "_gamma", "_beta", "_running_mean", "_running_var", "_moving_mean", "_moving_var")


@dataclass(frozen=True)
class SymbolFile:
    """A symbol file without its parameters; shapes are as the file states them."""

    nodes: tuple[Node, ...]
    outputs: tuple[Ref, ...]
    where: str

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the inputs and parameters."""
        return tuple(n.name for n in self.nodes if n.is_variable)


@without_collection
def read_graph(
    symbol: bytes,
    params: Mapping[str, Array],
    parse: OpParser,
    *,
    where: str,
    inputs: Collection[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Graph:
    """Read a symbol and join it with its parameters.

    This is `read_symbol`, then `build_graph`, which say what is raised.
    """
    return build_graph(read_symbol(symbol, parse, where=where, limits=limits), params, inputs)


def read_symbol(data: bytes, parse: OpParser, *, where: str, limits: Limits = DEFAULT_LIMITS) -> SymbolFile:
    """Read the bytes of a symbol file; `where` names it in errors.

    Raises:
        FormatError: the bytes are not a sound symbol file.
        UnsupportedError: `parse` does not support an operator.
    """
    top = _top(data, where, limits)
    reader = NodeReader(parse, where, limits)
    for item in top["nodes"]:
        reader.add(item)
    if "arg_nodes" in top and top["arg_nodes"] != reader.variables:
        raise FormatError("The list 'arg_nodes' does not name exactly the variables.", where=where, remedy="Export the model again.")
    return SymbolFile(tuple(reader.nodes), reader.heads(top["heads"]), where)


def build_graph(symbol: SymbolFile, params: Mapping[str, Array], inputs: Collection[str] | None = None) -> Graph:
    """Join a symbol with its parameters.

    Variables become parameters where there is an array, and inputs otherwise; arrays that no node
    uses are left out, as MXNet does. `inputs` names the expected inputs; if it is None, a variable
    without an array is an input unless its name ends like a parameter's. Shapes of operators are
    kept where the file states them, after they have been inferred again.

    Raises:
        FormatError: arrays are missing or do not have the shape that the symbol states.
        ShapeError: the shapes in the file do not follow from the inputs'.
        OptionError: `inputs` names something that is no variable.
    """
    variables, declared = symbol.variables, frozenset(inputs or ())
    if unknown := sorted(declared - set(variables)):
        raise OptionError(f"The model has no input called {shown(unknown[0])}.", where=symbol.where, remedy=f"Its variables are {_some(variables)}.")
    used = {name: _frozen(params[name]) for name in variables if name in params and name not in declared}
    missing = [name for name in variables if name not in used and (name.endswith(_PARAMETER_ENDINGS) if inputs is None else name not in declared)]
    if missing:
        raise FormatError(
            f"The parameters lack {len(missing):,} of the {len(used) + len(missing):,} arrays that the symbol needs: {_some(missing)}.",
            where=symbol.where,
            why="The parameter file does not belong to this symbol, or an input was not named.",
            remedy="Give the two files of one export.",
        )
    nodes = tuple(replace(n, shapes=(_agreed(n, used[n.name].shape, symbol.where),)) if n.name in used else n for n in symbol.nodes)
    _check_shapes(nodes, symbol.where)
    return Graph(nodes, symbol.outputs, used)


def write_symbol(graph: Graph) -> bytes:
    """Make a symbol file that MXNet 1.9 and `read_symbol` read.

    Raises:
        ModelError: a name or an input's shape cannot be written.
    """
    index = {node.name: i for i, node in enumerate(graph.nodes)}
    lines = [_line(node, [[index[r.name], r.index, 0] for r in node.inputs], node.name in graph.params) for node in graph.nodes]
    variables = [i for i, node in enumerate(graph.nodes) if node.is_variable]
    rows = list(accumulate((node.op.outputs for node in graph.nodes), initial=0))
    heads = [[index[r.name], r.index, 0] for r in graph.outputs]
    tail = {"arg_nodes": variables, "node_row_ptr": rows, "heads": heads, "attrs": {"mxnet_version": ["int", _VERSION]}}
    ends = [f'"{key}": {_json(value)}' for key, value in tail.items()]
    return '{{\n"nodes": [\n{}\n],\n{}\n}}\n'.format(",\n".join(lines), ",\n".join(ends)).encode()


def _top(data: bytes, where: str, limits: Limits) -> dict[str, Any]:
    if len(data) > limits.symbol_bytes:
        raise FormatError(f"The symbol file has {len(data):,} bytes.", where=where, why=f"At most {limits.symbol_bytes:,} are read.")
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        guess = sniff(data)
        raise FormatError(
            f"This is no MXNet symbol file{f': it is {guess.what}' if guess else ''}.",
            where=where,
            remedy=guess.remedy if guess else "Give the file ending in -symbol.json.",
        )
    top = parse_json(data, where=where, limits=limits)
    if lacking := sorted({"nodes", "heads"} - top.keys()):
        raise FormatError(f"This JSON is no MXNet symbol: it lacks {lacking[0]!r}.", where=where, remedy="Give the file ending in -symbol.json.")
    attributes = top.get("attrs", {})
    if isinstance(attributes, dict) and "storage_id" in attributes:
        raise FormatError("This is a compiled graph of TVM or the CVM, not an MXNet symbol.", where=where, remedy="Give the MXNet model that it was made from.")
    if odd := sorted(top.keys() - _TOP_KEYS):
        raise FormatError(f"The symbol has the unknown key {shown(odd[0])}.", where=where, why="Another program may have written this file.")
    for key, kind in (("nodes", list), ("arg_nodes", list), ("node_row_ptr", list), ("attrs", dict)):
        if key in top and not isinstance(top[key], kind):
            raise FormatError(f"The symbol's {key!r} must be {'a list' if kind is list else 'an object'}.", where=where)
    if not 0 < len(top["nodes"]) <= limits.nodes:
        raise FormatError(f"The symbol has {len(top['nodes']):,} nodes.", where=where, why=f"1 to {limits.nodes:,} are read.")
    return top


def _some(names: Collection[str], limit: int = 5) -> str:
    first = ", ".join(shown(name) for name in list(names)[:limit])
    return first if len(names) <= limit else f"{first} and {len(names) - limit:,} more"


def _frozen(array: Array) -> Array:
    view = array.view()
    view.setflags(write=False)
    return view


def _agreed(node: Node, shape: Shape, where: str) -> Shape:
    if node.shapes and node.shapes[0] != shape:
        raise FormatError(
            f"The array has the shape {shape}, but the symbol states {node.shapes[0]}.",
            where=f"{where}, node {shown(node.name)}",
            why="The parameter file does not belong to this symbol.",
            remedy="Give the two files of one export.",
        )
    return shape


def _check_shapes(nodes: tuple[Node, ...], where: str) -> None:
    """Infer again what the file states, so that a graph's shapes can be relied on."""
    known: dict[str, tuple[Shape, ...]] = {}
    for node in nodes:
        known[node.name] = node.shapes
        if node.is_variable or not node.shapes:
            continue
        place = f"{where}, node {shown(node.name)}"
        if not all(known[r.name] for r in node.inputs):
            raise ShapeError("The file states the shape of a node, but not those of its inputs.", where=place)
        try:
            found = node.op.infer(tuple(known[r.name][r.index] for r in node.inputs))
        except ShapeError as error:
            error.where = error.where or place
            raise
        if found != node.shapes:
            raise ShapeError(f"The file states the shapes {node.shapes}, but they are {found}.", where=place)


def _line(node: Node, inputs: list[list[int]], is_param: bool) -> str:
    check_text(node.name, "node's name", DEFAULT_LIMITS.name, "")
    texts = dict(sorted(node.op.attributes().items()))
    if node.origin != (node.name,):
        texts[ORIGIN] = _json(node.origin)
    if node.rule:
        texts[RULE] = node.rule
    if node.shapes and not node.is_variable:
        texts[SHAPES] = _json(node.shapes)
    elif node.shapes and not is_param:
        texts[SHAPE] = _input_shape(node)
    for key, text in texts.items():
        check_text(text, f"attribute {key!r}", DEFAULT_LIMITS.attribute, node.name, empty=True)
    line: dict[str, Any] = {"op": node.op.name, "name": node.name}
    return _json(line | ({"attrs": texts} if texts else {}) | {"inputs": inputs})


def _input_shape(node: Node) -> str:
    shape = node.shapes[0]
    if not shape or min(shape) < 1:
        raise ModelError(f"An input of shape {shape} cannot be written.", where=node.name, remedy="Give it one or more dimensions, none of them 0.")
    return str(shape)


# MXNet's reader knows no \u escapes, so texts are written as they are.
_json = json.JSONEncoder(ensure_ascii=False).encode
