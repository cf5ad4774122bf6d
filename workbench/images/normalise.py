"""From pixels to what a network takes."""

from __future__ import annotations

import torch
from torch import Tensor

from workbench.images.config import PictureConfig

FULL_SCALE = 255.0


def normalise(pictures: Tensor, config: PictureConfig) -> Tensor:
    """Subtract the mean and divide by the deviation of each channel.

    Args:
        pictures: (batch, channel, height, width) from 0 to 255, as bytes or as floats.
        config: Says mean and deviation, on a scale from 0 to 1.

    Returns:
        A new float32 tensor of that shape.
    """
    mean, std = (
        torch.tensor(values, device=pictures.device).mul(FULL_SCALE).view(1, -1, 1, 1)
        for values in (config.mean, config.std)
    )
    return pictures.to(torch.float32).sub(mean).div_(std)
