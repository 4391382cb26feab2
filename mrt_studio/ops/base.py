"""The operators of the float dialect, and a guide to writing one.

Guide. One operator is one file here with one decorated class:

    @operator("clip")
    @dataclass(frozen=True, kw_only=True)
    class Clip(Operator):
        '''Limit values to [a_min, a_max].'''

        arity = (1, 1)
        category = "elementwise"
        a_min: float = real()
        a_max: float = real()

        def infer(self, inputs): ...        shapes of the outputs
        def prepare(self, b, node, x): ...  optional: rewrite into operators that can be quantized
        def quantize(self, q, node, x): ... emit the machine's operators
        samples = (...)                     attributes and input shapes the contract tests run

There is no default for `quantize`. Inherit from `Transparent` when values only move, from
`Rewritten` when `prepare` always replaces the operator, from `FloatOnly` when integers cannot express
it, or write the rule. Operators do not import each other: a rewrite asks the builder for an operator by
name, and what several share is in `shared/`. The folders sort them for people; the registry finds them all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeVar

from mrt_studio.errors import FormatError, OptionError, QuantizationError, UnsupportedError
from mrt_studio.fixedpoint import bits_for
from mrt_studio.ir.attributes import Attributes
from mrt_studio.ir.graph import Builder, Node, Op, Ref, Shape, Variable
from mrt_studio.ir.unknown import unknown
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.registry import Registry

NEVER_RUN = {"Custom": ("Whatever a Python function of the model's author computes.", "Its code is no part of the model's files.")}
"""Operators that are not in the registry on purpose, with what they compute and why: they are read and split off, but never run."""

WEIGHT_BITS = 8
ACTIVATION_BITS = 8
WIDE_BITS = 16
"""Input precision of additions, products and concatenations [MRT]."""


class Sample(NamedTuple):
    """One form of an operator for the contract tests.

    Attributes:
        attributes: those of the operator.
        data: shapes of the inputs that may be fed.
        params: shapes of the inputs that are always parameters.
        low, high: the range that the data is drawn from.
        whole: whether the data are whole numbers, such as indices.
        outputs: how many outputs are read.
    """

    attributes: dict[str, Any]
    data: tuple[Shape, ...]
    params: tuple[Shape, ...] = ()
    low: float = -3.0
    high: float = 3.0
    whole: bool = False
    outputs: int = 1


@dataclass(frozen=True)
class Operator(Attributes, ABC):
    """An operator of MXNet that the studio understands."""

    arity: ClassVar[tuple[int, int]]
    category: ClassVar[str]
    input_names: ClassVar[tuple[str, ...]] = ("data",)
    samples: ClassVar[tuple[Sample, ...]] = ()
    refused: ClassVar[tuple[str, ...]] = ()
    """Forms of the operator that are refused, one short sentence each with the reason, for the table of operators."""
    tolerance: ClassVar[float] = 0.01
    """How far the integers may be from floats that are fed what the integers stand for, as a share of the largest output of the samples."""

    @property
    def outputs(self) -> int:
        """How many outputs there are; one unless overridden."""
        return 1

    @abstractmethod
    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Shapes of the outputs; raises ShapeError when the inputs do not fit."""

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
        """Rewrite into operators that can be quantized, or None to stay; float in, float out.

        One reference replaces the first output, a tuple all of them.
        """
        del b, node, x
        return None

    @abstractmethod
    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Emit integer operators for this node; raises QuantizationError when it cannot be done."""

    def nonnegative(self, x: tuple[bool, ...]) -> bool:
        """Whether the first output is never negative, given which inputs are not; False where that is not known."""
        del x
        return False

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Emit the operator on integers of any scales, for the top of a split model; None where its result depends on the scales."""
        del q, x
        return None


class Rewritten(Operator):
    """An operator that prepare always replaces, so it never reaches quantize."""

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Refuse: the model was not prepared."""
        del q, x
        raise QuantizationError(f"{self.name} has no integer form of its own.", where=node.name, remedy="Prepare the model before it is quantized.")


class Transparent(Operator):
    """An operator that only moves values: scale, precision and threshold pass through."""

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Emit the machine's twin on the same integers."""
        del node
        data = as_quantized(q, x[0])
        return q.result(self.move(q, data), data.scale)

    def nonnegative(self, x: tuple[bool, ...]) -> bool:
        """As the values that are moved."""
        return x[0]

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Move the integers, whatever they stand for."""
        return (self.move(q, x[0]),)

    @abstractmethod
    def move(self, q: Lowering, x: Quantized) -> Ref:
        """Emit the operator of the machine that moves the values."""


class FloatOnly(Operator):
    """An operator that integers cannot express: MXNet runs it above the split keys, prepare refuses it below them."""

    why: ClassVar[str]

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Refuse with the reason."""
        del q, x
        raise UnsupportedError(f"{self.name} has no integer form.", where=node.name, why=self.why, remedy="Split the model below it.")


def eight_bit_product(q: Lowering, x: tuple[Operand, ...]) -> tuple[list[Ref], float]:
    """Eight-bit data and weight, the bias (if any) at the product of their scales [MRT]; references and scale."""
    data, weight = q.requant(x[0], ACTIVATION_BITS), q.requant(x[1], WEIGHT_BITS)
    scale = data.scale * weight.scale
    bias = [q.requant(b, bits_for(b.threshold * scale), scale).ref for b in x[2:]]
    return [data.ref, weight.ref, *bias], scale


def as_quantized(q: Lowering, x: Operand) -> Quantized:
    """The operand as integers: parameters are brought to the wide precision."""
    return x if isinstance(x, Quantized) else q.requant(x, WIDE_BITS)


operators: Registry[type[Operator]] = Registry("operator", "mrt_studio.ops")

C = TypeVar("C", bound=type[Operator])


def operator(*names: str) -> Callable[[C], C]:
    """Enter a class under its MXNet name (the first) and its aliases."""

    def enter(cls: C) -> C:
        cls.name = names[0]
        for name in names:
            operators.register(name)(cls)
        return cls

    return enter


def make(name: str, /, **attributes: Any) -> Op:
    """Make an operator from typed attributes (the builder's factory)."""
    return operators[name](**attributes)


def parse(name: str, texts: Mapping[str, str], inputs: int) -> Op:
    """Make an operator from a file's texts and check how many inputs it has (the reader's factory).

    An operator, or a form of it, that is not supported becomes `Unknown`: it can be seen and split off.

    Raises:
        FormatError: the number of inputs is wrong or an attribute is missing.
    """
    if name == "null":
        return Variable(int(texts["precision"]) if "precision" in texts else None)
    try:
        cls = operators[name]
        op = cls.parse(texts)
    except OptionError:
        return unknown(name, texts, NEVER_RUN[name][1] if name in NEVER_RUN else "MRT Studio has no operator of this name.")
    except UnsupportedError as error:
        return unknown(name, texts, " ".join(text for text in (error.what, error.why) if text))
    low, high = cls.arity
    if not low <= inputs <= high:
        raise FormatError(f"{name} takes {low if low == high else f'{low} to {high}'} inputs, but {inputs} are given.")
    return op
