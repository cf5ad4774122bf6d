"""What a network says of every point of a square: hue is the class, fading is doubt, the line is what is wanted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.studies.disc_task import DISCS, HALF_SIDE, Labelling

LEAST_SIDE = 96
WISHED_SIDE = 168
STRENGTH = 0.75
"""How much of the hue a certain answer shows, so that the wanted line is seen on it."""


class DecisionMap(QWidget):
    """A square picture; before there is one only the wanted line on an empty ground."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inside: npt.NDArray[np.float32] | None = None
        self._wanted = Labelling.ONE_DISC
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSizePolicy(policy)
        theme.controller().changed.connect(self.update)

    @property
    def is_empty(self) -> bool:
        return self._inside is None

    def show_wanted(self, labelling: Labelling) -> None:
        """Show what is to be learned, and forget what was."""
        self._wanted, self._inside = labelling, None
        self.update()

    def show_inside(self, inside: npt.NDArray[np.float32]) -> None:
        """Show probabilities of inside (row, column), rows from the bottom upwards."""
        self._inside = inside
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_SIDE, LEAST_SIDE)

    def sizeHint(self) -> QSize:
        return QSize(WISHED_SIDE, WISHED_SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colors = theme.tokens()
        side = min(self.width(), self.height()) - 1.0
        square = QRectF(0.5, 0.5, side, side)
        if self._inside is None:
            painter.fillRect(square, QColor(colors.sunken))
        else:
            painter.drawImage(square, decision_image(self._inside))
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.drawRect(square)
        style = Qt.PenStyle.DashLine if self._inside is None else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colors.text), 1.5, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_outline(self._wanted, square))
        painter.end()


def decision_image(inside: npt.NDArray[np.float32]) -> QImage:
    """One pixel per value, the last row on top.

    Args:
        inside: Probabilities (row, column) in 0..1.
    """
    colors = theme.tokens()
    doubt, out, into = (_rgb(one) for one in (colors.card, colors.pointwise, colors.depthwise))
    signed = STRENGTH * (2 * inside[::-1, :, None].astype(np.float64) - 1)
    mixed = doubt + np.maximum(signed, 0) * (into - doubt) + np.maximum(-signed, 0) * (out - doubt)
    parts = np.rint(mixed).astype(np.uint32)
    pixels = 0xFF000000 | parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    pixels = np.ascontiguousarray(pixels.astype(np.uint32))
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def _outline(labelling: Labelling, square: QRectF) -> QPainterPath:
    path = QPainterPath()
    scale = square.width() / (2 * HALF_SIDE)
    for x, y, radius in DISCS[labelling]:
        centre = square.center() + QPointF(scale * x, -scale * y)
        path.addEllipse(centre, scale * radius, scale * radius)
    return path


def _rgb(color: str) -> npt.NDArray[np.float64]:
    parsed = QColor(color)
    return np.array([parsed.red(), parsed.green(), parsed.blue()], np.float64)
