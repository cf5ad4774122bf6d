"""Which mark stands for train, validation and test."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID, SMALL
from workbench.gui.widgets.clip_delegates import paint_parts

MARK = 9


class SplitLegend(QWidget):
    """Three marks with their names, on one line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = (self.tr("train"), self.tr("validation"), self.tr("test"))
        self.setAccessibleName(self.tr("Parts: train, validation, test"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.controller().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        text = sum(metrics.horizontalAdvance(name) for name in self._names)
        return QSize(text + 3 * (MARK + 2 * GRID), metrics.height() + GRID // 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font(SMALL))
        left = float(GRID)
        middle = self.height() / 2
        for number, name in enumerate(self._names):
            mark = QRectF(left, middle - MARK / 2, MARK + 1, MARK)
            paint_parts(painter, mark, tuple(int(i == number) for i in range(3)), 1)
            painter.setPen(theme.color(theme.tokens().muted))
            baseline = middle + painter.fontMetrics().capHeight() / 2
            painter.drawText(QPointF(left + MARK + GRID * 0.75, baseline), name)
            left += MARK + 2 * GRID + painter.fontMetrics().horizontalAdvance(name)
        painter.end()
