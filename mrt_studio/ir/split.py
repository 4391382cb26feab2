"""Cut a graph at named nodes, and join two graphs again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from mrt_studio.errors import ModelError, OptionError
from mrt_studio.ir.graph import Graph, Node, Ref, Variable


def split(graph: Graph, keys: Iterable[str]) -> tuple[Graph, Graph]:
    """Cut at `keys`: the base computes them, the top reads them as inputs of the same names.

    Outputs of the graph that do not depend on a key belong to the top, with all they need.

    Raises:
        OptionError: a key is no operator of the graph, or the top does not read it, or reads more than its first output.
    """
    keys = tuple(dict.fromkeys(keys))
    for key in keys:
        if key not in graph or graph[key].is_variable:
            raise OptionError(f"The split key {key!r} is no operator of the model.", remedy="Name a node of the model's graph.")
    top = reaching(graph, {r.name for r in graph.outputs}, stop=set(keys))
    if unread := [k for k in keys if k not in top]:
        raise OptionError(f"The split key {unread[0]!r} is not read above the other keys.", remedy="Remove it from the split keys.")
    if stray := [n.name for n in graph.inputs if n.name in top]:
        raise OptionError(
            f"The keys do not cut every path: the input {stray[0]!r} still reaches the top.",
            remedy="Add keys until every path from input to output crosses one.",
        )
    read = [*graph.outputs, *(r for n in graph.nodes if n.name in top and n.name not in keys for r in n.inputs)]
    if further := [r.name for r in read if r.index and r.name in keys]:
        raise OptionError(f"More than the first output of the split key {further[0]!r} is read.", remedy="Split in front of it, or above it.")
    base = reaching(graph, set(keys), stop=set())
    top_nodes = tuple(Node(n.name, Variable(), (), n.shapes[:1], (n.name,)) if n.name in keys else n for n in graph.nodes if n.name in top)
    return _part(graph, tuple(n for n in graph.nodes if n.name in base), tuple(Ref(k) for k in keys)), _part(graph, top_nodes, graph.outputs)


def keys_below(graph: Graph, names: Collection[str]) -> tuple[str, ...]:
    """The split keys that leave the nodes called `names` to the top, with as much as possible below; empty if there are none.

    A key stands for the first output of its node: a node whose other outputs are read goes to the top itself, and so do
    nodes that do not depend on an input.
    """
    if not names:
        return ()
    fed = _depending(graph, {n.name for n in graph.inputs})
    above = _depending(graph, names)
    while True:
        read = [r for node in graph.nodes if node.name in above for r in node.inputs] + list(graph.outputs)
        edge = {r for r in read if r.name in fed and r.name not in above}
        several = {r.name for r in edge if r.index}
        if not several:
            break
        above = _depending(graph, above | several)
    keys = {r.name for r in edge}
    if any(graph[name].is_variable for name in keys):
        return ()
    return tuple(node.name for node in graph.nodes if node.name in keys)


def _depending(graph: Graph, names: Collection[str]) -> set[str]:
    """The nodes called `names`, and all that read them."""
    found = set(names)
    for node in graph.nodes:
        if any(r.name in found for r in node.inputs):
            found.add(node.name)
    return found


def part(graph: Graph, outputs: Iterable[Ref]) -> Graph:
    """What `outputs` depend on, as a graph of its own."""
    outputs = tuple(outputs)
    needed = reaching(graph, {r.name for r in outputs}, stop=set())
    return _part(graph, tuple(n for n in graph.nodes if n.name in needed), outputs)


def merge(base: Graph, top: Graph, names: Mapping[str, Ref]) -> Graph:
    """Put `top` on `base`: each input of the top is read from the reference that `names` gives for it.

    Raises:
        ModelError: an input of the top has no counterpart, or both graphs use a name for different nodes.
    """
    inputs = {n.name for n in top.inputs}
    if missing := sorted(name for name in inputs if name not in names or names[name].name not in base):
        raise ModelError(f"The top's input {missing[0]!r} is no output of the base.", remedy="Give a map from its name to the base's output.")
    clash = sorted(n.name for n in top.nodes if n.name in base and n.name not in inputs and n.name not in top.params)
    if clash:
        raise ModelError(f"Both parts have a node called {clash[0]!r}.")
    shared = _renamed(base, top)

    def moved(ref: Ref) -> Ref:
        return names[ref.name] if ref.name in inputs else Ref(shared.get(ref.name, ref.name), ref.index)

    nodes = tuple(replace(n, name=shared.get(n.name, n.name), inputs=tuple(map(moved, n.inputs))) for n in top.nodes if n.name not in inputs)
    params = {**base.params, **{shared.get(name, name): array for name, array in top.params.items()}}
    return Graph((*base.nodes, *nodes), tuple(map(moved, top.outputs)), params)


def _renamed(base: Graph, top: Graph) -> dict[str, str]:
    """New names for the parameters of the top that are called like a node of the base."""
    found, taken = dict[str, str](), {n.name for n in (*base.nodes, *top.nodes)}
    for name in (n.name for n in top.nodes if n.name in top.params and n.name in base):
        fresh = f"{name}_top"
        while fresh in taken:
            fresh += "_top"
        found[name] = fresh
        taken.add(fresh)
    return found


def reaching(graph: Graph, targets: set[str], stop: set[str]) -> set[str]:
    """All nodes that `targets` depend on; the search does not go past `stop`."""
    found, stack = set[str](), sorted(targets)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            if name not in stop:
                stack += [r.name for r in graph[name].inputs]
    return found


def _part(graph: Graph, nodes: tuple[Node, ...], outputs: tuple[Ref, ...]) -> Graph:
    return Graph(nodes, outputs, {n.name: graph.params[n.name] for n in nodes if n.name in graph.params})
