"""The task model of residual adapters."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo, LayerKind
from workbench.budget.policy import adaptable
from workbench.methods.base import TaskModel
from workbench.methods.norms import affine_names, statistics
from workbench.methods.residual_adapter.config import ResidualAdapterConfig
from workbench.methods.residual_adapter.layer import (
    Adapter,
    ParallelAdapter,
    SeriesAdapter,
    hang,
    take_off,
)

KINDS: dict[str, Callable[[nn.Conv2d], Adapter]] = {
    "parallel": ParallelAdapter,
    "series": SeriesAdapter,
}


class ResidualAdapterModel(TaskModel):
    """Backbone with an adapter on every convolution larger than 1x1.

    Attributes:
        adapters: By layer name, in network order.
        own: Names of further parameters of the backbone that the task owns: scale and shift of every norm, the
            adapters' among them.
    """

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: ResidualAdapterConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed)
        self.requires_grad_(False)
        self.adapters: dict[str, Adapter] = {}
        generator = torch.Generator().manual_seed(seed + 2)
        for row in adapted(self.layer_table):
            conv = self.conv(row.name)
            adapter = KINDS[config.place](conv)
            _start(adapter.weight(), config.start, generator)
            hang(conv, adapter)
            self.adapters[row.name] = adapter
        self.own = affine_names(self.backbone)

    def conv(self, name: str) -> nn.Conv2d:
        conv = self.backbone.get_submodule(name)
        assert isinstance(conv, nn.Conv2d)
        return conv

    def tensors(self) -> dict[str, nn.Parameter]:
        """What the task stores besides statistics and head, by patch name."""
        mixes = {f"adapter/{name}.weight": a.weight() for name, a in self.adapters.items()}
        return mixes | {f"weight/{name}": self.backbone.get_parameter(name) for name in self.own}

    def stored(self) -> dict[str, Tensor]:
        return self.tensors() | statistics(self.backbone) | super().stored()

    @property
    def is_foldable(self) -> bool:
        """Whether every adapter sits on a dense convolution, which can take it up."""
        return all(self.conv(name).groups == 1 for name in self.adapters)

    def folded(self) -> Backbone:
        """The backbone with its adapters in its kernels where these are dense, hanging on them elsewhere."""
        duplicate = copy.deepcopy(self.backbone)
        for name in self.adapters:
            conv = duplicate.get_submodule(name)
            assert isinstance(conv, nn.Conv2d)
            if conv.groups == 1:
                take_off(conv).fold_into(conv)
        return duplicate


def adapted(layers: Sequence[LayerInfo]) -> tuple[LayerInfo, ...]:
    """Layers that get an adapter: every convolution but the 1x1 ones."""
    return tuple(row for row in adaptable(layers) if row.kind is not LayerKind.POINTWISE)


def _start(weight: nn.Parameter, start: str, generator: torch.Generator) -> None:
    """He et al. 2015, normal, by the number of inputs; or zero."""
    if start == "zero":
        nn.init.zeros_(weight)
    else:
        nn.init.normal_(weight, 0, math.sqrt(2 / weight.shape[1]), generator=generator)
