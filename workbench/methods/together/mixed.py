"""Batches of several tasks through one encoder, so that its norms see the mix that they will serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor


def through(
    encoder: Callable[[Tensor], Iterable[Tensor]], batches: Sequence[Tensor]
) -> list[tuple[Tensor, ...]]:
    """What an encoder makes of each of some batches; those of one shape pass it as one.

    Norms of an encoder that learns use the statistics of what passes together. Task by task they would train it on
    scales that none of the running statistics, which are of all tasks, gives back afterwards.

    Args:
        encoder: Takes features (batch, ...) to tensors (batch, ...).
        batches: Features of each task.
    """
    found: dict[int, tuple[Tensor, ...]] = {}
    for shape in dict.fromkeys(batch.shape[1:] for batch in batches):
        members = [i for i, batch in enumerate(batches) if batch.shape[1:] == shape]
        sizes = [len(batches[i]) for i in members]
        made = encoder(torch.cat([batches[i] for i in members]))
        parts = zip(*(torch.split(tensor, sizes) for tensor in made), strict=True)
        found |= dict(zip(members, parts, strict=True))
    return [found[i] for i in range(len(batches))]
