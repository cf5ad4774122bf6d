"""The kernels of a picture network's first convolution, as pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from workbench.backbones.registry import WEIGHTS_FILE, build, read_card
from workbench.images.config import PictureConfig

Filters = npt.NDArray[np.uint8]


def first_filters(folder: Path) -> Filters | None:
    """Each filter scaled by its largest weight, (filter, height, width, channel) with one channel or three.

    The middle grey is zero. None for a network that takes sound.

    Args:
        folder: Of the backbone; only the one tensor is read.

    Raises:
        WorkbenchError: when the card is missing or malformed.
        OSError, SafetensorError: when the weights cannot be read.
    """
    card = read_card(folder)
    if not isinstance(card.frontend, PictureConfig):
        return None
    first = build(card.architecture, len(card.labels)).layers()[0]
    with safe_open(folder / WEIGHTS_FILE, "pt") as weights:
        kernels = weights.get_tensor(f"{first.name}.weight").numpy()
    return stretched(kernels)


def stretched(kernels: npt.NDArray[np.float32]) -> Filters:
    """Kernels (filter, channel, height, width) as 8-bit pictures; zero becomes the middle grey."""
    largest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    scaled = kernels / np.where(largest > 0, largest, 1)
    pixels = np.round(127.5 * (1 + scaled)).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
