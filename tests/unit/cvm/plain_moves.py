"""The operators that move or choose values, written element by element on plain integers."""

import itertools

import numpy as np


def rows(x):
    """The indices of all elements in order."""
    return list(itertools.product(*map(range, x.shape)))


def in_order(op, x):
    return np.array([x[at] for at in rows(x)], np.int64).reshape(op.infer((x.shape,))[0])


def filled(shape, value):
    out = np.empty(shape, np.int64)
    for at in rows(out):
        out[at] = value(at)
    return out


def transpose(op, x):
    axes = [a % x.ndim for a in op.axes] or list(reversed(range(x.ndim)))
    out = np.empty([x.shape[a] for a in axes], np.int64)
    for at in rows(x):
        out[tuple(at[a] for a in axes)] = x[at]
    return out


def repeat(op, x):
    axis = op.axis % x.ndim
    return filled(op.infer((x.shape,))[0], lambda at: x[(*at[:axis], at[axis] // op.repeats, *at[axis + 1 :])])


def tile(op, x):
    (shape,) = op.infer((x.shape,))
    return filled(shape, lambda at: x[tuple(i % n for i, n in zip(at[len(at) - x.ndim :], x.shape, strict=True))])


def strided_slice(op, x):
    chosen = []
    for axis, size in enumerate(x.shape):
        stride = op.stride[axis] if axis < len(op.stride) else 1
        low, high = (-1, size - 1) if stride < 0 else (0, size)
        ends = [op.begin[axis] if axis < len(op.begin) else 0, op.end[axis] if axis < len(op.end) else size]
        begin, end = (min(max(v + size if v < 0 else v, low), high) for v in ends)
        chosen.append(
            [i for i in range(-1, size + 1) if (i - begin) % stride == 0 and (begin <= i < end if stride > 0 else end < i <= begin)][:: int(np.sign(stride))]
        )
    return np.array([x[at] for at in itertools.product(*chosen)], np.int64).reshape([len(c) for c in chosen])


def slice_like(op, x, like):
    axes = {a % x.ndim for a in op.axis} or set(range(x.ndim))
    return filled([like.shape[i] if i in axes else n for i, n in enumerate(x.shape)], lambda at: x[at])


def take(op, x, indices):
    if op.axis is None:
        return filled(indices.shape, lambda at: x.flat[min(max(int(indices[at]), 0), x.size - 1)])
    axis = op.axis % x.ndim

    def value(at):
        index = int(indices[at[axis : axis + indices.ndim]])
        return x[(*at[:axis], min(max(index, 0), x.shape[axis] - 1), *at[axis + indices.ndim :])]

    return filled((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), value)


def get_valid_counts(op, x):
    found = [[row for row in sample.tolist() if row[1] > op.score_threshold] for sample in x]
    return np.array([len(rows) for rows in found]), np.array([padded(rows, *x.shape[1:]) for rows in found])


def padded(rows, count, width):
    return [*rows, *[[-1] * width] * (count - len(rows))]


def percent(a, b):
    """Intersection over union of two boxes, rounded down, or by a divided union where 64 bits would not do."""
    width, height = (max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    shared = width * height
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)) - shared
    if not shared:
        return 0
    return 100 * shared // union if 100 * shared < 2**63 else shared // (union // 100)


def non_max_suppression(op, x, counts):
    out = []
    for sample, count in zip(x.tolist(), counts.tolist(), strict=True):
        found = sorted(sample[: max(count, 0)], key=lambda row: -row[1])
        found = found[: op.top_k] if op.top_k >= 0 else found
        kept = []
        for row in found:
            rivals = [k for k in kept if op.force_suppress or k[0] == row[0]]
            if row[0] >= 0 and all(percent(k[2:], row[2:]) < op.iou_threshold for k in rivals):
                kept.append(row)
        out.append(padded(kept[: op.max_output_size] if op.max_output_size >= 0 else kept, *x.shape[1:]))
    return np.array(out)


PLAIN = {
    "cvm.get_valid_counts": get_valid_counts,
    "cvm.non_max_suppression": non_max_suppression,
    "cvm.reshape": in_order,
    "cvm.expand_dims": in_order,
    "cvm.squeeze": in_order,
    "cvm.transpose": transpose,
    "cvm.repeat": repeat,
    "cvm.tile": tile,
    "cvm.strided_slice": strided_slice,
    "cvm.slice_like": slice_like,
    "cvm.take": take,
    "cvm.where": lambda _, c, x, y: filled(x.shape, lambda at: x[at] if c[at] else y[at]),
}
