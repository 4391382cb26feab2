"""What an edit touches: the nodes of the prepared model whose integers can change with the threshold of a tensor."""

from __future__ import annotations

from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Graph
from mrt_studio.session.session import Session


def cone(session: Session, tensor: str) -> tuple[str, ...]:
    """The inputs and operators that a threshold's edit can change, in the graph's order; the tensor itself is among them unless it is a parameter.

    Raises:
        ArtifactError: the model is not prepared.
        OptionError: there is no such tensor.
    """
    graph: Graph = session.artifact("prepare").graph
    if tensor not in graph:
        raise OptionError(f"There is no tensor called {tensor!r}.", remedy="Use a name of the prepared model.")
    found = {tensor}
    for node in graph.nodes:
        if any(ref.name in found for ref in node.inputs):
            found.add(node.name)
    return tuple(n.name for n in graph.nodes if n.name in found and n.name not in graph.params)
