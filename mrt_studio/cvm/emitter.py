"""Emits the machine's operators into a builder and knows the proven bits of each tensor: under the lowering and the top."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, make
from mrt_studio.fixedpoint import INT32_BITS, bits_for, narrowest_dtype
from mrt_studio.ir.graph import Array, Builder, Node, Ref, Shape, Variable


class Emitter:
    """The part of `ops.lowering.Lowering` that emits; `_node` is the float node whose turn it is."""

    def __init__(self, reserved: Iterable[str], first: Node) -> None:
        """`reserved` names are given only to what asks for them; `first` is the first node."""
        self.builder = Builder(make, reserved)
        self._bits: dict[Ref, int] = {}
        self._node = first

    def emit(self, op: str, *inputs: Ref, hint: str = "", **attributes: Any) -> Ref:
        """Apply an operator; without a hint it is the node's main one and takes its name."""
        return self.infer(self.builder.op(op, *inputs, name=None if hint else self._node.name, hint=hint, **attributes))

    def emit_helper(self, op: str, *inputs: Ref, hint: str, **attributes: Any) -> Ref:
        """Apply an operator under a fresh name made of the scope and the hint."""
        return self.infer(self.builder.op(op, *inputs, hint=hint, **attributes))

    def constant(self, hint: str, array: Array) -> Ref:
        """Add integers as a parameter with the bits that they need."""
        bits = bits_needed(array)
        return self.builder.param(hint, array.astype(narrowest_dtype(bits)), precision=bits)

    def shape(self, ref: Ref) -> Shape:
        """The shape of an emitted tensor."""
        return self.builder.shape(ref)

    def bits(self, ref: Ref) -> int:
        """The proven precision of an emitted tensor; a variable declares its own."""
        op = self.builder.node(ref).op
        return op.precision or INT32_BITS if isinstance(op, Variable) else self._bits[ref]

    def infer(self, ref: Ref) -> Ref:
        """Work out the bits of an operator's outputs once it is emitted; returns its first output."""
        node = self.builder.node(ref)
        if isinstance(node.op, CvmOperator):
            bits = node.op.all_bits(tuple(map(self.bits, node.inputs)), tuple(map(self.shape, node.inputs)))
            self._bits |= {Ref(ref.name, i): p for i, p in enumerate(bits)}
        return ref


def bits_needed(array: Array) -> int:
    """The signed precision that holds all of an array of integers."""
    return bits_for(int(abs(array.astype(np.int64)).max(initial=0)))
