"""What an adapter costs, from the number of its open channels.

Equation 6 of the paper multiplies norms of the gates' logits, with the index of another task; read as the limit of
equation 1, each layer costs its open channels times the channels that it reads. Separable blocks are counted exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from torch import Tensor

from workbench.backbones.audio_encoder import DEPTH, EncoderShape
from workbench.backbones.base import LayerInfo
from workbench.budget.policy import weight_count
from workbench.methods.task_adapter.config import Unit

GATED_LAYERS = DEPTH + 1
"""The convolution layers and the fully connected one."""

FLOPS = 2
"""Of one multiply-accumulate."""

Number = TypeVar("Number", float, Tensor)


def narrow_widths(shape: EncoderShape, share: float) -> tuple[int, ...]:
    """Channels of an adapter with all gates open, of the five layers and of its embedding."""
    widths = (*shape.widths, shape.widths[-1])
    return tuple(max(1, int(share * width)) for width in widths)


def layer_weights(shape: EncoderShape, opened: Sequence[Number]) -> list[Number]:
    """Weights of each layer without biases and norms.

    Args:
        shape: Of the shared encoder, which every layer reads too.
        opened: Open channels (or sums of openings) of the gated layers.
    """
    found = []
    for i, channels in enumerate(opened[:DEPTH]):
        inputs = (1, *shape.widths)[i] + (opened[i - 1] if i else 0)
        if shape.block == "conv3x3":
            found.append(9 * channels * inputs)
        else:
            found.append(channels * (4 * inputs + 3 * channels))
    found.append(opened[DEPTH] * (shape.widths[-1] + opened[DEPTH - 1]))
    return found


def positions(frames: int, mels: int) -> tuple[int, ...]:
    """Places at which each layer's weights are applied: frames times bands before its pooling."""
    return (*((frames >> i) * (mels >> i) for i in range(DEPTH)), 1)


def positions_of(layers: Sequence[LayerInfo]) -> tuple[int, ...]:
    """The same, of the encoder that a layer table describes, for what it hears there."""
    rows = {row.name.split(".")[1]: row for row in layers if row.is_conv}
    return (*(rows[str(i)].multiplies // weight_count(rows[str(i)]) for i in range(DEPTH)), 1)


def cost_of(
    shape: EncoderShape, opened: Sequence[Number], unit: Unit, places: Sequence[int]
) -> Number:
    """Cost of an adapter in its unit; the head is left out, as it is of the price.

    Args:
        shape: Of the shared encoder.
        opened: Open channels (or sums of openings) of the gated layers.
        unit: Of the cost.
        places: ``positions``.
    """
    weights = layer_weights(shape, opened)
    if unit == "thousand parameters":
        return _sum(weights) / 1e3
    return FLOPS * _sum([w * p for w, p in zip(weights, places, strict=True)]) / 1e6


def multiplies_of(shape: EncoderShape, opened: Sequence[int], places: Sequence[int]) -> int:
    """Multiply-accumulates of one clip."""
    weights = layer_weights(shape, [float(channels) for channels in opened])
    return int(sum(w * p for w, p in zip(weights, places, strict=True)))


def _sum(values: Sequence[Number]) -> Number:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total
