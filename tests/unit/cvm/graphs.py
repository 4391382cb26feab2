"""Small graphs of every operator of the machine, with saturated parameters and inputs to feed."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mrt_studio.cvm.lower import Lowered, lower
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.fixedpoint import int_range, narrowest_dtype
from mrt_studio.ir.graph import Array, Builder, Graph, Ref, Shape
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


def of(op: str, shape: Shape, /, *params: tuple[Shape, int], bits: int = 8, **attributes: Any) -> Case:
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


def two(op: str, shape: Shape, other: Shape, bits: int, other_bits: int, **attributes: Any) -> Case:
    """An operator on the input and a parameter."""
    return of(op, shape, (other, other_bits), bits=bits, **attributes)


def indexed(shape: Shape, indices: Shape, bits: int, **attributes: Any) -> Case:
    """A choice from a parameter of this precision by the input: most indices near those that exist, some far outside."""
    b = Builder(make)
    at = b.input("data", indices, 32)
    table = b.param("", saturated(shape, bits, 1), name="table", precision=bits)
    near = np.random.default_rng(0).integers(-2, max(shape) + 2, indices).astype(np.int32)
    near.flat[:2] = [2**31 - 1, -(2**31) + 1]
    return b.graph([b.op("cvm.take", table, at, **attributes)]), near


def boxes(shape: Shape, bits: int) -> Array:
    """Rows of an id of 0 to 2, a score, and the corners of a box; scores repeat, and boxes overlap a lot."""
    rng, high = np.random.default_rng(7), int_range(bits)
    near, size = rng.integers(0, high // 2, (*shape[:-1], 2)), rng.integers(0, high // 2, (*shape[:-1], 2))
    ids, scores = rng.integers(0, 3, (*shape[:-1], 1)), rng.integers(-6, 20, (*shape[:-1], 1))
    rows = np.concatenate([ids, scores, near, near + size], axis=-1)
    return rows[..., : shape[-1]].astype(narrowest_dtype(bits))


def counted(shape: Shape, bits: int, output: int, **attributes: Any) -> Case:
    """One output of get_valid_counts on boxes."""
    b = Builder(make)
    ref = b.op("cvm.get_valid_counts", b.input("data", shape, bits), **attributes)
    return b.graph([Ref(ref.name, output)]), boxes(shape, bits)


def suppressed(shape: Shape, bits: int, score: int = 0, **attributes: Any) -> Case:
    """Boxes with a score above a threshold, and the best of those that overlap; operators with a twin before and after."""
    b = Builder(make)
    x = b.op("cvm.cvm_clip", b.input("data", shape, bits), precision=bits)
    counts = b.op("cvm.get_valid_counts", x, score_threshold=score)
    rows = b.op("cvm.non_max_suppression", Ref(counts.name, 1), counts, **attributes)
    return b.graph([b.op("cvm.elemwise_add", rows, x)]), boxes(shape, bits)


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
    "sum_excluded": lambda: of("sum", (2, 3, 4, 5), axis=(1, -1), exclude=True),
    "sum_of_nothing": lambda: of("sum", (2, 3), axis=(0, 1), exclude=True),
    "sum_one_kept": lambda: of("sum", (1, 3, 1, 1), axis=(1,)),
    "max": lambda: of("max", (2, 3, 4, 5), axis=(1, 3), bits=32),
    "max_all": lambda: of("max", (2, 3, 4), axis=(0, 1, 2), keepdims=True),
    "max_excluded": lambda: of("max", (2, 3, 4), axis=(1,), exclude=True),
    "upsampling": lambda: of("upsampling", (2, 3, 4, 5), scale=3, bits=27),
    "broadcast_add": lambda: two("broadcast_add", (2, 3, 4, 5), (1, 3, 1, 1), 8, 20),
    "broadcast_add_ranks": lambda: two("broadcast_add", (3, 1), (2, 1, 4), 30, 31),
    "broadcast_mul": lambda: two("broadcast_mul", (2, 3, 4), (1,), 16, 16),
    "broadcast_mul_channels": lambda: two("broadcast_mul", (2, 3, 4, 5), (3, 1, 1), 20, 12),
    "elemwise_add": lambda: two("elemwise_add", (2, 3, 4), (2, 3, 4), 31, 9),
    "broadcast_sub": lambda: two("broadcast_sub", (2, 3, 4), (3, 1), 24, 31),
    "elemwise_sub": lambda: two("elemwise_sub", (2, 3, 4), (2, 3, 4), 9, 31),
    "broadcast_max": lambda: two("broadcast_max", (2, 3, 4), (3, 1), 9, 31),
    "broadcast_greater": lambda: two("broadcast_greater", (30, 4), (4,), 2, 32),
    "broadcast_div": lambda: two("broadcast_div", (90, 1), (1, 40), 32, 32),
    "broadcast_div_narrow": lambda: two("broadcast_div", (90, 1), (40,), 25, 12),
    "abs": lambda: of("abs", (2, 30), bits=32),
    "negative": lambda: of("negative", (2, 30), bits=32),
    "cvm_precision": lambda: of("cvm_precision", (4, 200), bits=32),
    "cvm_precision_narrow": lambda: of("cvm_precision", (4, 200), bits=25),
    "cvm_lut": lambda: of("cvm_lut", (4, 60), ((37,), 9), bits=32, in_dim=37),
    "cvm_lut_table": lambda: of("cvm_lut", (4, 60), ((5, 8), 30), bits=8, in_dim=40),
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
    "reshape": lambda: of("reshape", (2, 3, 4, 5), bits=30, shape=(0, -3, -4, -1, 5)),
    "reshape_rest": lambda: of("reshape", (2, 3, 4), shape=(-1, 3, -2)),
    "expand_dims": lambda: of("expand_dims", (2, 3), axis=-2, num_newaxis=3),
    "squeeze": lambda: of("squeeze", (1, 3, 1, 4)),
    "squeeze_one": lambda: of("squeeze", (1, 3, 1, 4), bits=32, axis=(-2,)),
    "transpose": lambda: of("transpose", (2, 3, 4, 5), axes=(0, 2, -1, 1)),
    "transpose_reversed": lambda: of("transpose", (2, 3, 4), bits=32),
    "transpose_special": lambda: of("transpose", (2, 3, 4), axes=(1, 2, 0)),
    "repeat": lambda: of("repeat", (2, 3, 4), bits=27, repeats=3, axis=-2),
    "tile": lambda: of("tile", (2, 3), reps=(2, 1, 3)),
    "tile_last": lambda: of("tile", (2, 3, 4), bits=32, reps=(2,)),
    "strided_slice": lambda: of("strided_slice", (3, 7, 6), begin=(0, -2, 9), end=(2, -9, 1), stride=(1, -2, -3)),
    "strided_slice_front": lambda: of("strided_slice", (3, 7, 6), bits=32, begin=(-9, 1), end=(9,), stride=(2, 3)),
    "slice_like": lambda: two("slice_like", (3, 4, 5), (2, 4, 1), 9, 32),
    "slice_like_axes": lambda: two("slice_like", (3, 4, 5), (2, 2), 32, 1, axis=(-2,)),
    "take": lambda: indexed((3, 4, 5), (2, 7), 8, axis=1),
    "take_rows": lambda: indexed((3, 4), (2, 7), 32, axis=-2),
    "take_flat": lambda: indexed((3, 4), (7,), 8),
    "where": lambda: of("where", (4, 30), ((4, 30), 9), ((4, 30), 3), bits=9),
    "where_rows": lambda: of("where", (30,), ((30,), 30), ((30,), 32), bits=32),
    "get_valid_counts": lambda: counted((2, 40, 6), 9, 0, score_threshold=5),
    "get_valid_counts_rows": lambda: counted((3, 40, 3), 20, 1, score_threshold=-4),
    "non_max_suppression": lambda: suppressed((1, 300, 6), 8),
    "non_max_suppression_forced": lambda: suppressed((1, 60, 6), 30, -4, force_suppress=True, iou_threshold=20),
    "non_max_suppression_limited": lambda: suppressed((1, 60, 6), 20, iou_threshold=70, top_k=40, max_output_size=9),
    "two_outputs": two_outputs,
    "residual": residual,
}

UNCOMPILED: Mapping[str, Callable[[], Case]] = {"cvm_left_shift": lambda: of("cvm_left_shift", (2, 30), bits=20, precision=25, shift_bit=12)}
"""Operators that `check_rules` refuses."""

ALL = {**CASES, **UNCOMPILED}


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
