"""ResNet-20, -32, -44 and -56 for pictures of 32 pixels, whose shortcuts have no parameters.

Source: He et al., "Deep Residual Learning for Image Recognition" (2016), section 4.2, shortcut A. The parameter names
are those of Y. Idelbayev's public weights.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.picture_parts import draw_he, picture_input, pooled
from workbench.backbones.resnet import BasicBlock, ResidualNetwork

WIDTHS = (16, 32, 64)
CIFAR_RESNET_BLOCKS = {"resnet20": 3, "resnet32": 5, "resnet44": 7, "resnet56": 9}
"""Blocks in each of the three stages."""


class PaddedShortcut(nn.Module):
    """Drops every other position and adds channels of zeros, half of them before the others and half behind.

    Input (batch, c_in, height, width), output (batch, c_out, height / 2, width / 2).
    """

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.padding = (c_out - c_in) // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))


class CifarResNet(ResidualNetwork):
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


def _stage(c_in: int, c_out: int, blocks: int) -> nn.Sequential:
    if c_in == c_out:
        first = BasicBlock(c_in, c_out, 1, nn.Identity())
    else:
        first = BasicBlock(c_in, c_out, 2, PaddedShortcut(c_in, c_out))
    rest = (BasicBlock(c_out, c_out, 1, nn.Identity()) for _ in range(blocks - 1))
    return nn.Sequential(first, *rest)
