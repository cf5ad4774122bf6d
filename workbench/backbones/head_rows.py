"""Last layers that compute each class by itself, so that no class depends on how many others there are.

A matrix product picks its kernel, and with it the order in which it adds, by the size of the whole; with another
number of classes the last bits of all logits may change. Here every logit is a sum of its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MOST_PRODUCTS = 1 << 22
"""Products held in memory at a time (16 MB)."""


class HeadLinear(nn.Linear):
    """A linear layer (batch, width) to (batch, class); in evaluation mode each class is computed by itself."""

    def forward(self, embedding: Tensor) -> Tensor:
        if self.training:
            return super().forward(embedding)
        return rows_apart(embedding, self.weight, self.bias)


class HeadConv(nn.Conv2d):
    """The same as a 1 x 1 convolution, (batch, width, 1, 1) to (batch, class, 1, 1)."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__(width, classes, 1)

    def forward(self, embedding: Tensor) -> Tensor:
        if self.training:
            return super().forward(embedding)
        assert self.bias is not None
        logits = rows_apart(embedding.flatten(1), self.weight.flatten(1), self.bias)
        return logits[:, :, None, None]


def head_like(old: nn.Linear | nn.Conv2d, classes: int) -> HeadLinear | HeadConv:
    """A new last layer of the same kind and width for so many classes."""
    if isinstance(old, nn.Linear):
        return HeadLinear(old.in_features, classes)
    return HeadConv(old.in_channels, classes)


def rows_apart(embedding: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``embedding @ weight.T + bias`` with a sum of its own for each logit.

    Args:
        embedding: (batch, width)
        weight: (class, width)
        bias: (class,)

    Returns:
        (batch, class); a column depends, to the last bit, on nothing but the embedding, its row and its bias.
    """
    clips = max(1, MOST_PRODUCTS // weight.numel())
    parts = embedding.split(clips)  # type: ignore[no-untyped-call]
    return torch.cat([(part[:, None, :] * weight).sum(dim=2) + bias for part in parts])
