"""The side network and its modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.backbones.mobilenet import rounded_width

POOL = 2
GROUPS = 2
STANDARDIZE_EPS = 1e-5
SMALL_MAP = 7
"""Pooled maps up to this size, in the smaller direction, get 3x3 kernels, larger ones 5x5."""


@dataclass(frozen=True)
class Boundary:
    """A map (channel, height, width) between two parts of the main network.

    Attributes:
        module: Module that reads the map; the one that gives it when ``behind``.
        behind: No single module reads the map, since its mean is taken first.
        shape: Of one example.
    """

    module: str
    behind: bool
    shape: tuple[int, ...]


def boundaries(layers: Sequence[LayerInfo]) -> tuple[Boundary, ...]:
    """The network's input, what enters each stage, and what leaves the last one.

    Maps are met at whole blocks, because a block's first layer may share its input with other branches and its last
    layer may give only some of the channels.
    """
    first: dict[str, LayerInfo] = {}
    for row in layers:
        first.setdefault(row.group, row)
    stages = [row for group, row in first.items() if group.startswith("stage")]
    read = [Boundary(_unit(layers, row), False, row.input_shape) for row in (layers[0], *stages)]
    return (*read, _left(layers))


def _left(layers: Sequence[LayerInfo]) -> Boundary:
    last = [row for row in layers if row.group.startswith("stage")][-1]
    follower = layers[last.index + 1]
    if len(follower.input_shape) == len(last.output_shape):
        return Boundary(_unit(layers, follower), False, follower.input_shape)
    # A head reads means of all channels; any other linear layer may read the positions one by one.
    channels = follower.input_shape[0] if follower.group == "head" else last.output_shape[0]
    return Boundary(_unit(layers, last), True, (channels, *last.output_shape[1:]))


def _unit(layers: Sequence[LayerInfo], row: LayerInfo) -> str:
    """The outermost module around a layer that holds layers of its block alone."""
    parts = row.name.split(".")
    around = (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return next(
        name
        for name in around
        if all(r.block == row.block for r in layers if f"{r.name}.".startswith(f"{name}."))
    )


@dataclass(frozen=True)
class SideShape:
    """Sizes of one side module. Attributes: shapes (channel, height, width) that it reads and adds to."""

    reads: tuple[int, ...]
    writes: tuple[int, ...]

    @property
    def pool(self) -> tuple[int, int]:
        """Positions that the module takes the mean over: two in each direction, more behind a stem that skips more."""
        return self._pool_of(1), self._pool_of(2)

    def _pool_of(self, axis: int) -> int:
        return min(max(POOL, self.reads[axis] // self.writes[axis]), self.reads[axis])

    @property
    def pooled(self) -> tuple[int, int]:
        return self.reads[1] // self.pool[0], self.reads[2] // self.pool[1]

    @property
    def kernel(self) -> int:
        return 3 if min(self.pooled) <= SMALL_MAP else 5

    @property
    def groups(self) -> int:
        """Two, but one for an odd number of channels, which cannot be halved."""
        return GROUPS if self.reads[0] % GROUPS == 0 else 1

    def width(self, expand: float) -> int:
        """Inner channels: a multiple of eight, which both numbers of groups divide."""
        return rounded_width(expand * self.reads[0])


def side_shapes(layers: Sequence[LayerInfo]) -> tuple[SideShape, ...]:
    """One module from each boundary to the next, and one from the last boundary to itself."""
    shapes = [boundary.shape for boundary in boundaries(layers)]
    return tuple(map(SideShape, shapes, (*shapes[1:], shapes[-1])))


class StandardizedConv(nn.Conv2d):
    """Convolution whose kernels have mean 0 and deviation 1 for each output channel."""

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        mean = weight.mean((1, 2, 3), keepdim=True)
        spread = weight.std((1, 2, 3), keepdim=True, correction=0)
        standardized = (weight - mean) / (spread + STANDARDIZE_EPS)
        return super()._conv_forward(x, standardized, bias)  # type: ignore[no-any-return]


class SideModule(nn.Module):
    """Pool, wide convolution, norm, ReLU, 1x1, norm that starts at zero; resized to what it is added to."""

    def __init__(self, shape: SideShape, expand: float) -> None:
        super().__init__()
        width, kernel = shape.width(expand), shape.kernel
        self.wide = StandardizedConv(
            shape.reads[0],
            width,
            kernel,
            padding=kernel // 2,
            groups=shape.groups,
            bias=False,
        )
        self.norm = nn.BatchNorm2d(width)
        self.mix = StandardizedConv(width, shape.writes[0], 1, bias=False)
        self.last_norm = nn.BatchNorm2d(shape.writes[0])
        nn.init.zeros_(self.last_norm.weight)
        self.pool = shape.pool
        self.size = shape.writes[1:]

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.wide(F.avg_pool2d(x, self.pool))))
        x = self.last_norm(self.mix(x))
        if tuple(x.shape[2:]) == self.size:
            return x
        return F.interpolate(x, self.size, mode="bilinear", align_corners=False)


class SideNet(nn.Module):
    """The side modules, hooked into a backbone.

    It holds what a module reads only until the next boundary of the same forward pass.
    """

    def __init__(self, layers: Sequence[LayerInfo], expand: float) -> None:
        super().__init__()
        self.boundaries = boundaries(layers)
        self.parts = nn.ModuleList(SideModule(shape, expand) for shape in side_shapes(layers))
        self._read: Tensor | None = None

    def hang_on(self, backbone: Backbone) -> None:
        """Become the module ``side`` of a backbone and hook into its boundaries."""
        backbone.add_module("side", self)
        for index, boundary in enumerate(self.boundaries):
            module = backbone.get_submodule(boundary.module)
            if boundary.behind:
                module.register_forward_hook(_Behind(self, index))
            else:
                module.register_forward_pre_hook(_Before(self, index))

    def passed(self, index: int, x: Tensor) -> Tensor:
        """What goes on from a boundary that ``x`` has reached; the next module reads it as well."""
        if index > 0:
            assert self._read is not None
            x = x + self.parts[index - 1](self._read)
        if index == len(self.boundaries) - 1:
            self._read = None
            return x + self.parts[-1](x)  # type: ignore[no-any-return]
        self._read = x
        return x


class _Hook:
    """A hook that is copied together with the network it belongs to."""

    def __init__(self, side: SideNet, index: int) -> None:
        self.side = side
        self.index = index


class _Before(_Hook):
    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (self.side.passed(self.index, inputs[0]),)


class _Behind(_Hook):
    def __call__(self, module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        return self.side.passed(self.index, output)


@torch.no_grad()
def draw_side(side: SideNet, generator: torch.Generator) -> None:
    """He et al. 2015, normal; only the direction of a standardised kernel matters."""
    for module in side.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
