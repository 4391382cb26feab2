"""The graph: immutable nodes in topological order, and the builder that makes new graphs.

A `Node` applies an operator (`Op`, a frozen value made elsewhere) to references. Names identify nodes.
A graph is never changed: a pass folds over the nodes and emits new ones into a `Builder`, which owns
fresh names, infers shapes and records lineage: each node's `origin` names the nodes of the graph
the pass started from, and `rule` the rewrite that made it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import ModelError, ShapeError
from mrt_studio.ir.limits import DEFAULT_LIMITS

Shape = tuple[int, ...]
Array = NDArray[Any]


class Ref(NamedTuple):
    """Output number `index` of the node called `name`."""

    name: str
    index: int = 0  # pyright: ignore[reportIncompatibleMethodOverride]  (a tuple's index() is of no use here)


class Op(Protocol):
    """What the graph needs to know of an operator."""

    name: ClassVar[str]
    """The operator's registered name, e.g. ``Convolution`` or ``cvm.conv2d``."""

    @property
    def outputs(self) -> int:
        """How many outputs the operator has."""
        ...

    def attributes(self) -> dict[str, str]:
        """The attributes as text, as the symbol file writes them."""
        ...

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Shapes of the outputs; raises ShapeError when the inputs do not fit."""
        ...


@dataclass(frozen=True)
class Variable:
    """An input or a parameter; `precision` is set in integer graphs, in bits."""

    precision: int | None = None
    name: ClassVar[str] = "null"

    @property
    def outputs(self) -> int:
        """One."""
        return 1

    def attributes(self) -> dict[str, str]:
        """The precision, if there is one."""
        return {} if self.precision is None else {"precision": str(self.precision)}

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """A variable's shape is given, never inferred."""
        raise ShapeError("The shape of a variable cannot be inferred.")


@dataclass(frozen=True)
class Node:
    """One operator applied to `inputs`; `shapes` (one per output) is empty while input shapes are unknown."""

    name: str
    op: Op
    inputs: tuple[Ref, ...] = ()
    shapes: tuple[Shape, ...] = ()
    origin: tuple[str, ...] = ()
    rule: str = ""

    @property
    def is_variable(self) -> bool:
        """Whether this is an input or a parameter."""
        return isinstance(self.op, Variable)


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order, the references they are read from, and the parameters' arrays (read-only)."""

    nodes: tuple[Node, ...]
    outputs: tuple[Ref, ...]
    params: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    def __getitem__(self, name: str) -> Node:
        """The node of that name; raises KeyError."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def get(self, name: str) -> Node | None:
        """The node of that name, if there is one."""
        return self._by_name.get(name)

    @cached_property
    def inputs(self) -> tuple[Node, ...]:
        """Variables without an array: what a caller feeds."""
        return tuple(n for n in self.nodes if n.is_variable and n.name not in self.params)

    @cached_property
    def operators(self) -> tuple[Node, ...]:
        """Nodes that compute something."""
        return tuple(n for n in self.nodes if not n.is_variable)

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Node, ...]]:
        """For each node the nodes that read it, in order; every node has an entry."""
        found: dict[str, dict[str, Node]] = {n.name: {} for n in self.nodes}
        for node in self.nodes:
            for ref in node.inputs:
                found[ref.name][node.name] = node
        return {name: tuple(readers.values()) for name, readers in found.items()}

    def shape(self, ref: Ref) -> Shape:
        """The shape of one output.

        Raises:
            ShapeError: shapes have not been inferred.
        """
        shapes = self[ref.name].shapes
        if not shapes:
            raise ShapeError("The model's input shape is not known yet.", where=ref.name, remedy="Prepare the model with an input shape first.")
        return shapes[ref.index]

    def with_own_origin(self) -> Graph:
        """The same graph with each node its own origin: where a stage's lineage starts."""
        return replace(self, nodes=tuple(replace(n, origin=(n.name,), rule="") for n in self.nodes))


class OpFactory(Protocol):
    """Makes an operator from its registered name and typed attributes."""

    def __call__(self, name: str, /, **attributes: Any) -> Op:
        """The operator; raises OptionError for an unknown name."""
        ...


Place = tuple[str, tuple[str, ...], str]
"""What new nodes are named after, their origin, and the rule that made them."""


class _Scope:
    """What `Builder.scope` returns; a class, because a generator costs as much as a node."""

    __slots__ = ("_inside", "_places")

    def __init__(self, places: list[Place], inside: Place) -> None:
        self._places, self._inside = places, inside

    def __enter__(self) -> None:
        self._places.append(self._inside)

    def __exit__(self, *_: object) -> None:
        self._places.pop()


