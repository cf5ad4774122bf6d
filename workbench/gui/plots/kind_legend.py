"""Legend of layer kinds, for the header of a card."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.plots.layer_marks import DEPTHWISE, kind_title, paint_mark
from workbench.gui.tokens import GRID, SMALL


class KindLegend(QWidget):
    """A mark and a name for depth-wise and for all other convolutions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = (
            (DEPTHWISE, kind_title(DEPTHWISE)),
            ("pointwise", self.tr("pointwise and regular")),
        )
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(title for _, title in self._entries))
        theme.controller().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font(SMALL))
        texts = sum(metrics.horizontalAdvance(title) for _, title in self._entries)
        return QSize(texts + len(self._entries) * (metrics.height() + 3 * GRID), metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font(SMALL))
        metrics = painter.fontMetrics()
        side, x = metrics.height() - 4.0, 1.0
        for kind, title in self._entries:
            paint_mark(painter, QRectF(x, 2, side, side), kind, True)
            painter.setPen(theme.color(theme.tokens().muted))
            painter.drawText(QPointF(x + side + 5, metrics.ascent()), title)
            x += side + metrics.horizontalAdvance(title) + 3 * GRID
        painter.end()
