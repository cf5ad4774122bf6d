"""ResNet-20, -32, -44 and -56 for pictures of 32 pixels, whose shortcuts have no parameters.

Source: He et al., "Deep Residual Learning for Image Recognition" (2016), section 4.2, shortcut A. The parameter names
are those of Y. Idelbayev's public weights.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.backbones.picture_parts import draw_he, picture_input, pooled
from workbench.backbones.resnet import residual_block

WIDTHS = (16, 32, 64)
CIFAR_RESNET_BLOCKS = {"resnet20": 3, "resnet32": 5, "resnet44": 7, "resnet56": 9}
"""Blocks in each of the three stages."""


class CifarBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut that drops every other position and adds channels of zeros.

    Input (batch, c_in, height, width), output (batch, c_out, height / stride, width / stride); half of the new channels
    come before the others and half behind.
    """

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.padding = (c_out - c_in) // 2
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        if self.padding:
            kept = x[:, :, :: self.stride, :: self.stride]
            x = F.pad(kept, (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(out + x, inplace=True)


class CifarResNet(Backbone):
    """Residual network for pictures (batch, 3, height, width); embedding width 64."""

    head_name = "linear"

    def __init__(self, name: str, classes: int) -> None:
        super().__init__(name, picture_input(32))
        blocks = CIFAR_RESNET_BLOCKS[name]
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.layer1 = _stage(WIDTHS[0], WIDTHS[0], blocks)
        self.layer2 = _stage(WIDTHS[0], WIDTHS[1], blocks)
        self.layer3 = _stage(WIDTHS[1], WIDTHS[2], blocks)
        self.linear = nn.Linear(WIDTHS[2], classes)
        draw_he(self)

    def features(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return pooled(self.layer3(self.layer2(self.layer1(x))))

    def head(self, embedding: Tensor) -> Tensor:
        return self.linear(embedding)  # type: ignore[no-any-return]

    def group_of(self, module_name: str) -> str:
        return self.block_of(module_name).partition(",")[0]

    def block_of(self, module_name: str) -> str:
        return residual_block(module_name, self.head_name)


def _stage(c_in: int, c_out: int, blocks: int) -> nn.Sequential:
    first = CifarBlock(c_in, c_out, 1 if c_in == c_out else 2)
    return nn.Sequential(first, *(CifarBlock(c_out, c_out, 1) for _ in range(blocks - 1)))
