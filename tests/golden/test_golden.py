"""Each pass and the lowering on small graphs, as text beside this file.

After a change that is meant, look at the difference and run ``MRT_REWRITE_GOLDEN=1 python -m pytest tests/golden``.
"""

import difflib
import os
from pathlib import Path

import pytest

from mrt_studio.cvm.requant import GuardBits
from mrt_studio.ir.text import to_text
from mrt_studio.ops.lowering import LoweringOptions
from mrt_studio.passes.base import passes
from tests.nets import built, lowered, prepared

FOLDER = Path(__file__).parent
REWRITE = os.environ.get("MRT_REWRITE_GOLDEN") == "1"


def check(name: str, text: str) -> None:
    """Compare with ``name.txt``, showing a diff."""
    path = FOLDER / f"{name}.txt"
    if REWRITE:
        path.write_text(text)
    assert path.is_file(), f"{path.name} is missing: {__doc__}"
    expected = path.read_text()
    diff = "\n".join(difflib.unified_diff(expected.splitlines(), text.splitlines(), path.name, "now", lineterm=""))
    assert expected == text, f"\n{diff}\n{__doc__}"


def bn(b, x, param, name, channels, **attributes):
    values = {"gamma": 1.5, "beta": attributes.pop("beta", 0.25), "mean": -0.5, "variance": 4.0}
    return b.op("BatchNorm", x, *(param(f"{name}_{k}", channels, value=v) for k, v in values.items()), name=name, fix_gamma=False, **attributes)