class Builder:
    """Collects the nodes of a new graph.

    `reserved` names (usually those of the graph being rewritten) are only given to nodes that ask for
    them by `name=`, so a helper node can never take the name of a node that comes later.
    """

    def __init__(self, make: OpFactory, reserved: Iterable[str] = ()) -> None:
        self._make = make
        self._reserved = frozenset(reserved)
        self._nodes: dict[str, Node] = {}
        self._params: dict[str, Array] = {}
        self._read: set[str] = set()
        self._places: list[Place] = [("", (), "")]

    def scope(self, name: str, origin: Iterable[str], rule: str = "") -> _Scope:
        """Nodes emitted in a `with` block of it are named after `name` and carry this lineage."""
        return _Scope(self._places, (name, tuple(dict.fromkeys(origin)), rule))

    def input(self, name: str, shape: Shape | None, precision: int | None = None) -> Ref:
        """Declare an input; `shape` is None while it is unknown."""
        shapes = () if shape is None else (shape,)
        return self._add(self._node(self._claim(name), Variable(precision), (), shapes))

    def param(self, hint: str, array: Array, *, name: str | None = None, precision: int | None = None) -> Ref:
        """Add a parameter under `name`, or under a fresh name made from the scope and `hint`.

        The array is frozen, not copied: parameters are never edited in place.
        """
        chosen = self._claim(name) if name else self._fresh(hint)
        frozen = np.asarray(array)
        frozen.setflags(write=False)
        self._params[chosen] = frozen
        return self._add(self._node(chosen, Variable(precision), (), (frozen.shape,)))

    def take_over(self, ref: Ref, array: Array) -> Ref:
        """Give a parameter that no node reads yet another array, under its own name.

        For a rewrite that is the parameter's only consumer; others must add a parameter of their own.

        Raises:
            ModelError: a node reads the parameter already.
        """
        if ref.name in self._read:
            raise ModelError(f"The parameter {ref.name!r} is shared and cannot be replaced.")
        del self._nodes[ref.name]
        return self.param("", array, name=ref.name)

    def op(self, op_name: str, /, *inputs: Ref, name: str | None = None, hint: str = "", **attributes: Any) -> Ref:
        """Apply the operator registered as `op_name`; returns its first output.

        Raises:
            ShapeError: the inputs' shapes do not fit the operator.
        """
        return self.apply(self._make(op_name, **attributes), inputs, name=name, hint=hint or op_name.rpartition(".")[2])

    def apply(self, op: Op, inputs: tuple[Ref, ...], *, name: str | None = None, hint: str = "") -> Ref:
        """Apply an operator that exists already; returns its first output."""
        chosen = self._claim(name) if name else self._fresh(hint)
        known = [self._nodes[r.name].shapes for r in inputs]
        shapes: tuple[Shape, ...] = ()
        if all(known):
            try:
                shapes = _usable(op.infer(_usable(tuple(s[r.index] for s, r in zip(known, inputs, strict=True)))))
            except ShapeError as error:
                error.at(op.name, chosen)
                raise
        self._read.update(r.name for r in inputs)
        return self._add(self._node(chosen, op, inputs, shapes))

    def adopt(self, node: Node, graph: Graph) -> bool:
        """Take over a node of another graph if its inputs are here as they are there; returns whether it was."""
        here = [self._nodes.get(r.name) for r in node.inputs]
        if not node.shapes or not node.origin or any(n is None or n.shapes != graph[n.name].shapes for n in here):
            return False
        self._claim(node.name)
        self._read.update(r.name for r in node.inputs)
        self._add(node)
        return True

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._nodes)

    def node(self, ref: Ref) -> Node:
        """The node that a reference points to."""
        return self._nodes[ref.name]

    def shape(self, ref: Ref) -> Shape:
        """The shape of one output; raises ShapeError while input shapes are unknown."""
        shapes = self._nodes[ref.name].shapes
        if not shapes:
            raise ShapeError("The model's input shape is not known yet.", where=ref.name)
        return shapes[ref.index]

    def array(self, ref: Ref) -> Array | None:
        """The parameter's array, or None when the reference is no parameter."""
        return self._params.get(ref.name)

    def beginning(self, count: int) -> Builder:
        """A builder that holds the first `count` nodes of this one."""
        other = Builder(self._make, self._reserved)
        other._nodes = dict(islice(self._nodes.items(), count))
        other._params = {name: self._params[name] for name in other._nodes if name in self._params}
        other._read = {ref.name for node in other._nodes.values() for ref in node.inputs}
        return other

    def graph(self, outputs: Iterable[Ref]) -> Graph:
        """The finished graph, without the nodes that no output needs (inputs are kept)."""
        outputs = tuple(outputs)
        needed, stack = set[str](), [r.name for r in outputs]
        while stack:
            name = stack.pop()
            if name not in needed:
                needed.add(name)
                stack += [r.name for r in self._nodes[name].inputs]
        nodes = tuple(n for n in self._nodes.values() if n.name in needed or (n.is_variable and n.name not in self._params))
        return Graph(nodes, outputs, {n.name: self._params[n.name] for n in nodes if n.name in self._params})

    def _node(self, name: str, op: Op, inputs: tuple[Ref, ...], shapes: tuple[Shape, ...]) -> Node:
        _, origin, rule = self._places[-1]
        return Node(name, op, inputs, shapes, origin or (name,), rule)

    def _add(self, node: Node) -> Ref:
        self._nodes[node.name] = node
        return Ref(node.name)

    def _claim(self, name: str) -> str:
        if name in self._nodes:
            raise ModelError(f"Two nodes of the graph are called {name!r}.", remedy="Give every node a name of its own.")
        return name

    def _fresh(self, hint: str) -> str:
        scope = self._places[-1][0]
        base = f"{scope}_{hint}" if scope else hint
        name, count = base, 0
        while name in self._nodes or name in self._reserved:
            count += 1
            name = f"{base}_{count}"
        return name


