"""Layers of products: eight-bit data times eight-bit weights plus a bias, in all forms that the machine allows.

By default as MRT: signed data, one scale for all weights, the bias at the product of the scales. The options add:

* unsigned data (digits.py): codes x of 0 to 254 go in as x - 127, and 127 times the sum of the weights is added. Where a
  window reaches over the border only the weights inside are summed, since the machine pads with zeros (borders.py).
* wide data (digits.py): fifteen bits in two parts, whose products are added.
* weights with one scale for each output channel, brought to one scale behind the layer (channel_scales.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import INT32_BITS, Rounding, bits_for, scale_for
from mrt_studio.ir.graph import Node, Ref, Shape
from mrt_studio.ops.base import WEIGHT_BITS, eight_bit_product
from mrt_studio.ops.lowering import Lowering, Operand, Parameter, Quantized
from mrt_studio.ops.shared.borders import Windows, border_sums
from mrt_studio.ops.shared.channel_scales import ACCUMULATOR_BITS, SLACK, Limits, Unified, limits_of, unify
from mrt_studio.ops.shared.digits import LOW_BITS, Digits, signed, unsigned, wide
from mrt_studio.ops.shared.long_sums import LONGEST_WITH_BIAS

_ALTERNATIVES = 32
"""Scales that a filter may choose from."""
Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """What `product` needs of a convolution or dense layer.

    Attributes:
        multiply: (data, weight[, bias]), hint -> accumulators (N, O, ...).
        axes: axes of the accumulators behind O.
        windows: shape of the data -> the weights inside at each place, or None where there is no padding.
        finish: what follows on the result, where the node's has another shape.
    """

    multiply: Callable[[tuple[Ref, ...], str], Ref]
    axes: int
    windows: Callable[[Shape], Windows | None] | None = None
    finish: Callable[[Ref], Ref] = lambda ref: ref


@dataclass(frozen=True)
class _Weights:
    """Weights and bias of a layer as integers, which of the scales offered each filter has, and the bits that the accumulators need."""

    ref: Ref
    codes: Integers
    chosen: Integers
    bias: Integers
    bias_of: Parameter | None
    bits: int


def product(q: Lowering, node: Node, x: tuple[Operand, ...], layer: Layer) -> Quantized:
    """Emit the layer on (data, weight[, bias]) as the options say; computed weights and biases have the default form.

    Raises:
        QuantizationError: the bias does not fit INT32 at the scale of the products.
    """
    weight, bias = x[1], x[2] if len(x) == 3 else None
    if not isinstance(weight, Parameter) or isinstance(bias, Quantized) or math.prod(weight.array.shape[1:]) > LONGEST_WITH_BIAS:
        return _plain(q, x, layer)
    data = _digits(q, node, x[0])
    if q.options.weights == "channel":
        return _per_channel(q, node, data, weight, bias, layer)
    if len(data.refs) == 1 and not data.offset and q.options.rounding == "nearest" and q.options.correct_bias == "off":
        return _plain(q, x, layer)
    scale = scale_for(weight.threshold or 1.0, WEIGHT_BITS)  # zeros have any scale: this one keeps the digits of the bias
    limits = replace(_limits(q, node, data, weight, bias), scales=np.full(len(weight.array), scale))
    weights = _weights(q, node, data, weight, bias, limits.scales[None], limits.bits(data.scale))
    acc, data_scale = _accumulate(q, data, weights, layer)
    return q.result(layer.finish(acc), data_scale * scale)


def _plain(q: Lowering, x: tuple[Operand, ...], layer: Layer) -> Quantized:
    refs, scale = eight_bit_product(q, x)
    return q.result(layer.finish(layer.multiply(tuple(refs), "")), scale)


def _digits(q: Lowering, node: Node, x: Operand) -> Digits:
    """The data in the form that the options ask for."""
    if node.name in q.options.wide:
        return wide(q, x)
    if q.options.activations == "unsigned" and isinstance(x, Quantized) and q.nonnegative(node.inputs[0].name):
        return unsigned(q, x)
    return signed(q, x)


def _limits(q: Lowering, node: Node, data: Digits, weight: Parameter, bias: Parameter | None) -> Limits:
    zeros = np.zeros(len(weight.array))
    return limits_of(
        np.clip(weight.array, -weight.threshold, weight.threshold),
        zeros if bias is None else np.clip(bias.array, -bias.threshold, bias.threshold),
        largest=data.threshold,
        threshold=_threshold(q, node),
        scale=data.scale,
    )


def _threshold(q: Lowering, node: Node) -> float:
    """That of the results; where readers clip them, only values up to there are told apart."""
    return min(q.threshold(node.name), q.clipped(node.name))


def _per_channel(q: Lowering, node: Node, data: Digits, weight: Parameter, bias: Parameter | None, layer: Layer) -> Quantized:
    # Rounding to nearest makes a noise of 0.29 of a step, times data of a quarter of the largest.
    products = math.sqrt(math.prod(weight.array.shape[1:])) * data.threshold * data.scale * 0.29 / 4
    limits = _limits(q, node, data, weight, bias).balanced(data.scale, products)
    raised = _raised(data, limits.bits(data.scale))
    plans = unify(limits, math.ldexp(data.scale, raised), _threshold(q, node)).alternatives(_ALTERNATIVES)
    weights = _weights(q, node, data, weight, bias, plans.scales, limits.bits(data.scale))
    acc, _ = _accumulate(q, data, weights, layer)
    return q.result(layer.finish(_unified(q, acc, plans.taken(weights.chosen), layer)), plans.scale, SLACK)


def _unified(q: Lowering, acc: Ref, plan: Unified, layer: Layer) -> Ref:
    """Bring the accumulators to one scale."""
    if plan.before:
        acc = q.emit("cvm.cvm_right_shift", acc, precision=ACCUMULATOR_BITS, shift_bit=plan.before, hint="guarded")
    elif q.bits(acc) > ACCUMULATOR_BITS:
        acc = q.emit("cvm.cvm_clip", acc, precision=ACCUMULATOR_BITS, hint="guarded")
    factors = q.constant("factors", plan.factors.reshape(1, -1, *(1,) * layer.axes))
    many = q.emit("cvm.broadcast_mul", acc, factors, hint="unified")
    return q.emit("cvm.cvm_right_shift", many, precision=ACCUMULATOR_BITS, shift_bit=plan.after, hint="shift")


def _accumulate(q: Lowering, data: Digits, weights: _Weights, layer: Layer) -> tuple[Ref, float]:
    """Products plus bias, and the scale of the data in them."""
    if len(data.refs) == 2:
        return _added(q, data, weights, layer)
    windows = layer.windows(q.shape(data.refs[0])) if data.offset and layer.windows else None
    if windows is None:
        sums = data.offset * weights.codes.reshape(len(weights.codes), -1).sum(axis=1)
        return layer.multiply((data.refs[0], weights.ref, *_constant(q, weights, weights.bias + sums)), ""), data.scale
    borders = border_sums(weights.codes, windows)
    table = data.offset * borders.sums + weights.bias[:, None, None]
    if not table.any():
        return layer.multiply((data.refs[0], weights.ref), ""), data.scale
    offset = _constant(q, weights, table[None])[0]
    for axis, classes in ((2, borders.rows), (3, borders.columns)):
        offset = q.emit("cvm.take", offset, q.constant("places", classes), axis=axis, hint="border")
    acc = layer.multiply((data.refs[0], weights.ref), "")
    return q.emit("cvm.broadcast_add", acc, offset, hint="offset"), data.scale


def _raised(data: Digits, bits: int) -> int:
    """The power of two that the high products are multiplied by: as many of the low ones' bits as INT32 has room for."""
    return max(min(LOW_BITS, INT32_BITS - 3 - bits), 0) if len(data.refs) == 2 else 0


