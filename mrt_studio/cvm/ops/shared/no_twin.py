"""What operators share that no plain MXNet operators equal; the fast machine runs them through the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from mrt_studio.cvm.ops.base import CvmOperator, Width
from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Array, Shape


@dataclass(frozen=True, kw_only=True)
class NoTwin(CvmOperator):
    """An operator without a twin in MXNet."""

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> NoReturn:
        """Refuse: there is no twin.

        Raises:
            UnsupportedError: always.
        """
        raise self._refusal()

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> NoReturn:
        """Refuse: there is no twin.

        Raises:
            UnsupportedError: always.
        """
        raise self._refusal()

    def _refusal(self) -> UnsupportedError:
        return UnsupportedError(
            f"The operator {self.func} cannot be written in plain MXNet operators.",
            why="None of them equals it bit for bit.",
            remedy="Run the graph on the machine itself, or split the model below this operator.",
        )