@lru_cache(maxsize=4096)
def _usable(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes of tensors that can be made at all, so that no operator has to ask.

    Raises:
        ShapeError: a tensor has no axis or too many, an axis without elements, or too many elements.
    """
    for shape in shapes:
        if not 1 <= len(shape) <= DEFAULT_LIMITS.rank or min(shape) < 1 or math.prod(shape) > DEFAULT_LIMITS.elements:
            raise ShapeError(
                f"There is no tensor of the shape {shape}.",
                why=f"Tensors have 1 to {DEFAULT_LIMITS.rank} axes, none of them empty, and at most {DEFAULT_LIMITS.elements:,} elements.",
                remedy="Check the shape of the input, and the attributes of the operators below.",
            )
    return shapes


Rule = Callable[[Builder, Node, tuple[Ref, ...]], Ref | tuple[Ref, ...] | None]


def fold(graph: Graph, make: OpFactory, rule: Rule, *, rule_name: str = "") -> Graph:
    """Rebuild `graph` node by node.

    `rule(builder, node, inputs)` gets each node with its inputs already rewritten and returns what
    replaces its outputs (one reference, or one per output), or None to keep the node as it is. Nodes it
    emits carry the node's origin. Runs in time linear in the number of nodes.
    """
    builder = Builder(make, reserved=(n.name for n in graph.nodes))
    new: dict[Ref, Ref] = {}
    for node in graph.nodes:
        inputs = tuple(new[r] for r in node.inputs)
        with builder.scope(node.name, node.origin, rule_name):
            out = rule(builder, node, inputs)
        if out is None:
            with builder.scope(node.name, node.origin, node.rule):
                out = keep(builder, graph, node, inputs)
        replaced = (out,) if isinstance(out, Ref) else out
        new.update({Ref(node.name, i): ref for i, ref in enumerate(replaced)})
    return builder.graph(new[r] for r in graph.outputs)


def keep(builder: Builder, graph: Graph, node: Node, inputs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    """Emit `node` unchanged on new inputs; returns all its outputs."""
    if node.name in graph.params:
        precision = node.op.precision if isinstance(node.op, Variable) else None
        return (builder.param("", graph.params[node.name], name=node.name, precision=precision),)
    if isinstance(node.op, Variable):
        return (builder.input(node.name, node.shapes[0] if node.shapes else None, node.op.precision),)
    if inputs != node.inputs or not builder.adopt(node, graph):
        builder.apply(node.op, inputs, name=node.name)
    return tuple(Ref(node.name, i) for i in range(node.op.outputs))


def with_input_shapes(graph: Graph, make: OpFactory, shapes: Mapping[str, Shape]) -> Graph:
    """The same graph with all shapes inferred from those of the inputs.

    Raises:
        ShapeError: an input has no shape given, or an operator does not accept its inputs.
    """

    def rule(builder: Builder, node: Node, _: tuple[Ref, ...]) -> Ref | None:
        if not node.is_variable or node.name in graph.params:
            return None
        if node.name not in shapes:
            raise ShapeError(f"No shape is given for the input {node.name!r}.", remedy=f"Give one for each of: {', '.join(n.name for n in graph.inputs)}.")
        precision = node.op.precision if isinstance(node.op, Variable) else None
        return builder.input(node.name, shapes[node.name], precision)

    return fold(graph, make, rule)
