"""Between Qt's images and plain arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QPainter

Picture = npt.NDArray[np.uint8]


def pixels_of(image: QImage) -> Picture:
    """(height, width, 3) of 8-bit red, green, blue; see-through places lie on white."""
    if image.hasAlphaChannel():
        ground = QImage(image.size(), QImage.Format.Format_RGB32)
        ground.fill(0xFFFFFFFF)
        _paint_over(ground, image)
        image = ground
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width, stride = plain.height(), plain.width(), plain.bytesPerLine()
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(height, stride)
    return rows[:, : 3 * width].reshape(height, width, 3).copy()


def image_of(pixels: Picture) -> QImage:
    """Of (height, width, channel) with one channel, three, or four with the opacity last."""
    formats = {
        1: QImage.Format.Format_Grayscale8,
        3: QImage.Format.Format_RGB888,
        4: QImage.Format.Format_RGBA8888,
    }
    tight = np.ascontiguousarray(pixels)
    height, width, channels = tight.shape
    image = QImage(tight.data, width, height, width * channels, formats[channels])
    # The array may go; the copy has memory of its own.
    return image.copy()


def _paint_over(ground: QImage, image: QImage) -> None:
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
