"""Paints the outline of a waveform as one filled shape."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF


def paint_outline(
    painter: QPainter, area: QRectF, outline: npt.NDArray[np.float32], ink: QColor
) -> None:
    """Paint (2, column) lowest and highest samples; full scale fills the height of ``area``."""
    low, high = outline
    middle, half = area.center().y(), area.height() / 2
    xs = np.linspace(area.left(), area.right(), len(low))
    top = [QPointF(x, middle - value * half) for x, value in zip(xs, high, strict=True)]
    bottom = [QPointF(x, middle - value * half) for x, value in zip(xs, low, strict=True)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(ink)
    painter.setBrush(ink)
    painter.drawPolygon(QPolygonF(top + bottom[::-1]))
    painter.restore()
