"""Take the labels off output layers, and the inputs that only labels come from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import make
from mrt_studio.ops.shared.output_layer import OutputLayer
from mrt_studio.passes.base import Pass, passes


@passes.register("drop_labels")
@dataclass(frozen=True)
class DropLabels(Pass):
    """Run it before shapes are known, because nobody gives those of labels, and again after.

    1. An output layer whose shape is not known loses its labels.
    2. One whose shape is known becomes what inference computes.
    3. Inputs that nothing reads any more are gone; those that nothing read before stay.
    """

    name = "drop_labels"

    def run(self, graph: Graph) -> Graph:
        """The graph without labels; raises UnsupportedError for a form that an output layer refuses."""

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
            if not isinstance(node.op, OutputLayer):
                return None
            return node.op.prepare(b, node, x) if node.shapes else b.apply(node.op, x[:1], name=node.name)

        if not any(isinstance(node.op, OutputLayer) for node in graph.nodes):
            return graph
        out = fold(graph, make, rule, rule_name=self.name)
        labels = {n.name for n in out.inputs if graph.consumers[n.name] and not out.consumers[n.name]} - {ref.name for ref in out.outputs}
        return replace(out, nodes=tuple(n for n in out.nodes if n.name not in labels))
