"""The same values in another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.axes import held

_COPY, _INFER, _REST, _MERGE, _SPLIT = 0, -1, -2, -3, -4


@operator("Reshape", "reshape")
@dataclass(frozen=True, kw_only=True)
class Reshape(Transparent):
    """The same values in another shape.

    A positive number of `shape` is a size. The others read the input's sizes from the left, or from the right with
    `reverse`: 0 copies one, -1 is what is left over, -2 copies all that remain, -3 multiplies two, and -4 splits one into
    the two numbers that follow, of which one may be -1.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move
    ignored = frozenset({"target_shape", "keep_highest"})  # read by MXNet only when there is no shape, which is refused

    shape: tuple[int, ...] = ints((), low=_SPLIT, lengths=tuple(range(1, 17)))
    reverse: bool = flag(default=False)

    samples = (
        Sample({"shape": (0, -1)}, ((2, 3, 4),)),
        Sample({"shape": (2, 4, 3)}, ((2, 3, 4),)),
        Sample({"shape": (0, -4, 2, -1, -3)}, ((2, 6, 3, 4),)),
        Sample({"shape": (-2, 1, 1)}, ((2, 3, 4),)),
        Sample({"shape": (-1, 0), "reverse": True}, ((2, 5, 4),)),
        Sample({"shape": (-1,)}, ((2, 5),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape that the codes stand for.

        Raises:
            ShapeError: the codes do not fit the input, or -1 comes where MXNet mistakes its place.
        """
        step = -1 if self.reverse else 1
        return (tuple(_Codes(self, inputs[0], step).read()[::step]),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """All sizes as numbers but that of the axis which holds the batch.

        So another batch fits. A first number that equals the batch by chance is told from one that stands for it by
        `reverse`, which changes nothing else among numbers.
        """
        shape = b.shape(x[0])
        sizes = list(self.infer((shape,))[0])
        batch = self._batch(shape)
        chance = bool(batch) and sizes[0] == shape[0]
        if batch is not None:
            sizes[batch] = _INFER
        return b.op("Reshape", x[0], name=node.name, shape=tuple(sizes), reverse=chance)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the same operator for what prepare left."""
        return held(q, q.emit("cvm.reshape", x.ref, shape=self.shape))

    def _batch(self, shape: Shape) -> int | None:
        """The axis of the result that grows with the batch; None if only this one fits."""
        sizes = self.infer((shape,))[0]
        if self.shape[0] == shape[0] and not self.reverse:
            return 0
        try:
            larger = self.infer(((2 * shape[0], *shape[1:]),))[0]
        except ShapeError:
            return 0 if sizes[0] % shape[0] == 0 else None
        return next(i for i, (a, b) in enumerate(zip(sizes, larger, strict=True)) if a != b)


class _Codes:
    """Reads the codes one after the other; from the right with `step` -1."""

    def __init__(self, op: Reshape, shape: Shape, step: int) -> None:
        self._text = f"{shape} cannot be reshaped to {op.shape}{' from the right' if op.reverse else ''}."
        self._count = math.prod(shape)
        self._source = list(shape[::step])
        self._codes = list(op.shape[::step])
        self._sizes = list[int]()

    def read(self) -> list[int]:
        """The sizes, in the order of the codes."""
        gap: int | None = None
        total = len(self._codes)
        while self._codes:
            at, code = total - len(self._codes), self._codes.pop(0)
            if code == _INFER:
                if gap is not None or at != len(self._sizes):
                    raise self._error("There may be one -1, and none behind a -4 or a -2 that changes the number of axes.")
                gap = at
            self._sizes += self._next(code)
        if gap is not None:
            self._sizes[gap] = self._count // math.prod(self._sizes)
        if not self._sizes or math.prod(self._sizes) != self._count:
            raise self._error("The number of elements would be another.")
        return self._sizes

    def _next(self, code: int) -> list[int]:
        if code > 0 or code == _INFER:
            self._source = self._source[1:]
            return [max(code, 1)]
        if code == _REST:
            rest, self._source = self._source, []
            return rest
        count = 2 if code == _MERGE else 1
        taken, self._source = self._source[:count], self._source[count:]
        if len(taken) < count:
            raise self._error(f"No axis is left for the code {code}.")
        return self._halves(taken[0]) if code == _SPLIT else [math.prod(taken)]

    def _halves(self, size: int) -> list[int]:
        halves, self._codes = self._codes[:2], self._codes[2:]
        known = math.prod(n for n in halves if n != _INFER)
        if len(halves) == 2 and min(halves) >= _INFER and known > 0 and halves != [_INFER, _INFER]:
            found = [size // known if n == _INFER else n for n in halves]
            if math.prod(found) == size:
                return found
        raise self._error(f"-4 needs two sizes whose product is {size}, one of which may be -1.")

    def _error(self, why: str) -> ShapeError:
        return ShapeError(self._text, why=why)
