"""ResNet-18, ResNet-34 and ResNet-50 for ImageNet's pictures.

Source: He et al., "Deep Residual Learning for Image Recognition" (2016), with the stride of ResNet-50's blocks in
their 3x3 convolution, as torchvision's public weights have it; the parameter names are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.picture_parts import PictureBackbone, draw_he, picture_input, pooled

STEM_WIDTH = 64


@dataclass(frozen=True)
class ResNetShape:
    """Attributes: blocks of the four stages, and whether they narrow to a quarter inside."""

    blocks: tuple[int, int, int, int]
    has_bottleneck: bool

    @property
    def expansion(self) -> int:
        """Channels that a block gives, for each one inside."""
        return 4 if self.has_bottleneck else 1


RESNET_SHAPES = {
    "resnet18": ResNetShape((2, 2, 2, 2), False),
    "resnet34": ResNetShape((3, 4, 6, 3), False),
    "resnet50": ResNetShape((3, 4, 6, 3), True),
}


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut; the first takes the stride.

    Input (batch, c_in, height, width), output (batch, width, height / stride, width / stride).

    Args:
        downsample: The shortcut, under the public weights' name for it: (batch, c_in, height, width) to the output's
            shape.
    """

    def __init__(self, c_in: int, width: int, stride: int, downsample: nn.Module) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.downsample(x), inplace=True)


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions with a shortcut; the 3x3 one takes the stride. Gives four times ``width``.

    Otherwise as ``BasicBlock``.
    """

    def __init__(self, c_in: int, width: int, stride: int, downsample: nn.Module) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = F.relu(self.bn2(self.conv2(out)), inplace=True)
        out = self.bn3(self.conv3(out))
        return F.relu(out + self.downsample(x), inplace=True)


class ResidualNetwork(PictureBackbone):
    """A network whose layers are named ``layer<stage>.<block>.…`` between stem and head."""

    def block_of(self, module_name: str) -> str:
        first, *rest = module_name.split(".")
        if first.startswith("layer"):
            return f"stage {first.removeprefix('layer')}, block {int(rest[0]) + 1}"
        return "head" if module_name == self.head_name else "stem"


class ResNet(ResidualNetwork):
    """ResNet for pictures (batch, 3, height, width); embedding width 512, or 2048 with bottlenecks."""

    head_name = "fc"

    def __init__(self, name: str, classes: int) -> None:
        super().__init__(name, picture_input(224))
        shape = RESNET_SHAPES[name]
        self.conv1 = nn.Conv2d(3, STEM_WIDTH, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(STEM_WIDTH)
        channels = STEM_WIDTH
        for stage, blocks in enumerate(shape.blocks):
            width = STEM_WIDTH * 2**stage
            self.add_module(f"layer{stage + 1}", _stage(shape, channels, width, blocks, stage > 0))
            channels = width * shape.expansion
        self.fc = nn.Linear(channels, classes)
        draw_he(self)

    def features(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.max_pool2d(x, 3, 2, 1)
        for stage in range(1, 5):
            x = self.get_submodule(f"layer{stage}")(x)
        return pooled(x)

    def head(self, embedding: Tensor) -> Tensor:
        return self.fc(embedding)  # type: ignore[no-any-return]


def _stage(
    shape: ResNetShape, channels: int, width: int, blocks: int, halves: bool
) -> nn.Sequential:
    block = Bottleneck if shape.has_bottleneck else BasicBlock
    stride, given = 2 if halves else 1, width * shape.expansion
    first = block(channels, width, stride, _projection(channels, given, stride))
    rest = (block(given, width, 1, nn.Identity()) for _ in range(blocks - 1))
    return nn.Sequential(first, *rest)


def _projection(c_in: int, c_out: int, stride: int) -> nn.Module:
    """Shortcut B of the paper: a 1x1 convolution with norm, and only where the shape changes."""
    if c_in == c_out and stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))
