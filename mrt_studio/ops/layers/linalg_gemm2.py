"""Scaled products of pairs of matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("linalg_gemm2", "_linalg_gemm2")
@dataclass(frozen=True, kw_only=True)
class LinalgGemm2(Rewritten):
    """alpha a b for a (..., M, K) and b (..., K, N); either may be given with its last two axes swapped."""

    arity = (2, 2)
    category = "dense"
    input_names = ("A", "B")

    transpose_a: bool = flag(default=False)
    transpose_b: bool = flag(default=False)
    alpha: float = real(1.0)
    axis: int = integer(-2, low=-2, high=-2)

    samples = (
        Sample({"alpha": 0.3}, ((2, 3, 4), (2, 4, 5))),
        Sample({"transpose_a": True, "transpose_b": True}, ((2, 4, 3), (2, 5, 4))),
        Sample({"transpose_b": True}, ((2, 4), (5, 4))),
        Sample({"transpose_a": True, "alpha": -2.0}, ((4, 3),), ((4, 5),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(..., M, N)."""
        a, b = inputs
        if not 2 <= len(a) == len(b) <= 5 or a[:-2] != b[:-2]:
            raise ShapeError(f"linalg_gemm2 needs two inputs of two to five axes, all but the last two equal, not {a} and {b}.")
        rows, inner = (a[-1], a[-2]) if self.transpose_a else a[-2:]
        columns, outer = b[-2:] if self.transpose_b else (b[-1], b[-2])
        if inner != outer:
            raise ShapeError(f"linalg_gemm2 cannot multiply {a} by {b} with transpose_a={self.transpose_a} and transpose_b={self.transpose_b}.")
        return ((*a[:-2], rows, columns),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """One dot for two matrices, batch_dot for several; then the factor."""
        plain = self.alpha == 1
        rank = len(b.shape(x[0]))
        product = "dot" if rank == 2 else "batch_dot"
        out = b.op(product, *x, name=node.name if plain else None, transpose_a=self.transpose_a, transpose_b=self.transpose_b)
        factor = np.full((1,) * rank, self.alpha, np.float32)
        return out if plain else b.op("broadcast_mul", out, b.param("alpha", factor), name=node.name)
