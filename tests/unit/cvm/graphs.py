"""Small graphs of every operator of the machine, with saturated parameters and inputs to feed."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mrt_studio.cvm.lower import Lowered, lower
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.fixedpoint import int_range, narrowest_dtype
from mrt_studio.ir.graph import Array, Builder, Graph, Shape
from mrt_studio.ops.base import make as make_float

Case = tuple[Graph, Array]
"""A graph and what to feed to its input `data`."""


def saturated(shape: Shape, bits: int, seed: int) -> Array:
    """Integers of mixed signs: the largest, the smallest, zero, small ones and halves of powers of two."""
    rng = np.random.default_rng(seed)
    high = int_range(bits)
    powers = [s * ((1 << k) + d) for k in range(bits - 1) for s in (1, -1) for d in (-1, 0, 1)]
    choices = np.array([high, -high, high, -high, high - 1, 0, 1, -1, *powers], np.int64)
    values = np.clip(rng.choice(choices, shape), -high, high)
    values.flat[: min(2, values.size)] = [high, -high][: values.size]
    return values.astype(narrowest_dtype(bits))


def of(op: str, shape: Shape, *params: tuple[Shape, int], bits: int = 8, **attributes: Any) -> Case:
    """A graph of one operator on `data` and parameters of these shapes and precisions."""
    b = Builder(make)
    inputs = [b.input("data", shape, bits)]
    inputs += [b.param("", saturated(s, p, i + 1), name=f"param{i}", precision=p) for i, (s, p) in enumerate(params)]
    return b.graph([b.op(f"cvm.{op}", *inputs, **attributes)]), saturated(shape, bits, 0)


def conv(shape: Shape, channels: int, kernel: tuple[int, int], *, bias: int | None = 20, **attributes: Any) -> Case:
    """A convolution; `bias` is the bias's precision."""
    weight = ((channels, shape[1] // attributes.get("groups", 1), *kernel), 8)
    params = (weight,) if bias is None else (weight, ((channels,), bias))
    return of("conv2d", shape, *params, channels=channels, kernel_size=kernel, use_bias=bias is not None, **attributes)


def dense(rows: int, columns: int, units: int, bias: int | None = 20) -> Case:
    """A dense layer."""
    params = (((units, columns), 8),) if bias is None else (((units, columns), 8), ((units,), bias))
    return of("dense", (rows, columns), *params, units=units, use_bias=bias is not None)


def two(op: str, shape: Shape, other: Shape, bits: int, other_bits: int) -> Case:
    """An operator on the input and a parameter."""
    return of(op, shape, (other, other_bits), bits=bits)


def product_then_shift() -> Case:
    """A product of 32 bits shifted by 24 to 8 bits, where the CPU back end does not limit."""
    b = Builder(make)
    x = b.input("data", (2, 9), 24)
    f = b.param("", np.array([127], np.int8), name="factor", precision=8)
    return b.graph([b.op("cvm.cvm_right_shift", b.op("cvm.broadcast_mul", x, f), precision=8, shift_bit=24)]), saturated((2, 9), 24, 5)


def join(shape: Shape, axis: int) -> Case:
    """The input between two parameters."""
    b = Builder(make)
    wide = (*shape[: axis % len(shape)], 2, *shape[axis % len(shape) + 1 :])
    first = b.param("", saturated(shape, 9, 1), name="first", precision=9)
    x = b.input("data", shape, 8)
    last = b.param("", saturated(wide, 3, 2), name="last", precision=3)
    return b.graph([b.op("cvm.concatenate", first, x, last, axis=axis)]), saturated(shape, 8, 0)


def two_outputs() -> Case:
    """Two outputs of different widths and as many rows."""
    b = Builder(make)
    x = b.input("data", (2, 3, 4), 8)
    y = b.op("cvm.relu", x)
    z = b.op("cvm.sum", x, axis=(2,), keepdims=True)
    return b.graph([y, z]), saturated((2, 3, 4), 8, 0)


def residual() -> Case:
    """Two branches, shared inputs, in-place chains and a tensor that lives long."""
    b = Builder(make)
    x = b.input("data", (1, 4, 6, 6), 8)
    w = b.param("", saturated((4, 4, 3, 3), 8, 1), name="w", precision=8)
    f = b.param("", np.array([113], np.int32), name="f", precision=9)

    def block(v):
        y = b.op("cvm.conv2d", v, w, channels=4, kernel_size=(3, 3), padding=(1, 1), use_bias=False)
        y = b.op("cvm.relu", b.op("cvm.cvm_right_shift", y, precision=12, shift_bit=6))
        y = b.op("cvm.cvm_right_shift", b.op("cvm.broadcast_mul", y, f), precision=8, shift_bit=9)
        return b.op("cvm.cvm_clip", b.op("cvm.elemwise_add", y, v), precision=8)

    y = block(block(block(x)))
    z = b.op("cvm.max_pool2d", b.op("cvm.concatenate", x, y, axis=1), pool_size=(2, 2), strides=(2, 2))
    return b.graph([b.op("cvm.flatten", z)]), saturated((1, 4, 6, 6), 8, 0)


CASES: Mapping[str, Callable[[], Case]] = {
    "conv2d": lambda: conv((2, 3, 7, 8), 4, (3, 3), padding=(1, 1)),
    "conv2d_strided": lambda: conv((1, 3, 9, 8), 5, (3, 2), strides=(2, 3), padding=(2, 1), bias=None),
    "conv2d_dilated": lambda: conv((1, 2, 9, 9), 3, (3, 3), dilation=(2, 3), padding=(1, 2)),
    "conv2d_grouped": lambda: conv((2, 6, 5, 5), 4, (3, 3), groups=2),
    "conv2d_depthwise": lambda: conv((2, 6, 5, 5), 6, (3, 3), groups=6, padding=(1, 1)),
    "conv2d_multiplied": lambda: conv((1, 3, 5, 5), 6, (3, 3), groups=3),
    "conv2d_deep": lambda: conv((1, 1041, 2, 3), 3, (1, 1), bias=31),
    "dense": lambda: dense(3, 40, 5),
    "dense_deep": lambda: dense(2, 4608, 3, bias=None),
    "relu": lambda: of("relu", (2, 3, 4), bits=20),
    "max_pool2d": lambda: of("max_pool2d", (2, 3, 7, 8), pool_size=(3, 2), strides=(2, 2), padding=(1, 1)),
    "max_pool2d_ceil": lambda: of("max_pool2d", (1, 2, 8, 8), pool_size=(3, 3), strides=(2, 2), ceil_mode=True),
    "sum": lambda: of("sum", (2, 3, 4, 5), axis=(2, 3)),
    "sum_all": lambda: of("sum", (2, 3, 4)),
    "sum_kept": lambda: of("sum", (2, 3, 4), axis=(-2,), keepdims=True),
    "broadcast_add": lambda: two("broadcast_add", (2, 3, 4, 5), (1, 3, 1, 1), 8, 20),
    "broadcast_add_ranks": lambda: two("broadcast_add", (3, 1), (2, 1, 4), 30, 31),
    "broadcast_mul": lambda: two("broadcast_mul", (2, 3, 4), (1,), 16, 16),
    "broadcast_mul_channels": lambda: two("broadcast_mul", (2, 3, 4, 5), (3, 1, 1), 20, 12),
    "elemwise_add": lambda: two("elemwise_add", (2, 3, 4), (2, 3, 4), 31, 9),
    "clip": lambda: of("clip", (2, 30), bits=20, a_min=-300, a_max=1023),
    "cvm_clip": lambda: of("cvm_clip", (2, 30), bits=32, precision=9),
    "cvm_clip_wide": lambda: of("cvm_clip", (2, 30), bits=8, precision=32),
    "cvm_right_shift": lambda: of("cvm_right_shift", (3, 200), bits=31, precision=8, shift_bit=4),
    "cvm_right_shift_one": lambda: of("cvm_right_shift", (3, 200), bits=31, precision=31, shift_bit=1),
    "cvm_right_shift_far": lambda: of("cvm_right_shift", (3, 200), bits=31, precision=8, shift_bit=30),
    "cvm_right_shift_zero": lambda: of("cvm_right_shift", (3, 200), bits=31, precision=1, shift_bit=3),
    "product_then_shift": product_then_shift,
    "concatenate": lambda: join((2, 3, 4), 1),
    "concatenate_last": lambda: join((2, 3, 4), -1),
    "concatenate_first": lambda: join((2, 3), 0),
    "flatten": lambda: of("flatten", (2, 3, 4, 5)),
    "two_outputs": two_outputs,
    "residual": residual,
}


def lowered() -> tuple[Lowered, Array]:
    """A quantized float net with bias, residual, pooling and dense, and an input for it."""
    rng = np.random.default_rng(3)
    b = Builder(make_float)

    def param(name: str, *shape: int) -> Any:
        return b.param("", rng.standard_normal(shape).astype(np.float32), name=name)

    x = b.input("data", (1, 3, 8, 8))
    y = b.op("Convolution", x, param("w1", 4, 3, 3, 3), param("b1", 4), name="conv1", kernel=(3, 3), num_filter=4, pad=(1, 1))
    y = b.op("relu", y, name="relu1")
    z = b.op("Convolution", y, param("w2", 4, 4, 3, 3), name="conv2", kernel=(3, 3), num_filter=4, pad=(1, 1), no_bias=True)
    y = b.op("elemwise_add", y, z, name="add")
    y = b.op("Pooling", y, name="pool", kernel=(2, 2), stride=(2, 2), pool_type="max")
    y = b.op("FullyConnected", b.op("flatten", y, name="flat"), param("w3", 5, 64), param("b3", 5), name="fc", num_hidden=5)
    graph = b.graph([y])
    thresholds = {node.name: 20.0 for node in graph.nodes} | {name: float(abs(array).max()) for name, array in graph.params.items()}
    return lower(graph, thresholds | {"data": 3.0}, requantizer=ShiftMultiply()), saturated((1, 3, 8, 8), 8, 4)
