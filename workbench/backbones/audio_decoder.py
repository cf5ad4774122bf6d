"""The audio encoder mirrored: from embeddings back to the shortest log-mel slice. Only pretraining uses it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.audio_encoder import (
    BLOCKS,
    MELS,
    POOL,
    SHORTEST_FRAMES,
    AudioEncoder,
)


class DecoderLayer(nn.Module):
    """Enlarge twice, block, ReLU, norm: (batch, c_in, frame, mel) to (batch, c_out, 2 * frame, 2 * mel)."""

    def __init__(self, block: nn.Module, c_out: int) -> None:
        super().__init__()
        self.block = block
        self.norm = nn.BatchNorm2d(c_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(F.relu(self.block(_enlarged(x))))  # type: ignore[no-any-return]


class AudioDecoder(nn.Module):
    """Fully connected layer, then the encoder's layers in reverse with enlarging in place of pooling.

    Args:
        encoder: Gives block kind and widths.
        c_in: Width of what is decoded.
    """

    def __init__(self, encoder: AudioEncoder, c_in: int) -> None:
        super().__init__()
        widths = encoder.shape.widths
        self.spread = (widths[-1], 1, MELS // SHORTEST_FRAMES)
        self.start = nn.Linear(c_in, widths[-1] * self.spread[1] * self.spread[2])
        block = BLOCKS[encoder.shape.block]
        pairs = zip(widths[::-1], widths[-2::-1], strict=False)
        self.layers = nn.ModuleList(DecoderLayer(block(n, c), c) for n, c in pairs)
        self.last = nn.Conv2d(widths[0], 1, 3, padding=1)

    def forward(self, embedding: Tensor) -> Tensor:
        """A slice (batch, 1, SHORTEST_FRAMES, MELS) from what was encoded, (batch, c_in)."""
        x = self.start(embedding).unflatten(1, self.spread)
        for layer in self.layers:
            x = layer(x)
        return self.last(_enlarged(x))  # type: ignore[no-any-return]


def _enlarged(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=POOL, mode="nearest")
