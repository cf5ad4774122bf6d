"""Masks of one bit per weight, packed for storage."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

WORD_BITS = 32


def words(count: int) -> int:
    """32-bit words that hold ``count`` bits."""
    return -(-count // WORD_BITS)


def pack(mask: Tensor) -> Tensor:
    """A boolean mask of any shape as 32-bit integers (word,), first element in the lowest bit; padded with zeros."""
    bits = np.packbits(mask.flatten().numpy(), bitorder="little")
    padded = np.zeros(words(mask.numel()) * WORD_BITS // 8, np.uint8)
    padded[: len(bits)] = bits
    return torch.from_numpy(padded.view("<i4").astype(np.int32))


def unpack(packed: Tensor, shape: torch.Size) -> Tensor:
    """The boolean mask that ``pack`` was given."""
    octets = packed.numpy().astype("<i4").view(np.uint8)
    bits = np.unpackbits(octets, count=shape.numel(), bitorder="little")
    return torch.from_numpy(bits.astype(bool)).view(shape)
