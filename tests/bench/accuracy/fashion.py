"""Train two small nets on Fashion-MNIST for the benchmark: a depthwise one and ResNet-20.

Usage: python -m tests.bench.accuracy.fashion DATA OUT [--nets depthwise resnet20] [--epochs N]

DATA is the folder of the four IDX files, as Debian's package dataset-fashion-mnist has them. An epoch takes about half a CPU
minute for the depthwise net and four for ResNet-20. Seeds are fixed; MXNet's sums are not the same on every machine, so a
net is trained once and kept.
"""

import argparse
import gzip
import struct
from pathlib import Path

import numpy as np

BATCH, RATE, CALIBRATION = 64, 0.05, 256
MEAN, STD = 0.286, 0.353
"""Of the training pixels, from 0 to 1."""


def main() -> None:
    """Train what is not there yet, and write the data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--nets", nargs="+", choices=tuple(NETS), default=list(NETS))
    parser.add_argument("--epochs", type=int, help="of each net, instead of what follows from its size")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    images, labels = pixels(options.data / "train-images-idx3-ubyte.gz"), integers(options.data / "train-labels-idx1-ubyte.gz")
    np.save(options.out / "calibration.npy", images[:CALIBRATION])
    np.save(options.out / "scored.npy", pixels(options.data / "t10k-images-idx3-ubyte.gz"))
    np.save(options.out / "labels.npy", integers(options.data / "t10k-labels-idx1-ubyte.gz"))
    for name in options.nets:
        if not (options.out / f"{name}-symbol.json").exists():
            build, epochs = NETS[name]
            train(build(), images, labels, options.epochs or epochs).export(str(options.out / name), epoch=0)


def pixels(path: Path) -> np.ndarray:
    """Normalised images, (n, 1, 28, 28) float32."""
    raw = gzip.decompress(path.read_bytes())
    count, height, width = struct.unpack(">III", raw[4:16])
    return ((np.frombuffer(raw, np.uint8, offset=16).reshape(count, 1, height, width) / 255 - MEAN) / STD).astype(np.float32)


def integers(path: Path) -> np.ndarray:
    """Labels, (n,)."""
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=8).astype(np.int64)


def depthwise():
    """Five depthwise separable blocks, 57,000 parameters."""
    from mxnet.gluon import nn

    net = nn.HybridSequential(prefix="depthwise_")
    with net.name_scope():
        net.add(nn.Conv2D(32, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
        inputs = 32
        for channels, strides in ((64, 2), (64, 1), (128, 2), (128, 1), (128, 1)):
            net.add(nn.Conv2D(inputs, 3, strides, 1, groups=inputs, in_channels=inputs, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
            net.add(nn.Conv2D(channels, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
            inputs = channels
        net.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))
    return net


def resnet20():
    """ResNet-20 for small images [He et al. 2016], on one channel."""
    from mxnet.gluon import nn
    from mxnet.gluon.model_zoo.vision.resnet import BasicBlockV1

    net = nn.HybridSequential(prefix="resnet20_")
    with net.name_scope():
        net.add(nn.Conv2D(16, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
        inputs = 16
        for channels in (16, 32, 64):
            for block in range(3):
                strides = 2 if block == 0 and channels > 16 else 1
                net.add(BasicBlockV1(channels, strides, strides > 1, in_channels=inputs))
                inputs = channels
        net.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))
    return net


NETS = {"depthwise": (depthwise, 4), "resnet20": (resnet20, 2)}
"""How each is built, and its epochs."""


def train(net, images: np.ndarray, labels: np.ndarray, epochs: int):
    """Stochastic gradient descent with momentum and a cosine rate; returns the hybridized net."""
    import mxnet as mx
    from mxnet import autograd, gluon

    mx.random.seed(0)
    order = np.random.RandomState(0)
    net.initialize(mx.init.Xavier())
    net.hybridize()
    steps = epochs * (len(images) // BATCH)
    schedule = mx.lr_scheduler.CosineScheduler(steps, RATE)
    trainer = gluon.Trainer(net.collect_params(), "nag", {"lr_scheduler": schedule, "learning_rate": RATE, "momentum": 0.9, "wd": 1e-4})
    loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
    for epoch in range(epochs):
        total, rows = 0.0, order.permutation(len(images))
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            batch = rows[start : start + BATCH]
            x = images[batch][:, :, :, :: order.choice((-1, 1))]
            with autograd.record():
                loss = loss_of(net(mx.nd.array(x)), mx.nd.array(labels[batch]))
            loss.backward()
            trainer.step(BATCH)
            total += float(loss.mean().asscalar())
        print(f"epoch {epoch + 1}: loss {total / (len(rows) // BATCH):.3f}", flush=True)
    return net


if __name__ == "__main__":
    main()
