"""The likeliest classes of an answer as bars."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.formatting import percent
from workbench.gui.tokens import GRID

MOST = 5
NAME_SHARE = 0.4
BAR_HEIGHT = 10


class AnswerBars(QWidget):
    """A row each: the name, a bar, and the probability; the likeliest is semibold.

    Attributes:
        best: What is shown, likeliest first.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.best: Sequence[tuple[str, float]] = ()
        self._color = theme.tokens().accent
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.controller().changed.connect(self.updateGeometry)

    def show_best(self, best: Sequence[tuple[str, float]], color: str) -> None:
        """Show classes with their probabilities, likeliest first."""
        if len(best) != len(self.best):
            self.updateGeometry()
        self.best, self._color = best, color
        self.setAccessibleDescription(", ".join(f"{name} {percent(share)}" for name, share in best))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(30 * GRID, round(self._row_height * max(1, len(self.best))))

    @property
    def _row_height(self) -> float:
        return QFontMetricsF(theme.font()).height() + GRID

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for place, (name, share) in enumerate(self.best):
            row = QRectF(0, place * self._row_height, self.width(), self._row_height)
            self._paint_row(painter, row, name, share, place == 0)
        painter.end()

    def _paint_row(
        self, painter: QPainter, row: QRectF, name: str, share: float, is_first: bool
    ) -> None:
        colors = theme.tokens()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.number_font(semibold=is_first))
        painter.setPen(theme.color(colors.text))
        metrics = QFontMetricsF(painter.font())
        widest = QFontMetricsF(theme.number_font(semibold=True))
        number = widest.horizontalAdvance(percent(1.0)) + GRID
        label = QRectF(row.left(), row.top(), NAME_SHARE * row.width() - GRID, row.height())
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, label.width())
        painter.drawText(label, middle | Qt.AlignmentFlag.AlignLeft, shown)
        painter.drawText(row, middle | Qt.AlignmentFlag.AlignRight, percent(share))
        track = QRectF(label.right() + GRID, row.center().y() - BAR_HEIGHT / 2, 0, BAR_HEIGHT)
        track.setRight(row.right() - number)
        painter.fillRect(track, theme.color(colors.sunken))
        bar = QRectF(track)
        bar.setWidth(track.width() * share)
        painter.fillRect(bar, theme.color(self._color))
