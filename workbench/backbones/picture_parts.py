"""What the networks for pictures have in common."""

from __future__ import annotations

from torch import Tensor, nn

from workbench.backbones.base import InputSpec


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