def conv(b, x, param, name, channels, filters, *, bias=False, **attributes):
    kernel = attributes.pop("kernel", (3, 3))
    refs = [x, param(f"{name}_weight", filters, channels // attributes.get("num_group", 1), *kernel)]
    refs += [param(f"{name}_bias", filters)] if bias else []
    return b.op("Convolution", *refs, name=name, kernel=kernel, num_filter=filters, no_bias=not bias, **attributes)


def pads(b, param):
    """Case 1 and case 2, and one that is left alone because two nodes read it."""
    x = b.input("data", (1, 4, 8, 8))

    def pad(ref, name, *width):
        return b.op("Pad", ref, name=name, mode="constant", pad_width=(0, 0, 0, 0, *width))

    even = conv(b, pad(x, "even", 1, 1, 2, 2), param, "conv1", 4, 4, kernel=(3, 5))
    uneven = conv(b, pad(even, "uneven", 0, 1, 1, 0), param, "conv2", 4, 4, stride=(2, 2), num_group=4)
    shared = pad(uneven, "shared", 1, 1, 1, 1)
    return [conv(b, shared, param, "conv3", 4, 4), conv(b, shared, param, "conv4", 4, 4)]


def norms(b, param):
    """After a convolution with and without bias, after a dense layer, in front, and behind a branch."""
    x = bn(b, b.input("data", (1, 4, 6, 6)), param, "front", 4)
    y = bn(b, conv(b, x, param, "conv1", 4, 6, bias=True, pad=(1, 1)), param, "bn1", 6)
    y = bn(b, conv(b, y, param, "conv2", 6, 6, pad=(1, 1)), param, "bn2", 6)
    z = conv(b, y, param, "conv3", 6, 6)
    branch = b.op("relu", z, name="branch")
    y = b.op("flatten", b.op("elemwise_add", bn(b, z, param, "bn3", 6), branch, name="add"), name="flat")
    y = b.op("FullyConnected", y, param("fc_weight", 3, 96), param("fc_bias", 3), name="fc", num_hidden=3)
    return bn(b, y, param, "bn4", 3)


def shared_weight(b, param):
    """One weight under two batch normalisations."""
    x, w = b.input("data", (1, 2, 4, 4)), param("weight", 2, 2, 1, 1)
    ys = [b.op("Convolution", x, w, name=f"conv{i}", kernel=(1, 1), num_filter=2, no_bias=True) for i in (1, 2)]
    return b.op("elemwise_add", bn(b, ys[0], param, "bn1", 2), bn(b, ys[1], param, "bn2", 2), name="add")


def old_words(b, param):
    """Operators that legalize rewrites."""
    x = b.op("Activation", b.input("data", (1, 3, 6, 6)), name="act", act_type="relu")
    y = b.op("Pooling", x, name="avg", kernel=(2, 2), stride=(2, 2), pool_type="avg")
    y = b.op("Dropout", bn(b, y, param, "bn", 3), name="drop")
    tops = [b.op("Pooling", y, name=f"{kind}_all", pool_type=kind, global_pool=True) for kind in ("avg", "max")]
    y = b.op("Concat", *tops, name="join", num_args=2)
    return b.op("FullyConnected", y, param("fc_weight", 2, 6), name="fc", num_hidden=2, no_bias=True)


def constants(b, param):
    """A chain of constants with a parameter, one that is read twice, and one that nothing but a constant reads."""
    ones = b.op("_ones", name="ones", shape=(1, 3, 1))
    scaled = b.op("broadcast_mul", ones, param("scale", 1, 3, 1), name="scaled")
    line = b.op("_arange", name="line", start=4.0)
    grid = b.op("broadcast_add", scaled, line, name="grid")
    x = b.op("broadcast_add", b.input("data", (1, 3, 4)), grid, name="first")
    return b.op("broadcast_mul", x, line, name="second")


def labels(b, param):
    """An output layer of training, with a label that nobody feeds."""
    x = b.op("FullyConnected", b.input("data", (1, 4)), param("w", 3, 4), name="fc", num_hidden=3, no_bias=True)
    return b.op("SoftmaxOutput", x, b.input("label", (1,)), name="softmax")


def layers(b, param):
    """A pointwise, a depthwise and a pointwise convolution with ReLUs, and a ReLU6 that is left alone."""
    y = b.op("relu", conv(b, b.input("data", (1, 3, 6, 6)), param, "expand", 3, 4, bias=True, kernel=(1, 1)), name="relu1")
    y = b.op("relu", conv(b, y, param, "deep", 4, 4, num_group=4, pad=(1, 1)), name="relu2")
    y = b.op("clip", conv(b, y, param, "project", 4, 2, kernel=(1, 1)), name="relu6", a_min=0.0, a_max=6.0)
    return conv(b, y, param, "last", 2, 2, kernel=(1, 1))


def acts(b, param):
    """A high bias in front of a pointwise convolution, one in front of a convolution that pads, and one in front of a ReLU6."""
    y = b.op("relu", bn(b, b.input("data", (1, 2, 4, 4)), param, "bn1", 2, beta=5.0), name="relu1")
    y = bn(b, conv(b, y, param, "point", 2, 3, bias=True, kernel=(1, 1)), param, "bn2", 3, beta=5.0)
    y = bn(b, conv(b, b.op("relu", y, name="relu2"), param, "wide", 3, 2, pad=(1, 1)), param, "bn3", 2, beta=5.0)
    return conv(b, b.op("clip", y, name="relu6", a_min=0.0, a_max=6.0), param, "last", 2, 2, kernel=(1, 1))


GRAPHS = {
    "acts": acts,
    "constants": constants,
    "labels": labels,
    "layers": layers,
    "norms": norms,
    "old_words": old_words,
    "pads": pads,
    "shared_weight": shared_weight,
}
PASSES = {
    "drop_labels": ("labels",),
    "fold_constants": ("constants",),
    "fold_pad": ("pads",),
    "fold_batch_norm": ("norms", "shared_weight"),
    "legalize": ("old_words", "norms"),
    "absorb_bias": ("acts",),
    "equalize": ("layers",),
}


@pytest.mark.parametrize(("name", "graph"), [(p, g) for p, graphs in PASSES.items() for g in graphs])
def test_pass(name, graph):
    before = built(GRAPHS[graph]).with_own_origin()
    check(f"{name}-{graph}", f"{to_text(before)}\n{name}\n\n{to_text(passes[name]().run(before))}")


def test_every_pass_has_a_golden_text():
    assert set(PASSES) == set(passes)


def classifier(b, param):
    """Convolution, relu, pooling, residual sum, dense layer."""
    y = b.op("relu", conv(b, b.input("data", (1, 3, 8, 8)), param, "conv1", 3, 4, bias=True, pad=(1, 1)), name="relu1")
    z = conv(b, y, param, "conv2", 4, 4, pad=(1, 1))
    y = b.op("Pooling", b.op("elemwise_add", y, z, name="add"), name="pool", kernel=(2, 2), stride=(2, 2))
    y = b.op("flatten", b.op("clip", y, name="relu6", a_min=0.0, a_max=6.0), name="flat")
    return b.op("FullyConnected", y, param("fc_weight", 5, 64), param("fc_bias", 5), name="fc", num_hidden=5)


def joined(b, param):
    """A concatenation of tensors of very different ranges, an average, and a product."""
    x = b.input("data", (1, 4, 4, 4))
    y = b.op("Concat", x, conv(b, x, param, "conv", 4, 2, kernel=(1, 1)), param("fixed", 1, 2, 4, 4), name="join", num_args=3)
    y = b.op("broadcast_mul", y, param("gains", 1, 8, 1, 1), name="gain")
    return b.op("Pooling", b.op("broadcast_add", y, param("zeros", 1, 8, 1, 1, value=0.0), name="shift"), name="mean", pool_type="avg", global_pool=True)


LOWERED = {
    "classifier": (classifier, {"data": 2.5, "conv1": 12, "relu1": 12, "conv2": 40, "add": 44, "pool": 44, "relu6": 6, "flat": 6, "fc": 60}, {}),
    "narrow": (
        classifier,
        {"data": 2.5, "conv1": 12, "relu1": 12, "conv2": 40, "add": 44, "pool": 44, "relu6": 6, "flat": 6, "fc": 60},
        {"output_precision": 8},
    ),
    "accurate": (
        classifier,
        {"data": 2.5, "conv1": 12, "relu1": 12, "conv2": 40, "add": 44, "pool": 44, "relu6": 6, "flat": 6, "fc": 60},
        {"requantizer": GuardBits(), "options": LoweringOptions(weights="channel", activations="unsigned", wide=frozenset({"fc"}))},
    ),
    "joined": (joined, {"data": 1, "conv": 900, "join": 900, "gain": 1200, "shift": 1200, "mean_sum": 9000, "mean": 600}, {}),
}


@pytest.mark.parametrize("name", LOWERED)
def test_lowering(name):
    write, thresholds, options = LOWERED[name]
    graph = prepared(built(write))
    ranges = {n: float(abs(a).max()) for n, a in graph.params.items()}
    model = lowered(graph, ranges | thresholds, **options)
    steps = "\n".join(f"{s.source} -> {s.target}: * {s.frac} >> {s.shift}, {s.precision} bits, scale {s.scale:.9g}" for s in model.steps)
    tensors = "\n".join(f"{n}: {q.ref.name}, scale {q.scale:.9g}, {q.precision} bits, threshold {q.threshold:.9g}" for n, q in model.tensors.items())
    check(
        f"lower-{name}", "\n".join([to_text(graph), "lowered", "", to_text(model.graph), "steps", steps, "", "tensors", tensors, "", "notes", *model.notes, ""])
    )


def test_a_pad_that_two_nodes_read_stays():
    assert [n.name for n in prepared(built(pads)).operators if n.op.name == "Pad"] == ["shared"]
