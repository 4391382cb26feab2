"""The top of a split model on the integers of its base.

The base's outputs stand for real numbers at different scales. An operator of the top can work on them as they
are if its result does not depend on the scales: `Operator.scale_free` says how. Attributes that are compared with
a tensor, such as the threshold of a box's score, are brought to that tensor's scale first (`with_scaled_attributes`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mrt_studio.cvm.emitter import Emitter
from mrt_studio.errors import ModelError, OptionError, QuantizationError, UnsupportedError
from mrt_studio.ir.graph import Array, Builder, Graph, Node, Ref, fold, keep
from mrt_studio.ops.base import Operator, Rewritten, operators, parse
from mrt_studio.ops.base import make as make_float
from mrt_studio.ops.lowering import LoweringOptions, Operand, Parameter, Quantized, RoundedWeight

AttributeDeps = Mapping[str, str]
"""``operator.attribute`` -> name of the base's output whose scale the attribute is multiplied by [MRT attribute_deps]."""


def with_scaled_attributes(top: Graph, deps: AttributeDeps, scales: Mapping[str, float]) -> Graph:
    """The top with each attribute that `deps` names multiplied by its tensor's scale and truncated to an integer [MRT].

    Raises:
        OptionError: an operator of `deps` does not occur, has no such attribute, or the tensor is no output of the base.
    """
    found = {key: tuple(key.rpartition(".")[::2]) for key in deps}
    kinds = {node.op.name for node in top.operators}
    for key, (kind, attribute) in found.items():
        if kind not in kinds or attribute not in next(n.op for n in top.operators if n.op.name == kind).attributes():
            known = ", ".join(sorted(kinds))
            remedy = f"Write operator.attribute=key; the top's operators are {known}."
            raise OptionError(f"{key!r} names no attribute of the top.", where="quantize.attribute_deps", remedy=remedy)
        if deps[key] not in scales:
            raise OptionError(f"{deps[key]!r} is no split key.", where="quantize.attribute_deps", remedy=f"Name one of {', '.join(scales)}.")

    def scaled(node: Node) -> Node:
        texts = node.op.attributes()
        for key, (kind, attribute) in found.items():
            if kind == node.op.name:
                texts[attribute] = str(math.trunc(float(texts[attribute]) * scales[deps[key]]))
        return replace(node, op=parse(node.op.name, texts, len(node.inputs))) if texts != node.op.attributes() else node

    return replace(top, nodes=tuple(map(scaled, top.nodes)))


def put_on_top(base: Graph, top: Graph, names: Mapping[str, Ref]) -> Graph:
    """The integer graph of base and top together.

    Args:
        base: the integer base.
        top: float operators, attributes already scaled; shapes of its inputs are known.
        names: input of the top -> the base's tensor it is read from.

    Raises:
        UnsupportedError: an operator's result depends on the scales; names the node.
        ModelError: an input of the top has no counterpart.
    """
    simple = fold(top, make_float, _simplified, rule_name="legalize")
    raw = _Raw(base, simple)
    values: dict[Ref, Ref] = {}
    for node in simple.nodes:
        if node.name in simple.params:
            values[Ref(node.name)] = raw.parameter(node.name, simple.params[node.name])
        elif node.is_variable:
            if node.name not in names or names[node.name].name not in base:
                raise ModelError(f"The top's input {node.name!r} is no output of the base.", remedy="Give a map from its name to the base's output.")
            values[Ref(node.name)] = names[node.name]
        else:
            out = raw.apply(node, tuple(values[r] for r in node.inputs))
            values.update({Ref(node.name, i): ref for i, ref in enumerate(out)})
    return raw.builder.graph(values[r] for r in simple.outputs)


def try_on_top(base: Graph, top: Graph, names: Mapping[str, Ref]) -> Graph | None:
    """What `put_on_top` makes, or None where an operator of the top depends on the scales."""
    try:
        return put_on_top(base, top, names)
    except (UnsupportedError, QuantizationError):
        return None


def _simplified(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
    """Rewrite the operators that have no form of their own; the others work on integers as they are."""
    op = node.op
    if isinstance(op, Rewritten) and type(op).scale_free is Operator.scale_free:
        out = op.prepare(b, node, x)
        return (out,) * op.outputs if type(out) is Ref else out
    return None


class _Raw(Emitter):
    """The part of `ops.lowering.Lowering` that does without scales."""

    def __init__(self, base: Graph, top: Graph) -> None:
        super().__init__((n.name for n in top.nodes), top.nodes[0])
        self.options = LoweringOptions()
        for node in base.nodes:
            with self.builder.scope(node.name, node.origin, node.rule):
                keep(self.builder, base, node, node.inputs)
            self.infer(Ref(node.name))

    def parameter(self, name: str, array: Array) -> Ref:
        """A parameter of the top, which must hold integers."""
        if not np.array_equal(array, np.rint(array)) or float(abs(array).max(initial=0)) >= 1 << 31:
            raise UnsupportedError(
                f"The parameter {name!r} of the top holds numbers that are not integers.",
                where=name,
                why="Above the split keys operators work on integers as they are.",
                remedy="Choose split keys further up, or keep the top in float.",
            )
        return self.constant(name, array)

    def apply(self, node: Node, x: tuple[Ref, ...]) -> tuple[Ref, ...]:
        """Emit an operator of the top."""
        self._node = node
        inputs = tuple(Quantized(ref, 1.0, self.bits(ref), 1.0) for ref in x)
        with self.builder.scope(node.name, (node.name,), "top"):
            out = node.op.scale_free(self, inputs) if isinstance(node.op, Operator) else None
        if out is None:
            known = ", ".join(sorted(n for n, cls in operators.items() if cls.scale_free is not Operator.scale_free))
            raise UnsupportedError(
                f"The result of {node.op.name} depends on the scales of its inputs.",
                where=f"{node.op.name} {node.name!r}",
                why="Above the split keys operators work on integers as they are.",
                remedy=f"Choose split keys above it, or keep the top in float. Possible there are {known}.",
            )
        return out

    def threshold(self, name: str) -> float:
        """Refuse: there are no thresholds."""
        raise self._no_scales()

    def clipped(self, name: str) -> float:
        """Not known here."""
        del name
        return math.inf

    def nonnegative(self, name: str) -> bool:
        """Not known here."""
        del name
        return False

    def store(self, x: Parameter, codes: Array, scale: float) -> Ref:
        """Refuse: there are no scales."""
        del x, codes, scale
        raise self._no_scales()

    def round_weight(self, node: Node, x: Parameter, scales: Array) -> RoundedWeight:
        """Refuse: there are no scales."""
        del node, x, scales
        raise self._no_scales()

    def requant(self, x: Operand, precision: int, scale: float | None = None) -> Quantized:
        """Narrow by limiting only: there are no scales."""
        del scale
        if isinstance(x, Quantized) and x.precision <= precision:
            return x
        raise self._no_scales()

    def common(self, xs: tuple[Operand, ...], precision: int) -> tuple[Quantized, ...]:
        """Refuse: there are no scales."""
        del xs, precision
        raise self._no_scales()

    def result(self, ref: Ref, scale: float, slack: int = 0) -> Quantized:
        """The tensor as it is."""
        return self.known(ref, scale, 1.0)

    def known(self, ref: Ref, scale: float, largest: float) -> Quantized:
        """The tensor as it is."""
        return Quantized(ref, scale, self.bits(ref), largest)

    def _no_scales(self) -> QuantizationError:
        return QuantizationError("Tensors above the split keys have no scales.", where=self._node.name, remedy="Keep the top in float.")
