"""Dropout whose masks follow from a seed alone, whatever other threads draw meanwhile."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ChannelDropout(nn.Module):
    """Zeroes whole channels of (batch, channel, ...) while training and scales the rest, as ``nn.Dropout2d`` does.

    Torch's own layer draws from the process-wide generator, which every network built in another thread moves on.

    Args:
        share: Probability that a channel is zeroed.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.generator = torch.Generator()

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        mask = x.new_empty(x.shape[:2] + (1,) * (x.dim() - 2))
        mask.bernoulli_(1 - self.share, generator=self.generator).div_(1 - self.share)
        return x * mask


def seed_dropout(network: nn.Module, seed: int) -> None:
    """Start the masks of all dropout layers anew, each layer with masks of its own.

    Args:
        network: Of whatever modules; others than ``ChannelDropout`` are passed over.
        seed: Not negative.
    """
    layers = (m for m in network.modules() if isinstance(m, ChannelDropout))
    for index, layer in enumerate(layers):
        layer.generator.manual_seed((seed + index) % 2**63)
