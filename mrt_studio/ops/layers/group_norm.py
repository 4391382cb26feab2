"""Group normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, integer, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, make, operator
from mrt_studio.ops.shared.normalizing import with_affine


@operator("GroupNorm")
@dataclass(frozen=True, kw_only=True)
class GroupNorm(Rewritten):
    """gamma * (x - mean) / sqrt(variance + eps) + beta, over a group of channels.

    There is one gamma and one beta a group.
    """

    arity = (3, 3)
    category = "norm"
    input_names = ("data", "gamma", "beta")
    tolerance = 4e-4  # that of InstanceNorm
    refused = ("gamma or beta computed by the model",)

    num_groups: int = integer(1, low=1, high=1 << 20)
    eps: float = real(1e-5, low=0, high=1e6)
    output_mean_var: str = choice("False", "false", "0", default="False")

    samples = (
        Sample({"num_groups": 3}, ((2, 6, 4, 5),), ((3,), (3,))),
        Sample({"num_groups": 2, "eps": 1e-2}, ((2, 4, 1, 3),), ((2,), (2,)), low=-0.1, high=0.1),
        Sample({}, ((2, 3, 5),), ((1,), (1,))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x; gamma and beta have one number a group, as MXNet 1.9 has it."""
        shape = inputs[0]
        if len(shape) < 3 or shape[1] % self.num_groups:
            raise ShapeError(f"{shape} has no channels and positions that make {self.num_groups} groups.")
        if any(s != (self.num_groups,) for s in inputs[1:]):
            raise ShapeError(f"{self.num_groups} groups need gamma and beta of {(self.num_groups,)}, not {inputs[1:]}.")
        return (shape,)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Instance normalisation with the groups as channels."""
        shape = b.shape(x[0])
        groups = b.op("Reshape", x[0], hint="groups", shape=(0, self.num_groups, -1))
        op = make("InstanceNorm", eps=self.eps)
        inputs = (groups, *x[1:])
        normal = with_affine(b, node, op, inputs, (self.num_groups, 1), named=False) or b.apply(op, inputs, hint="normalised")
        return b.op("Reshape", normal, name=node.name, shape=(0, *shape[1:]))
