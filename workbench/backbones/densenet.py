"""DenseNets for pictures of 32 pixels: every layer reads all layers before it in its block.

Source: Huang et al., "Densely Connected Convolutional Networks" (2017), with 24 channels after the first layer. The
parameter names are those of A. Veit's public implementation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.picture_parts import PictureBackbone, draw_he, picture_input, pooled

GROWTH = 12
STEM_WIDTH = 2 * GROWTH
BLOCKS = 3


@dataclass(frozen=True)
class DenseShape:
    """Attributes: layers in each of three blocks, 1x1 convolutions before them, channels kept between blocks."""

    layers: int
    has_bottleneck: bool
    kept: float


DENSENET_SHAPES = {
    "densenet40-12": DenseShape(12, False, 1.0),
    "densenet100-bc": DenseShape(16, True, 0.5),
}


class DenseLayer(nn.Module):
    """Norm, ReLU and 3x3 convolution to twelve channels, which are appended to the input."""

    def __init__(self, c_in: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c_in)
        self.conv1 = nn.Conv2d(c_in, GROWTH, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.conv1(F.relu(self.bn1(x)))], 1)


class BottleneckLayer(nn.Module):
    """The same behind a 1x1 convolution to four times as many channels, with norm and ReLU of its own."""

    def __init__(self, c_in: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c_in)
        self.conv1 = nn.Conv2d(c_in, 4 * GROWTH, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(4 * GROWTH)
        self.conv2 = nn.Conv2d(4 * GROWTH, GROWTH, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.conv1(F.relu(self.bn1(x)))
        return torch.cat([x, self.conv2(F.relu(self.bn2(inner)))], 1)


class DenseBlock(nn.Module):
    """Layers of which each adds twelve channels."""

    def __init__(self, c_in: int, shape: DenseShape) -> None:
        super().__init__()
        kind = BottleneckLayer if shape.has_bottleneck else DenseLayer
        self.layer = nn.Sequential(*(kind(c_in + GROWTH * i) for i in range(shape.layers)))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)  # type: ignore[no-any-return]


class Transition(nn.Module):
    """1x1 convolution, then means over 2x2 positions."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c_in)
        self.conv1 = nn.Conv2d(c_in, c_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(self.conv1(F.relu(self.bn1(x))), 2)


class DenseNet(PictureBackbone):
    """DenseNet for pictures (batch, 3, height, width); embedding width 456 for depth 40, 342 for depth 100."""

    head_name = "fc"

    def __init__(self, name: str, classes: int) -> None:
        super().__init__(name, picture_input(32))
        shape = DENSENET_SHAPES[name]
        self.conv1 = nn.Conv2d(3, STEM_WIDTH, 3, padding=1, bias=False)
        channels = STEM_WIDTH
        for block in range(1, BLOCKS + 1):
            self.add_module(f"block{block}", DenseBlock(channels, shape))
            channels += GROWTH * shape.layers
            if block < BLOCKS:
                kept = int(channels * shape.kept)
                self.add_module(f"trans{block}", Transition(channels, kept))
                channels = kept
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(channels, classes)
        draw_he(self)

    def features(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        for block in range(1, BLOCKS):
            x = self.get_submodule(f"trans{block}")(self.get_submodule(f"block{block}")(x))
        return pooled(self.relu(self.bn1(self.get_submodule(f"block{BLOCKS}")(x))))

    def head(self, embedding: Tensor) -> Tensor:
        return self.fc(embedding)  # type: ignore[no-any-return]

    def block_of(self, module_name: str) -> str:
        """Each layer of a dense block, and each transition behind one, counts as a block."""
        first, *rest = module_name.split(".")
        if first.startswith("block"):
            return f"stage {first.removeprefix('block')}, layer {int(rest[1]) + 1}"
        if first.startswith("trans"):
            return f"stage {first.removeprefix('trans')}, transition"
        return {"conv1": "stem", "bn1": "tail"}.get(first, "head")
