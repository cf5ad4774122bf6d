"""The first filters of a picture network on a sheet."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.backbones.filters import Filters
from workbench.gui import theme
from workbench.gui.bridge.pixels import image_of
from workbench.gui.tokens import GRID, SMALL

SIDE = 4 * GRID
GAP = GRID // 4
MOST_ROWS = 2


class FilterSheet(QWidget):
    """Filters from left to right, as many rows as their number needs; every weight is a square."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self.setAccessibleName(self.tr("Filters of the first layer"))
        self.setToolTip(
            self.tr(
                "Each filter of the first layer; grey is zero, and colours are what it looks for."
            )
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_filters(self, filters: Filters | None) -> None:
        """Show filters (filter, height, width, channel); None hides the sheet."""
        self._images = [] if filters is None else [image_of(one) for one in filters]
        self.setVisible(bool(self._images))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        columns = math.ceil(len(self._images) / MOST_ROWS)
        rows = min(MOST_ROWS, len(self._images))
        return QSize(columns * (SIDE + GAP), self._caption_height + rows * (SIDE + GAP))

    @property
    def _caption_height(self) -> int:
        return QFontMetrics(theme.font(SMALL)).height() + GRID // 2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color(theme.tokens().muted))
        top = self._caption_height
        painter.drawText(0, QFontMetrics(painter.font()).ascent(), self.accessibleName())
        columns = max(1, math.ceil(len(self._images) / MOST_ROWS))
        step = min(SIDE + GAP, self.width() // columns)
        for place, image in enumerate(self._images):
            row, column = divmod(place, columns)
            square = QRect(column * step, top + row * (SIDE + GAP), step - GAP, step - GAP)
            painter.drawImage(square, image)
        painter.end()
