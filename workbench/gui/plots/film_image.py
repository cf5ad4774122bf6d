"""Turns columns of probabilities into a picture: lightness is probability, hue is the layer kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from workbench.gui import theme
from workbench.gui.plots.layer_marks import kind_color

SHADES = 256


def shade_table(kinds: Sequence[str]) -> npt.NDArray[np.uint32]:
    """Colours (layer, shade) as 0xffRRGGBB, from the card's colour at 0 to the kind's at 1."""
    ground = _rgb(theme.tokens().sunken)
    amount = np.linspace(0, 1, SHADES)[:, None]
    table = np.empty((len(kinds), SHADES), np.uint32)
    for row, kind in enumerate(kinds):
        mixed = np.rint(ground + (_rgb(kind_color(kind)) - ground) * amount).astype(np.uint32)
        table[row] = 0xFF000000 | mixed[:, 0] << 16 | mixed[:, 1] << 8 | mixed[:, 2]
    return table


def film_image(columns: npt.NDArray[np.float32], table: npt.NDArray[np.uint32]) -> QImage:
    """Picture with one pixel per layer and column.

    Args:
        columns: Probabilities (time, layer) in 0..1.
        table: From ``shade_table``.
    """
    shades = np.rint(columns.T * (SHADES - 1)).astype(np.intp)
    pixels = np.ascontiguousarray(np.take_along_axis(table, shades, axis=1))
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return image.copy()


def _rgb(color: str) -> npt.NDArray[np.float64]:
    parsed = QColor(color)
    return np.array([parsed.red(), parsed.green(), parsed.blue()], np.float64)
