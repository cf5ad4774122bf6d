"""Where a run stands: its stages in order, each waiting, under way or done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID, SMALL

DOT = 11
LINE = 28


class StageLine(QWidget):
    """Numbered dots on a line: ticked when done, filled while under way, hollow while waiting."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: tuple[str, ...] = ()
        self._current = -1
        self._done = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Stages"))
        theme.controller().changed.connect(self.updateGeometry)

    def show_stages(self, titles: Sequence[str], current: int, done: bool) -> None:
        """Show stages.

        Args:
            titles: In order.
            current: Index of the stage under way; -1 before the first.
            done: All stages are complete.
        """
        self._titles, self._current, self._done = tuple(titles), current, done
        spoken = titles[current] if 0 <= current < len(titles) and not done else ""
        self.setAccessibleDescription(self.tr("all done") if done else spoken)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._width(range(len(self._titles))), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width([self._current]), self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        every = range(len(self._titles))
        named = every if self._width(every) <= self.width() else [self._current]
        x, y = self.width() - self._width(named) + DOT + 1.0, self.height() / 2
        for index, title in enumerate(self._titles):
            if index:
                painter.setPen(QPen(theme.color(theme.tokens().outline), 1))
                painter.drawLine(QPointF(x, y), QPointF(x + LINE, y))
                x += LINE + GRID + DOT
            is_done = self._done or index < self._current
            is_now = index == self._current and not self._done
            self._paint_dot(painter, QPointF(x, y), index, is_done, is_now)
            x += DOT + GRID
            if index in named:
                colors = theme.tokens()
                painter.setFont(theme.font(semibold=is_now))
                painter.setPen(theme.color(colors.text if is_now or is_done else colors.muted))
                width = self._title_width(index)
                row = QRectF(x, 0, width, self.height())
                painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, title)
                x += width + GRID
        painter.end()

    def _height(self) -> int:
        return max(2 * DOT + 4, QFontMetrics(theme.font()).height() + GRID)

    def _title_width(self, index: int) -> int:
        return QFontMetrics(theme.font(semibold=True)).horizontalAdvance(self._titles[index])

    def _width(self, named: Iterable[int]) -> int:
        """Room for all dots and for the titles of some stages."""
        texts = sum(self._title_width(i) + GRID for i in named if 0 <= i < len(self._titles))
        dots = len(self._titles) * (2 * DOT + GRID)
        lines = max(len(self._titles) - 1, 0) * (LINE + GRID)
        return texts + dots + lines + 2

    def _paint_dot(
        self, painter: QPainter, centre: QPointF, index: int, is_done: bool, is_now: bool
    ) -> None:
        colors = theme.tokens()
        painter.setPen(
            QPen(theme.color(colors.accent if is_done or is_now else colors.outline), 1.5)
        )
        painter.setBrush(theme.color(colors.accent) if is_now else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, DOT - 1.0, DOT - 1.0)
        if is_done:
            painter.setPen(QPen(theme.color(colors.link), 2))
            painter.drawPolyline(
                [centre + QPointF(-4, 0), centre + QPointF(-1, 3.5), centre + QPointF(5, -4)]
            )
            return
        painter.setPen(theme.color(colors.accent_text if is_now else colors.muted))
        painter.setFont(theme.number_font(SMALL, semibold=is_now))
        box = QRectF(centre.x() - DOT, centre.y() - DOT, 2 * DOT, 2 * DOT)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(index + 1))
