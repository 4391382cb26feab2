"""The operators of the integer dialect, and a guide to writing one.

Guide. One operator is one file here with one decorated class. Nothing has a default that could be silently
wrong: write the shape rule, the precision rule (a bound on the result, in bits, as the runtime infers
it), the exact kernel on int64 arrays, and its twin in plain MXNet operators with `largest`, a bound on every
intermediate value of that twin. Floats hold integers exactly up to 2**24 (float32) and 2**53 (float64), so
the bound decides the width and makes the twin equal bit for bit. An operator that no plain MXNet operators equal
inherits from `NoTwin` (no_twin.py); so does one with several outputs, which overrides `outputs`, `all_bits` and `run_all`.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from mrt_studio.errors import FormatError, OverflowError32, UnsupportedError
from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ir.attributes import Attributes
from mrt_studio.ir.graph import Array, Op, Shape, Variable
from mrt_studio.registry import Registry

PREFIX = "cvm."
FLOAT32_EXACT = 1 << 24


class Width(enum.Enum):
    """How an operator's twin in MXNet computes."""

    SINGLE = "float32, exact by bound"
    DOUBLE = "float64"
    SPLIT = "float32 pieces that are exact by bound, added in float64"


@dataclass(frozen=True)
class CvmOperator(Attributes, ABC):
    """An operator of the machine on int32 tensors."""

    arity: ClassVar[tuple[int, int]]
    category: ClassVar[str]
    splits: ClassVar[bool] = False
    """Whether the MXNet twin knows `Width.SPLIT`."""

    @property
    def outputs(self) -> int:
        """How many outputs there are; one unless overridden."""
        return 1

    @property
    def func(self) -> str:
        """The name in compiled files, without the dialect's prefix."""
        return self.name.removeprefix(PREFIX)

    @abstractmethod
    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Shapes of the outputs; raises ShapeError when the inputs do not fit."""

    @abstractmethod
    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Bits of the first output for inputs of these bits and shapes, as the runtime infers them.

        Raises:
            OverflowError32: a limit of the operator is exceeded.
        """

    def all_bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> tuple[int, ...]:
        """Bits of each output; override together with `outputs`."""
        return (self.bits(inputs, shapes),)

    @abstractmethod
    def run(self, *x: Array) -> Array:
        """The exact first output on int64 arrays."""

    def run_all(self, *x: Array) -> tuple[Array, ...]:
        """Each output; override together with `outputs`."""
        return (self.run(*x),)

    @abstractmethod
    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """A bound on every intermediate value of `emulate`, from the inputs' bounds and shapes and the known parameters."""

    @abstractmethod
    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """The same on inputs of these shapes in plain MXNet operators; `f` is `mx.sym` or `mx.nd`.

        Inputs are float32 for SINGLE, float64 for DOUBLE; for SPLIT data and weight are float32, the bias float64.
        """

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """Operations per output element, as the runtime counts gas."""
        del inputs
        return 1


cvm_operators: Registry[type[CvmOperator]] = Registry("CVM operator", "mrt_studio.cvm.ops")

C = TypeVar("C", bound=type[CvmOperator])


def cvm_operator(func: str) -> Callable[[C], C]:
    """Enter a class under its name in compiled files; graphs call it ``cvm.<name>``."""

    def enter(cls: C) -> C:
        cls.name = PREFIX + func
        return cvm_operators.register(cls.name)(cls)

    return enter


def make(name: str, /, **attributes: Any) -> Op:
    """Make an operator from typed attributes (the builder's factory)."""
    return cvm_operators[name](**attributes)


def parse(name: str, texts: Mapping[str, str], inputs: int) -> Op:
    """Make an operator of an integer graph from a file's texts.

    Raises:
        UnsupportedError: the operator is unknown.
        FormatError: the number of inputs is wrong.
    """
    if name == "null":
        return Variable(int(texts["precision"]) if "precision" in texts else None)
    if name not in cvm_operators:
        raise UnsupportedError(f"The Cortex virtual machine has no operator {name.removeprefix(PREFIX)!r}.")
    op = cvm_operators[name].parse(texts)
    low, high = op.arity
    if not low <= inputs <= high:
        raise FormatError(f"{name} takes {low if low == high else f'{low} to {high}'} inputs, but {inputs} are given.")
    return op


def at_most(bits: int, limit: int, what: str, remedy: str) -> int:
    """Return `bits`, or refuse when they exceed `limit`.

    Raises:
        OverflowError32: naming the bound and the remedy.
    """
    if bits > limit:
        raise OverflowError32(f"{what} has {bits} bits; the limit is {limit}.", remedy=remedy)
    return bits


def fits_int32(bits: int, remedy: str) -> int:
    """Return `bits`, or refuse a result that could leave INT32."""
    return at_most(bits, INT32_BITS, "The result", remedy)
