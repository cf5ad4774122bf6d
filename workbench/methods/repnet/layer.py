"""The side network and its modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo, LayerKind

POOL = 2
GROUPS = 2
STANDARDIZE_EPS = 1e-5
SMALL_MAP = 7
"""Pooled maps up to this size, in the smaller direction, get 3x3 kernels, larger ones 5x5."""


@dataclass(frozen=True)
class Boundary:
    """A stage of the main network, with what flows into and out of it.

    Attributes:
        stage: Its group in the layer table.
        reads: Shape (channel, height, width) that its side module reads.
        writes: Shape that the module's output is added to.
        reader: Layer before which the module reads.
        writer: Layer where it adds: before it, or behind it when ``behind``.
    """

    stage: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    reader: str
    writer: str
    behind: bool

    @property
    def pool(self) -> tuple[int, int]:
        """Positions that the module takes the mean over; a map of one row or column keeps it."""
        return min(POOL, self.reads[1]), min(POOL, self.reads[2])

    @property
    def pooled(self) -> tuple[int, int]:
        return self.reads[1] // self.pool[0], self.reads[2] // self.pool[1]

    @property
    def kernel(self) -> int:
        return 3 if min(self.pooled) <= SMALL_MAP else 5

    @property
    def groups(self) -> int:
        return GROUPS if self.reads[0] % GROUPS == 0 else 1

    def width(self, expand: float) -> int:
        """Inner channels: a multiple of the groups."""
        return max(1, round(expand * self.writes[0] / self.groups)) * self.groups


def boundaries(layers: Sequence[LayerInfo]) -> tuple[Boundary, ...]:
    """The stages in order. The first module reads the network's input, the others what enters their stage."""
    groups = list(dict.fromkeys(row.group for row in layers))
    rows = {group: [row for row in layers if row.group == group] for group in groups}
    found: list[Boundary] = []
    for before, group, after in zip(groups, groups[1:], groups[2:], strict=False):
        if not group.startswith("stage"):
            continue
        reader = rows[group][0] if found else rows[before][0]
        follower, last = rows[after][0], rows[group][-1]
        # What a norm at a stage's end gives is what the next one reads, perhaps in several places.
        behind = last.kind is LayerKind.NORM or len(follower.input_shape) < len(last.output_shape)
        found.append(
            Boundary(
                group,
                reader.input_shape,
                last.output_shape if behind else follower.input_shape,
                reader.name,
                last.name if behind else follower.name,
                behind,
            )
        )
    return tuple(found)


class StandardizedConv(nn.Conv2d):
    """Convolution whose kernels have mean 0 and deviation 1 for each output channel."""

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        mean = weight.mean((1, 2, 3), keepdim=True)
        spread = weight.std((1, 2, 3), keepdim=True, correction=0)
        standardized = (weight - mean) / (spread + STANDARDIZE_EPS)
        return super()._conv_forward(x, standardized, bias)  # type: ignore[no-any-return]


class SideModule(nn.Module):
    """Pool, wide convolution, norm, ReLU, 1x1, norm that starts at zero; enlarged to what it is added to."""

    def __init__(self, boundary: Boundary, expand: float) -> None:
        super().__init__()
        width, kernel = boundary.width(expand), boundary.kernel
        self.wide = StandardizedConv(
            boundary.reads[0],
            width,
            kernel,
            padding=kernel // 2,
            groups=boundary.groups,
            bias=False,
        )
        self.norm = nn.BatchNorm2d(width)
        self.mix = StandardizedConv(width, boundary.writes[0], 1, bias=False)
        self.last_norm = nn.BatchNorm2d(boundary.writes[0])
        nn.init.zeros_(self.last_norm.weight)
        self.pool = boundary.pool
        self.size = boundary.writes[1:]

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.wide(F.avg_pool2d(x, self.pool))))
        x = self.last_norm(self.mix(x))
        if tuple(x.shape[2:]) == self.size:
            return x
        return F.interpolate(x, self.size, mode="bilinear", align_corners=False)


class SideNet(nn.Module):
    """The side modules of all stages, hooked into a backbone.

    It holds what each module reads only for the length of one forward pass.
    """

    def __init__(self, stages: Sequence[Boundary], expand: float) -> None:
        super().__init__()
        self.stages = tuple(stages)
        self.parts = nn.ModuleList(SideModule(stage, expand) for stage in stages)
        self._read: dict[int, Tensor] = {}

    def hang_on(self, backbone: Backbone) -> None:
        """Become the module ``side`` of a backbone and hook into its stages, in network order."""
        backbone.add_module("side", self)
        for index, stage in enumerate(self.stages):
            reader = backbone.get_submodule(stage.reader)
            reader.register_forward_pre_hook(_Reader(self, index))
            writer = backbone.get_submodule(stage.writer)
            if stage.behind:
                writer.register_forward_hook(_Behind(self, index))
            else:
                # Before the next stage's own reader, which shall read the sum.
                writer.register_forward_pre_hook(_Before(self, index))

    def keep(self, index: int, x: Tensor) -> None:
        self._read[index] = x

    def added(self, index: int, x: Tensor) -> Tensor:
        """``x`` plus what the module makes of what it has read."""
        out: Tensor = x + self.parts[index](self._read.pop(index))
        return out


class _Hook:
    """A hook that is copied together with the network it belongs to."""

    def __init__(self, side: SideNet, index: int) -> None:
        self.side = side
        self.index = index


class _Reader(_Hook):
    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.side.keep(self.index, inputs[0])


class _Before(_Hook):
    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (self.side.added(self.index, inputs[0]),)


class _Behind(_Hook):
    def __call__(self, module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        return self.side.added(self.index, output)


@torch.no_grad()
def draw_side(side: SideNet, generator: torch.Generator) -> None:
    """He et al. 2015, normal; only the direction of a standardised kernel matters."""
    for module in side.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
