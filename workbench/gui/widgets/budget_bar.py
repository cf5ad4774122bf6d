"""Target against actual: how much of the budget the chosen layers use."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.formatting import percent
from workbench.gui.tokens import GRID, SMALL

BAR_HEIGHT = 8
TRACK_WIDTH = 220
HEADROOM = 1.25
"""Length of the track as a multiple of the budget, so that going over it can be seen."""


class BudgetBar(QWidget):
    """Filled bar for what is stored, a mark at the budget, and both numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stored = 0.0
        self._budget = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Budget used"))
        theme.controller().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        text = QFontMetrics(theme.number_font(SMALL)).horizontalAdvance(self.text)
        return QSize(TRACK_WIDTH + GRID + text, self.fontMetrics().height() + GRID // 2)

    def minimumSizeHint(self) -> QSize:
        """Never so narrow that the numbers are cut off."""
        return self.sizeHint()

    def show_share(self, stored: float, budget: float) -> None:
        """Show shares of the convolution weights, both 0 to 1."""
        self._stored, self._budget = stored, budget
        self.setAccessibleDescription(self.text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        """Both numbers in words."""
        return self.tr("{0} of the weights stored, budget {1}").format(
            percent(self._stored), percent(self._budget)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.tokens()
        painter = QPainter(self)
        top = (self.height() - BAR_HEIGHT) / 2
        full = max(HEADROOM * self._budget, self._stored)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(colors.border))
        painter.drawRect(QRectF(0, top, TRACK_WIDTH, BAR_HEIGHT))
        over = self._stored > self._budget + 1e-9
        painter.setBrush(theme.color(colors.warning if over else colors.accent))
        painter.drawRect(QRectF(0, top, TRACK_WIDTH * self._stored / full, BAR_HEIGHT))
        x = TRACK_WIDTH * self._budget / full
        painter.setPen(QPen(theme.color(colors.text), 2))
        painter.drawLine(QPointF(x, top - 3), QPointF(x, top + BAR_HEIGHT + 3))
        painter.setPen(theme.color(colors.muted))
        painter.setFont(theme.number_font(SMALL))
        row = QRectF(TRACK_WIDTH + GRID, 0, self.width() - TRACK_WIDTH - GRID, self.height())
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()
