"""reshape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Array, Shape

_COPY, _INFER, _REST, _MERGE, _SPLIT = 0, -1, -2, -3, -4


@cvm_operator("reshape")
@dataclass(frozen=True, kw_only=True)
class Reshape(SamePrecision):
    """The same values in another shape.

    A positive number of `shape` is a size. The others read the input's shape from the left: 0 copies a size, -1 is what
    is left over, -2 copies all remaining sizes, -3 multiplies two, -4 splits one into the two numbers that follow, of
    which one may be -1.
    """

    category = "shape"

    shape: tuple[int, ...] = ints(low=_SPLIT)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape that the codes stand for.

        Raises:
            ShapeError: the codes do not fit the input, or -1 comes where the runtime mistakes its place.
        """
        source, codes, sizes = list(inputs[0]), list(self.shape), list[int]()
        gap: int | None = None
        while codes:
            code = codes.pop(0)
            if code == _INFER:
                if gap is not None or len(sizes) != len(self.shape) - len(codes) - 1:
                    raise self._error(inputs[0], "There may be one -1, and none behind a -4 or a -2 that changes the number of axes.")
                gap = len(sizes)
                sizes.append(1)
                source = source[1:]
            elif code > 0:
                sizes.append(code)
                source = source[1:]
            elif code == _REST:
                sizes, source = sizes + source, []
            else:
                sizes += self._taken(inputs[0], code, source, codes)
        if gap is not None:
            sizes[gap] = math.prod(inputs[0]) // math.prod(sizes)
        if not sizes or math.prod(sizes) != math.prod(inputs[0]):
            raise self._error(inputs[0], f"{tuple(sizes)} has another number of elements.")
        return (tuple(sizes),)

    def run(self, *x: Array) -> Array:
        """The same values in the shape."""
        return x[0].reshape(self.infer((x[0].shape,))[0])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's reshape, whose codes are these."""
        return f.reshape(x[0], shape=self.shape)

    def _taken(self, shape: Shape, code: int, source: list[int], codes: list[int]) -> list[int]:
        """The sizes for a code that takes the first sizes of `source`; removes what it used from both lists."""
        count = 2 if code == _MERGE else 1
        if len(source) < count:
            raise self._error(shape, f"No axis is left for the code {code}.")
        taken = [source.pop(0) for _ in range(count)]
        if code != _SPLIT:
            return [math.prod(taken)]
        halves = [codes.pop(0) for _ in codes[:2]]
        known = math.prod(n for n in halves if n != _INFER)
        if len(halves) < 2 or halves == [_INFER, _INFER] or known <= 0 or min(halves) < _INFER or taken[0] % known:
            raise self._error(shape, f"-4 needs two sizes whose product is {taken[0]}, one of which may be -1.")
        found = [taken[0] // known if n == _INFER else n for n in halves]
        if math.prod(found) != taken[0]:
            raise self._error(shape, f"-4 needs two sizes whose product is {taken[0]}, one of which may be -1.")
        return found

    def _error(self, shape: Shape, why: str) -> ShapeError:
        return ShapeError(f"{shape} cannot be reshaped to {self.shape}.", why=why)
