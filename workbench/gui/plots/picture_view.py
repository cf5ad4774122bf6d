"""A picture as large as it fits, with what speaks for an answer laid over it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.bridge.pixels import Picture, image_of
from workbench.gui.tokens import GRID, RADIUS

Heat = npt.NDArray[np.float32]
STRONGEST = 0.75
"""Opacity where a place speaks for the answer most."""

LEAST_SIDE = 30 * GRID


class PictureView(QWidget):
    """Attributes: ``hint`` is what stands here while there is no picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = ""
        self.setAccessibleName(self.tr("Picture"))
        self._picture: QImage | None = None
        self._heat: Heat | None = None
        self._overlay: QImage | None = None
        self.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.controller().changed.connect(self._tint)

    @property
    def has_picture(self) -> bool:
        return self._picture is not None

    @property
    def has_heat(self) -> bool:
        return self._overlay is not None

    def show_picture(self, picture: Picture | None) -> None:
        """Show a picture (height, width, channel) without anything over it."""
        self._picture = image_of(picture) if picture is not None else None
        self.show_heat(None)

    def show_heat(self, heat: Heat | None) -> None:
        """Lay (height, width) of the picture, from 0 to 1, over it; None takes it away."""
        self._heat = heat
        self._tint()

    def _tint(self) -> None:
        """The accent, opaque where a place speaks for the answer."""
        self._overlay = None
        if self._heat is not None:
            ink = theme.color(theme.tokens().pointwise)
            pixels = np.empty((*self._heat.shape, 4), np.uint8)
            pixels[..., :3] = (ink.red(), ink.green(), ink.blue())
            pixels[..., 3] = np.round(255 * STRONGEST * self._heat)
            self._overlay = image_of(pixels)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect())
        if self._picture is None:
            self._paint_hint(painter, frame)
        else:
            self._paint_picture(painter, frame, self._picture)
        painter.end()

    def _paint_hint(self, painter: QPainter, frame: QRectF) -> None:
        painter.setPen(theme.color(theme.tokens().muted))
        painter.setFont(theme.font())
        room = frame.adjusted(2 * GRID, 2 * GRID, -2 * GRID, -2 * GRID)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self.hint)

    def _paint_picture(self, painter: QPainter, frame: QRectF, picture: QImage) -> None:
        size = picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRectF(0, 0, size.width(), size.height())
        area.moveCenter(frame.center())
        outline = QPainterPath()
        outline.addRoundedRect(area, RADIUS, RADIUS)
        painter.setClipPath(outline)
        painter.drawImage(area, picture)
        if self._overlay is not None:
            painter.drawImage(area, self._overlay)
