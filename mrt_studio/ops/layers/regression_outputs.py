"""Output layers whose losses compare numbers."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.shared.output_layer import OutputLayer


@dataclass(frozen=True, kw_only=True)
class RegressionOutput(OutputLayer):
    """An output layer whose result is the prediction itself."""

    tolerance = 0.0
    ignored = frozenset({"grad_scale"})
    samples = (Sample({}, ((2, 5),), ((2, 5),)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Drop the node."""
        del b, node
        return x[0]


@operator("LinearRegressionOutput")
@dataclass(frozen=True, kw_only=True)
class LinearRegressionOutput(RegressionOutput):
    """Predictions for a squared error."""


@operator("MAERegressionOutput")
@dataclass(frozen=True, kw_only=True)
class MaeRegressionOutput(RegressionOutput):
    """Predictions for a mean absolute error."""


@operator("SVMOutput")
@dataclass(frozen=True, kw_only=True)
class SvmOutput(RegressionOutput):
    """Scores for a support vector machine's loss."""

    ignored = frozenset({"margin", "regularization_coefficient", "use_linear"})
    samples = (Sample({}, ((2, 5),), ((2,),)),)


@operator("LogisticRegressionOutput")
@dataclass(frozen=True, kw_only=True)
class LogisticRegressionOutput(RegressionOutput):
    """Sigmoid of the predictions, for a cross entropy."""

    tolerance = 1e-3  # that of sigmoid

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """A sigmoid."""
        return b.op("sigmoid", x[0], name=node.name)
