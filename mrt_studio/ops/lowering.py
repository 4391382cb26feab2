"""What an operator's quantize rule may ask for: the interface of the lowering from float to integer.

A float tensor becomes integers at a scale: integer = real * scale. `Quantized` is such a tensor; `Parameter`
is an array that has not been given a scale yet, because its consumer chooses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from mrt_studio.ir.graph import Array, Node, Ref, Shape


@dataclass(frozen=True)
class Quantized:
    """Integers at `ref`: |value| <= 2**(precision-1) - 1, standing for value / scale, clipped at `threshold`."""

    ref: Ref
    scale: float
    precision: int
    threshold: float


@dataclass(frozen=True)
class Parameter:
    """A float parameter called `name`; values beyond `threshold` are clipped."""

    name: str
    array: Array
    threshold: float


Operand = Quantized | Parameter


@dataclass(frozen=True)
class RoundedWeight:
    """Eight-bit integers of a layer's weight.

    Attributes:
        codes: (O, ...).
        chosen: (O,) which of the scales that were offered each filter has.
        added: (O,) what the bias is to take off the results.
    """

    codes: Array
    chosen: Array
    added: Array


@dataclass(frozen=True, kw_only=True)
class LoweringOptions:
    """Options that operators' rules read.

    Attributes:
        softmax_lambd: how far below the largest logit softmax looks; what is further away gets nothing [MRT].
        table_bits: bits of what a lookup table is asked with, 8 to 12; the table has 2**table_bits - 1 entries. MRT takes 8.
        weights: whether the weights of a convolution or dense layer share one scale, or each output channel has its own. MRT shares.
        activations: whether inputs of such layers that cannot be negative use the sign for one more bit. MRT does not.
        rounding: how the weights of such layers are rounded: each to the nearest integer [MRT], or to suit the samples of the calibration.
        correct_bias: what the bias takes back of the mean of the results: nothing (off) [MRT], what rounding the weights adds
            (analytic), or all that the machine has too much on the samples (empirical).
        wide: names of such layers whose inputs have fifteen bits.
    """

    softmax_lambd: float = 10.0
    table_bits: int = 12
    weights: str = "tensor"
    activations: str = "signed"
    wide: frozenset[str] = frozenset()
    rounding: str = "nearest"
    correct_bias: str = "off"


class Lowering(Protocol):
    """Emits integer operators and knows the scale and the proven precision of each tensor."""

    options: LoweringOptions

    def requant(self, x: Operand, precision: int, scale: float | None = None) -> Quantized:
        """Bring `x` to at most `precision` bits, at exactly the nearest realisable `scale` if one is asked for."""
        ...

    def common(self, xs: tuple[Operand, ...], precision: int) -> tuple[Quantized, ...]:
        """Bring all operands to one scale, that of the largest threshold at `precision` bits."""
        ...

    def emit(self, op: str, *inputs: Ref, hint: str = "", **attributes: Any) -> Ref:
        """Apply the machine's operator `op`; the node's own name goes to the emission without a `hint`."""
        ...

    def result(self, ref: Ref, scale: float, slack: int = 0) -> Quantized:
        """The emitted tensor as the node's value: precision as proven, threshold of the node, and `slack` bits more than that needs."""
        ...

    def known(self, ref: Ref, scale: float, largest: float) -> Quantized:
        """The emitted tensor as the node's value where its real magnitude never exceeds `largest`, whatever was calibrated."""
        ...

    def constant(self, hint: str, array: Array) -> Ref:
        """Add integers as a parameter under a fresh name, with the bits that they need."""
        ...

    def round_weight(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        """Round a layer's weight (O, ...); `scales` (n, O) are what its filters may have, the first if nothing speaks for another."""
        ...

    def store(self, x: Parameter, codes: Array, scale: float) -> Ref:
        """Add the integers of a parameter that its consumer made itself; `scale` is what people are shown."""
        ...

    def threshold(self, name: str) -> float:
        """The threshold of a node of the float graph."""
        ...

    def clipped(self, name: str) -> float:
        """The magnitude beyond which all readers of a node of the float graph clip it; infinite where there is none."""
        ...

    def nonnegative(self, name: str) -> bool:
        """Whether the graph proves that a node of the float graph is never negative."""
        ...

    def shape(self, ref: Ref) -> Shape:
        """The shape of an emitted tensor."""
        ...

    def bits(self, ref: Ref) -> int:
        """The proven precision of an emitted tensor."""
        ...
