"""The task model of Rep-Net."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.methods.base import TaskModel
from workbench.methods.norms import norms, statistics
from workbench.methods.repnet.config import RepNetConfig
from workbench.methods.repnet.layer import SideNet, draw_side


class RepNetModel(TaskModel):
    """Frozen backbone with a side network of the task's own.

    Attributes:
        shifts: Names of the backbone's parameters that learn as well.
    """

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: RepNetConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed)
        self.requires_grad_(False)
        self.main_norms = tuple(norm for _, norm in norms(self.backbone))
        self.shifts = tuple(
            f"{name}.bias"
            for name, norm in norms(self.backbone)
            if config.train_shifts and norm.affine
        )
        side = SideNet(self.layer_table, config.expand)
        draw_side(side, torch.Generator().manual_seed(seed + 2))
        side.hang_on(self.backbone)

    @property
    def side(self) -> SideNet:
        side = self.backbone.get_submodule("side")
        assert isinstance(side, SideNet)
        return side

    def tensors(self) -> dict[str, nn.Parameter]:
        """What learns besides the head, by patch name."""
        found = {f"side/{name}": parameter for name, parameter in self.side.named_parameters()}
        return found | {f"weight/{name}": self.backbone.get_parameter(name) for name in self.shifts}

    def stored(self) -> dict[str, Tensor]:
        return self.tensors() | statistics(self.side, "side.") | super().stored()