def _added(q: Lowering, data: Digits, weights: _Weights, layer: Layer) -> tuple[Ref, float]:
    """The products of the high part, and of the low one at its place."""
    raised = _raised(data, weights.bits)
    high = layer.multiply((data.refs[0], weights.ref, *_constant(q, weights, weights.bias)), "")
    if q.bits(high) > min(weights.bits, INT32_BITS - 1):
        high = q.emit("cvm.cvm_clip", high, precision=min(weights.bits, INT32_BITS - 1), hint="limited")
    if raised:
        high = q.emit("cvm.broadcast_mul", high, q.constant("unit", np.array([1 << raised])), hint="raised")
    low = layer.multiply((data.refs[1], weights.ref), "low_products")
    if gone := LOW_BITS - raised:
        low = q.emit("cvm.cvm_right_shift", low, precision=max(q.bits(low) - gone, 1), shift_bit=gone, hint="low_shifted")
    return q.emit("cvm.broadcast_add", high, low, hint="both"), math.ldexp(data.scale, raised)


def _constant(q: Lowering, weights: _Weights, codes: Integers) -> tuple[Ref, ...]:
    """What is added to the products, under the bias's name if there is one; nothing where it is all zeros without."""
    if weights.bias_of is not None:
        return (q.store(weights.bias_of, codes, 1.0),)
    return (q.constant("bias", codes),) if codes.any() else ()


def _weights(q: Lowering, node: Node, data: Digits, weight: Parameter, bias: Parameter | None, scales: Reals, bits: int) -> _Weights:
    """Weight and bias, each filter at one of the scales (n, O)."""
    rounded = q.round_weight(node, weight, scales)
    own = np.take_along_axis(scales, rounded.chosen[None], axis=0)[0]
    real = np.zeros(len(own)) if bias is None else np.clip(bias.array.astype(np.float64), -bias.threshold, bias.threshold)
    wanted = (real - rounded.added) * data.scale * own
    needed = bits_for(float(abs(wanted).max(initial=0)))
    if needed >= INT32_BITS:
        raise QuantizationError(
            f"The bias of {node.name!r} needs {needed} bits at the scale of the products.",
            where=bias.name if bias else node.name,
            remedy="Raise the thresholds of the layer's inputs, or lower that of the bias.",
        )
    ref = q.store(weight, rounded.codes, float(own.min()))
    return _Weights(ref, rounded.codes, rounded.chosen, Rounding.HALF_AWAY.apply(wanted).astype(np.int64), bias, bits)
