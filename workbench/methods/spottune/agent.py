"""The agent: a small residual network that looks at the input and chooses a path for each block."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.base import LayerInfo

STAGES = 3
PARAMETERS_PER_SQUARED_WIDTH = 298
"""Kernels of three stages of widths w, 2w, 4w with one block each, about, in units of w squared."""
SHARE_OF_SOUND = 0.5
SHARE_OF_PICTURES = 0.2
LOOKED_AT_PX = 64
"""The smaller side that larger pictures are averaged down to, or less; the paper's own are 64 pixels wide."""


def _sees(shape: Sequence[int]) -> bool:
    """Whether examples (channel, height, width) are colored pictures; sound has one channel.

    So have grey digits, but their network is so small that its agent has the least width either way.
    """
    return shape[0] > 1


def fitting_width(layers: Sequence[LayerInfo]) -> int:
    """Width of an agent with the share of the backbone's parameters that SWR's tables imply.

    Half for sound (Table 1), a fifth for pictures (Table 3). A picture network's head is left out: its thousand classes
    may be a third of it, and the agent would compute more than the network does.
    """
    if _sees(layers[0].input_shape):
        body = sum(row.parameters for row in layers if row.group != "head")
        wanted = SHARE_OF_PICTURES * body
    else:
        wanted = SHARE_OF_SOUND * sum(row.parameters for row in layers)
    return max(4, round(math.sqrt(wanted / PARAMETERS_PER_SQUARED_WIDTH)))


class _Block(nn.Module):
    """Two 3x3 convolutions with a shortcut; (batch, c_in, h, w) to (batch, c_out, h / stride, w / stride)."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)
        keeps_shape = c_in == c_out and stride == 1
        self.shortcut = None if keeps_shape else nn.Conv2d(c_in, c_out, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        return F.relu(out + (x if self.shortcut is None else self.shortcut(x)))


class Agent(nn.Module):
    """Examples (batch, channel, height, width) to scores (batch, block, 2): for the tuned path, for the frozen one.

    Args:
        shape: Of one example; a large picture is averaged down before the agent looks at it.
        width: Channels of the first stage.
        blocks: Choices to make.
    """

    def __init__(self, shape: Sequence[int], width: int, blocks: int) -> None:
        super().__init__()
        widths = [width * 2**i for i in range(STAGES)]
        self.average = nn.AvgPool2d(math.ceil(min(shape[1:]) / LOOKED_AT_PX) if _sees(shape) else 1)
        self.stem = nn.Conv2d(shape[0], width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.stages = nn.Sequential(
            _Block(width, width, 1), *(_Block(w // 2, w, 2) for w in widths[1:])
        )
        self.choose = nn.Linear(widths[-1], 2 * blocks)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stages(F.relu(self.norm(self.stem(self.average(x)))))
        return self.choose(x.mean((2, 3))).unflatten(1, (-1, 2))  # type: ignore[no-any-return]
