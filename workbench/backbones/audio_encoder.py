"""The audio encoder of multi-task adapters: five convolution layers and a fully connected one, in two block kinds.

Source: "Multi-task Adapters for On-device Audio Inference", section 3; the separable block is Audio2Vec's
(Tagliasacchi et al., "Pre-training audio representations with self-supervision"). The paper prints neither kernel
shape nor block: its 65 thousand parameters are those of the plain block, its 125 thousand those of the separable one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.base import Backbone, InputSpec

FRAMES, MELS = 96, 64
DEPTH = 5
POOL = 2
SHORTEST_FRAMES: int = POOL**DEPTH
"""A slice of fewer frames would be pooled to nothing."""

BlockKind = Literal["conv3x3", "sepres"]


@dataclass(frozen=True)
class EncoderShape:
    """Attributes: block of each layer; channels of the five layers, the last also the embedding's width."""

    block: BlockKind
    widths: tuple[int, ...]


SMALL, LARGE = (6, 12, 24, 48, 96), (8, 16, 32, 64, 128)
ENCODER_SHAPES = {
    "audio_encoder": EncoderShape("sepres", LARGE),
    "audio_encoder_plain": EncoderShape("conv3x3", LARGE),
    "audio_encoder_small": EncoderShape("conv3x3", SMALL),
    "audio_encoder_small_separable": EncoderShape("sepres", SMALL),
}


class PlainBlock(nn.Module):
    """3x3 convolution with bias."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1)

    def forward(self, x: Tensor, opening: Tensor | None = None) -> Tensor:
        return self.conv(x)  # type: ignore[no-any-return]


class SeparableBlock(nn.Module):
    """Along time, then along frequency, each with norm and ReLU, beside a 1x1 convolution of the same input."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.time = nn.Conv2d(c_in, c_out, (3, 1), padding=(1, 0), bias=False)
        self.time_norm = nn.BatchNorm2d(c_out)
        self.mel = nn.Conv2d(c_out, c_out, (1, 3), padding=(0, 1), bias=False)
        self.mel_norm = nn.BatchNorm2d(c_out)
        self.skip = nn.Conv2d(c_in, c_out, 1, bias=False)

    def forward(self, x: Tensor, opening: Tensor | None = None) -> Tensor:
        inner = opened(F.relu(self.time_norm(self.time(x))), opening)
        return F.relu(self.mel_norm(self.mel(inner))) + self.skip(x)  # type: ignore[no-any-return]


BLOCKS: dict[BlockKind, type[PlainBlock] | type[SeparableBlock]] = {
    "conv3x3": PlainBlock,
    "sepres": SeparableBlock,
}


class EncoderLayer(nn.Module):
    """Block, 2x2 maximum, ReLU, norm: the order that the paper prints.

    ``forward`` takes (batch, c_in, frame, mel) to (batch, c_out, frame // 2, mel // 2). An ``opening`` (c_out,)
    multiplies each channel behind its norms, inside the block too, so that a channel that is closed is gone wholly.
    Nothing multiplies before a norm, which would take it back.
    """

    def __init__(self, kind: BlockKind, c_in: int, c_out: int) -> None:
        super().__init__()
        self.block = BLOCKS[kind](c_in, c_out)
        self.norm = nn.BatchNorm2d(c_out)

    def forward(self, x: Tensor, opening: Tensor | None = None) -> Tensor:
        pooled = F.max_pool2d(self.block(x, opening), POOL)
        return opened(self.norm(F.relu(pooled)), opening)


class AudioEncoder(Backbone):
    """Encoder of log-mel slices (batch, 1, frame, mel); the embedding is as wide as the last layer."""

    head_name = "classifier"

    def __init__(self, name: str, classes: int) -> None:
        super().__init__(name, InputSpec((1, FRAMES, MELS), "(batch, 1, frame, mel)"))
        self.shape = ENCODER_SHAPES[name]
        widths = self.shape.widths
        pairs = zip((1, *widths), widths, strict=False)
        self.encode = nn.ModuleList(EncoderLayer(self.shape.block, n, c) for n, c in pairs)
        self.embed = nn.Linear(widths[-1], widths[-1])
        self.classifier = linear(widths[-1], classes)

    def activations(self, x: Tensor) -> tuple[Tensor, ...]:
        """What each layer reads and what the last one gives: six tensors, the first is ``x`` itself."""
        found = [x]
        for layer in self.encode:
            found.append(layer(found[-1]))
        return tuple(found)

    def embedding(self, last: Tensor) -> Tensor:
        """(batch, width) of the last layer's activation."""
        return self.embed(highest(last))  # type: ignore[no-any-return]

    def activations_and_embedding(self, x: Tensor) -> tuple[Tensor, ...]:
        """``activations``, and behind them the embedding."""
        found = self.activations(x)
        return (*found, self.embedding(found[-1]))

    def features(self, x: Tensor) -> Tensor:
        return self.activations_and_embedding(x)[-1]

    def head(self, embedding: Tensor) -> Tensor:
        return self.classifier(embedding)  # type: ignore[no-any-return]

    def group_of(self, module_name: str) -> str:
        if module_name == self.head_name:
            return "head"
        if not module_name.startswith("encode"):
            return "tail"
        number = int(module_name.split(".")[1])
        return f"stage {number}" if number else "stem"


def opened(x: Tensor, opening: Tensor | None) -> Tensor:
    """``x`` (batch, channel, frame, mel) with each channel multiplied by its opening (channel,)."""
    return x if opening is None else x * opening[:, None, None]


def highest(x: Tensor) -> Tensor:
    """Maximum of each channel, (batch, channel)."""
    return x.amax(dim=(2, 3))


def linear(c_in: int, c_out: int) -> nn.Linear:
    """A linear layer; without outputs it is the head of weights that never saw a label."""
    layer = nn.Linear(c_in, c_out or 1)
    if not c_out:
        layer.out_features = 0
        layer.weight = nn.Parameter(layer.weight.detach()[:0])
        layer.bias = nn.Parameter(layer.bias.detach()[:0])
    return layer
