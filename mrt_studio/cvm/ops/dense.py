"""dense: exact integer matrix product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.cvm.ops.shared.products import PIECE, pieces, product_bits, product_bound
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("dense")
@dataclass(frozen=True, kw_only=True)
class Dense(CvmOperator):
    """x (M, K) times w (N, K) transposed, plus bias (N)."""

    arity = (2, 3)
    category = "dense"
    splits = True

    units: int = integer(low=1, high=1 << 24)
    use_bias: bool = flag(default=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(M, N)."""
        data, weight = inputs[0], inputs[1]
        bias_fits = not self.use_bias or inputs[2:] == ((self.units,),)
        if len(inputs) != 2 + self.use_bias or len(data) != 2 or weight != (self.units, data[1]) or not bias_fits:
            raise ShapeError(f"dense with units={self.units} and use_bias={self.use_bias} does not take shapes {inputs}.")
        return ((data[0], self.units),)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Add p(x), p(w) and the bits of K; with a bias max(that, p(b)) + 1."""
        return product_bits(inputs, shapes[1][1])

    def run(self, *x: Array) -> Array:
        """The product in float64: at most 2**24 products of at most 2**14 stay below 2**53, so exact."""
        out = (x[0].astype(np.float64) @ x[1].astype(np.float64).T).astype(np.int64)
        return out + x[2] if self.use_bias else out

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """bound(x) times the largest L1 norm of a row, plus its bias."""
        return product_bound(bounds, params, shapes[1][1])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's float product, in pieces of at most 1,040 products where one would not be exact."""
        if width is not Width.SPLIT:
            return f.FullyConnected(*x, num_hidden=self.units, no_bias=not self.use_bias, flatten=False)
        total = None
        for part in pieces(shapes[1][1], PIECE):
            data, weight = (f.slice_axis(v, axis=1, begin=part.start, end=part.stop) for v in x[:2])
            product = f.cast(f.FullyConnected(data, weight, num_hidden=self.units, no_bias=True, flatten=False), dtype="float64")
            total = product if total is None else total + product
        return f.broadcast_add(total, f.reshape(x[2], shape=(1, -1))) if self.use_bias else total

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """Three per product, one for the bias."""
        return 3 * inputs[1][1] + self.use_bias
