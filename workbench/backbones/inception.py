"""InceptionV3 for pictures of 299 pixels.

Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision" (2016). The parameter names are
those of torchvision's public weights. Those read values from -1 to 1, which torchvision's ``transform_input`` makes of
ImageNet-normalised ones; here the configuration of the input says so itself: mean 0.5, deviation 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.dropout import ChannelDropout
from workbench.backbones.picture_parts import PictureBackbone, draw_he, picture_input, pooled

EMBEDDING = 2048
NORM_EPSILON = 1e-3
STAGES = {"5": "stage 1", "6": "stage 2", "7": "stage 3"}
"""By the first digit behind ``Mixed_``: grids of 35, 17 and 8 positions a side."""


class ConvUnit(nn.Module):
    """Bias-free convolution, norm and ReLU."""

    def __init__(
        self, c_in: int, c_out: int, size: tuple[int, int], stride: int = 1, is_padded: bool = False
    ) -> None:
        super().__init__()
        padding = (size[0] // 2, size[1] // 2) if is_padded else 0
        self.conv = nn.Conv2d(c_in, c_out, size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(c_out, eps=NORM_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)), inplace=True)


@dataclass(frozen=True)
class Unit:
    """One convolution of a branch: its name, the channels it gives, its kernel."""

    name: str
    channels: int
    size: tuple[int, int] = (1, 1)


Branch = tuple[tuple[Unit, ...], ...]
"""Steps one after the other; where a step has two units, both read the same and their channels are put together."""


class Mixed(nn.Module):
    """Branches side by side, their channels put together.

    Args:
        c_in: Channels of the input.
        branches: What is computed beside the pooling branch.
        pooled_channels: Of the 1x1 convolution behind a mean over 3x3 positions. None halves the picture's sides: the
            last branch takes maxima, and the last unit of each other branch skips every second position.
    """

    def __init__(
        self, c_in: int, branches: tuple[Branch, ...], pooled_channels: int | None
    ) -> None:
        super().__init__()
        self.branches = branches
        self.halves = pooled_channels is None
        for branch in branches:
            channels = c_in
            for step in branch:
                strided = self.halves and step is branch[-1]
                for unit in step:
                    made = ConvUnit(
                        channels, unit.channels, unit.size, 2 if strided else 1, not strided
                    )
                    self.add_module(unit.name, made)
                channels = sum(unit.channels for unit in step)
        if pooled_channels is not None:
            self.branch_pool = ConvUnit(c_in, pooled_channels, (1, 1))

    def forward(self, x: Tensor) -> Tensor:
        found = [self._along(branch, x) for branch in self.branches]
        if self.halves:
            found.append(F.max_pool2d(x, 3, 2))
        else:
            found.append(self.branch_pool(F.avg_pool2d(x, 3, 1, 1)))
        return torch.cat(found, 1)

    def _along(self, branch: Branch, x: Tensor) -> Tensor:
        for step in branch:
            x = torch.cat([self.get_submodule(unit.name)(x) for unit in step], 1)
        return x


class Auxiliary(nn.Module):
    """A second head on stage 2, which helped to train the public weights."""

    def __init__(self, c_in: int, classes: int) -> None:
        super().__init__()
        self.conv0 = ConvUnit(c_in, 128, (1, 1))
        self.conv1 = ConvUnit(128, 768, (5, 5))
        self.fc = nn.Linear(768, classes)


_DOUBLE_3X3: Branch = (
    (Unit("branch3x3dbl_1", 64),),
    (Unit("branch3x3dbl_2", 96, (3, 3)),),
    (Unit("branch3x3dbl_3", 96, (3, 3)),),
)
_WIDE: tuple[Branch, ...] = (
    ((Unit("branch1x1", 64),),),
    ((Unit("branch5x5_1", 48),), (Unit("branch5x5_2", 64, (5, 5)),)),
    _DOUBLE_3X3,
)
_TO_17: tuple[Branch, ...] = (((Unit("branch3x3", 384, (3, 3)),),), _DOUBLE_3X3)
_TO_8: tuple[Branch, ...] = (
    ((Unit("branch3x3_1", 192),), (Unit("branch3x3_2", 320, (3, 3)),)),
    (
        (Unit("branch7x7x3_1", 192),),
        (Unit("branch7x7x3_2", 192, (1, 7)),),
        (Unit("branch7x7x3_3", 192, (7, 1)),),
        (Unit("branch7x7x3_4", 192, (3, 3)),),
    ),
)
_FANNED: tuple[Branch, ...] = (
    ((Unit("branch1x1", 320),),),
    (
        (Unit("branch3x3_1", 384),),
        (Unit("branch3x3_2a", 384, (1, 3)), Unit("branch3x3_2b", 384, (3, 1))),
    ),
    (
        (Unit("branch3x3dbl_1", 448),),
        (Unit("branch3x3dbl_2", 384, (3, 3)),),
        (Unit("branch3x3dbl_3a", 384, (1, 3)), Unit("branch3x3dbl_3b", 384, (3, 1))),
    ),
)


def _factorised(width: int) -> tuple[Branch, ...]:
    """7x7 kernels as a row and a column, with ``width`` channels in between."""
    return (
        ((Unit("branch1x1", 192),),),
        (
            (Unit("branch7x7_1", width),),
            (Unit("branch7x7_2", width, (1, 7)),),
            (Unit("branch7x7_3", 192, (7, 1)),),
        ),
        (
            (Unit("branch7x7dbl_1", width),),
            (Unit("branch7x7dbl_2", width, (7, 1)),),
            (Unit("branch7x7dbl_3", width, (1, 7)),),
            (Unit("branch7x7dbl_4", width, (7, 1)),),
            (Unit("branch7x7dbl_5", 192, (1, 7)),),
        ),
    )


class InceptionV3(PictureBackbone):
    """InceptionV3 for pictures (batch, 3, height, width); embedding width 2048.

    Args:
        classes: Outputs of the head.
        has_auxiliary: Adds the auxiliary head that the public weights were trained with and that the literature
            counts. It is never computed, neither in training nor in use, so the layer table leaves it out, and the
            registry builds without it.
    """

    head_name = "fc"

    def __init__(self, classes: int, has_auxiliary: bool = False) -> None:
        super().__init__("inception_v3", picture_input(299))
        self.Conv2d_1a_3x3 = ConvUnit(3, 32, (3, 3), 2)
        self.Conv2d_2a_3x3 = ConvUnit(32, 32, (3, 3))
        self.Conv2d_2b_3x3 = ConvUnit(32, 64, (3, 3), is_padded=True)
        self.Conv2d_3b_1x1 = ConvUnit(64, 80, (1, 1))
        self.Conv2d_4a_3x3 = ConvUnit(80, 192, (3, 3))
        self.Mixed_5b = Mixed(192, _WIDE, 32)
        self.Mixed_5c = Mixed(256, _WIDE, 64)
        self.Mixed_5d = Mixed(288, _WIDE, 64)
        self.Mixed_6a = Mixed(288, _TO_17, None)
        self.Mixed_6b = Mixed(768, _factorised(128), 192)
        self.Mixed_6c = Mixed(768, _factorised(160), 192)
        self.Mixed_6d = Mixed(768, _factorised(160), 192)
        self.Mixed_6e = Mixed(768, _factorised(192), 192)
        if has_auxiliary:
            self.AuxLogits = Auxiliary(768, classes)
        self.Mixed_7a = Mixed(768, _TO_8, None)
        self.Mixed_7b = Mixed(1280, _FANNED, 192)
        self.Mixed_7c = Mixed(EMBEDDING, _FANNED, 192)
        self.dropout = ChannelDropout(0.5)
        self.fc = nn.Linear(EMBEDDING, classes)
        draw_he(self)

    def features(self, x: Tensor) -> Tensor:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2))
        x = F.max_pool2d(self.Conv2d_4a_3x3(x), 3, 2)
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        return pooled(self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x))))

    def head(self, embedding: Tensor) -> Tensor:
        return self.fc(self.dropout(embedding))  # type: ignore[no-any-return]

    def block_of(self, module_name: str) -> str:
        first = module_name.partition(".")[0]
        if first.startswith("Mixed_"):
            place = first.removeprefix("Mixed_")
            return f"{STAGES[place[0]]}, block {place[1]}"
        return "stem" if first.startswith("Conv2d") else "head"
