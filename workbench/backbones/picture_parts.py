"""What the networks for pictures have in common."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn

from workbench.backbones.base import Backbone, InputSpec


class PictureBackbone(Backbone):
    """A network that says of each layer which block it belongs to, such as ``stage 2, block 1``."""

    def group_of(self, module_name: str) -> str:
        return self.block_of(module_name).partition(",")[0]

    @abstractmethod
    def block_of(self, module_name: str) -> str:
        """Group, and behind a comma the block in it where a group has several."""


def picture_input(side: int, colors: int = 3) -> InputSpec:
    """Square pictures of ``side`` pixels."""
    return InputSpec((colors, side, side), "(batch, color, height, width)")


def pooled(x: Tensor) -> Tensor:
    """Mean over all positions: (batch, channel, height, width) to (batch, channel)."""
    return x.mean(dim=(2, 3))


def draw_he(network: nn.Module) -> None:
    """Normal weights for all convolutions with the variance that keeps gradients' size.

    Source: He et al., "Delving Deep into Rectifiers" (2015), backward form (fan-out).
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
