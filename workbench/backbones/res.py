"""Res8, Res15, Res26 and their narrow forms: residual keyword-spotting networks.

Source: Tang and Lin, "Deep Residual Learning for Small-Footprint Keyword Spotting" (2018). Parameter names are
those of the public reference implementation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.base import Backbone, InputSpec


@dataclass(frozen=True)
class ResShape:
    """Attributes: layers after the first, channels, average pool after the first layer, dilation on or off."""

    layers: int
    maps: int
    pool: tuple[int, int] | None
    dilated: bool


RES_SHAPES = {
    "res8": ResShape(6, 45, (4, 3), False),
    "res8-narrow": ResShape(6, 19, (4, 3), False),
    "res15": ResShape(13, 45, None, True),
    "res15-narrow": ResShape(13, 19, None, True),
    "res15-narrow-pool": ResShape(13, 19, (2, 2), True),
    "res26": ResShape(24, 45, (2, 2), False),
    "res26-narrow": ResShape(24, 19, (2, 2), False),
}


class Res(Backbone):
    """Residual network over MFCC features (batch, 1, frame, coefficient); embedding width ``maps``.

    The skip path carries sums from before the norm, and the norms have no affine parameters.
    """

    head_name = "output"

    def __init__(self, name: str, classes: int) -> None:
        super().__init__(name, InputSpec((1, 101, 40), "(batch, 1, frame, coefficient)"))
        shape = RES_SHAPES[name]
        self.depth = shape.layers
        self.conv0 = nn.Conv2d(1, shape.maps, 3, padding=1, bias=False)
        self.pool = nn.AvgPool2d(shape.pool) if shape.pool else nn.Identity()
        for i in range(1, shape.layers + 1):
            reach = 2 ** ((i - 1) // 3) if shape.dilated else 1
            conv = nn.Conv2d(shape.maps, shape.maps, 3, padding=reach, dilation=reach, bias=False)
            self.add_module(f"conv{i}", conv)
            self.add_module(f"bn{i}", nn.BatchNorm2d(shape.maps, affine=False))
        self.output = nn.Linear(shape.maps, classes)

    def features(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.conv0(x)))
        skip = x
        for i in range(1, self.depth + 1):
            x = F.relu(self.get_submodule(f"conv{i}")(x))
            if i % 2 == 0:
                x = x + skip
                skip = x
            x = self.get_submodule(f"bn{i}")(x)
        return x.mean(dim=(2, 3))

    def head(self, embedding: Tensor) -> Tensor:
        return self.output(embedding)  # type: ignore[no-any-return]

    def group_of(self, module_name: str) -> str:
        if module_name == self.head_name:
            return "head"
        number = int(module_name.removeprefix("conv").removeprefix("bn"))
        return "stem" if number == 0 else f"stage {(number + 1) // 2}"
