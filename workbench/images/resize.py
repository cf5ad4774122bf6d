"""Pictures of any size become a backbone's input size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from workbench.images.config import PictureConfig
from workbench.images.decode import Pixels, open_picture

_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
# A JPEG is decoded at no less than this many times its final size, so that the filter still decides how it looks.
_SPARE = 2


def read_fitted(source: Path | bytes, config: PictureConfig) -> Pixels:
    """Decode a picture at the size that a backbone takes.

    Returns:
        Pixels (channel, height, width), not normalised.

    Raises:
        WorkbenchError: when the source is no whole picture, or too large.
    """
    width, height = (
        _SPARE * max(side, config.shorter or 0) for side in (config.width, config.height)
    )
    return _resized(open_picture(source, config.channels, (width, height)), config)


def fit(pixels: Pixels, config: PictureConfig) -> Pixels:
    """Resize pixels (height, width, channel) to (channel, height, width); channels become what the config has."""
    grey = pixels.shape[2] == 1
    image = Image.fromarray(pixels[:, :, 0] if grey else pixels)
    return _resized(image.convert("L" if config.channels == 1 else "RGB"), config)


def within(pixels: Pixels, side: int) -> Pixels:
    """Shrink pixels (height, width, channel) until no side has more than ``side``; smaller ones stay as they are."""
    height, width, channels = pixels.shape
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    shrunk = np.asarray(image.resize(size, _FILTERS["bicubic"]))
    return shrunk.reshape(size[1], size[0], channels)


def _resized(image: Image.Image, config: PictureConfig) -> Pixels:
    """Shrinking averages over all pixels (antialias); cutting and resizing are one step, so nothing is rounded."""
    box = seen_part(image.width, image.height, config)
    size = (config.width, config.height)
    resized = np.asarray(image.resize(size, _FILTERS[config.interpolation], box=box))
    # A copy: Pillow keeps what its arrays look at, and torch wants to be able to write.
    return resized.reshape(*config.shape[1:], -1).transpose(2, 0, 1).copy()


def seen_part(width: int, height: int, config: PictureConfig) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what the network is shown of a picture, in its pixels."""
    if config.fit == "stretch":
        return 0.0, 0.0, float(width), float(height)
    scale = max(
        (config.shorter or 0) / min(width, height), config.width / width, config.height / height
    )
    kept = min(config.width / scale, width), min(config.height / scale, height)
    left, top = (width - kept[0]) / 2, (height - kept[1]) / 2
    return left, top, min(left + kept[0], width), min(top + kept[1], height)
