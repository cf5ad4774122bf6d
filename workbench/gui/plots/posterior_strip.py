"""One word over time: its posterior, its threshold that can be dragged, and where it was heard."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.plots.time_window import TimeWindow, left_gutter, right_gutter
from workbench.gui.tokens import GRID, RING, SMALL

LEAST_LINES, USUAL_LINES, MOST_LINES = 1.7, 2.4, 4.0
GRAB = 7.0
LOWEST, HIGHEST = 0.05, 0.99
KEY_STEP, PAGE_STEP = 0.01, 0.1


class Point(NamedTuple):
    """Posterior of the word at one hop."""

    time_s: float
    raw: float
    smoothed: float


class Hit(NamedTuple):
    """A detection of the word."""

    time_s: float
    latency_ms: float


class PosteriorStrip(QWidget):
    """Smoothed posterior as a filled curve, the raw one as a thin line, the threshold dashed.

    The threshold is moved by dragging its line, or with the arrow keys; a double click or Delete gives the common
    threshold back.

    Attributes:
        threshold_moved: The user set a threshold for this word.
        threshold_reset: The user wants the common threshold for this word.
    """

    threshold_moved = Signal(float)
    threshold_reset = Signal()

    def __init__(self, word: str, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.word, self.color = word, color
        self.threshold = 0.5
        self.is_own = False
        self._points: deque[Point] = deque()
        self._hits: list[Hit] = []
        self._window = TimeWindow()
        self._is_dragged = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(word)
        self.setToolTip(
            self.tr(
                "How sure the patch is of “{0}”: smoothed (filled) and at each look (line).\n"
                "Drag the dashed line, or use the arrow keys, to give this word a threshold of "
                "its own; a double click gives back the common one."
            ).format(word)
        )
        theme.controller().changed.connect(self._fit)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, round(USUAL_LINES * self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(30 * GRID, round(LEAST_LINES * self.fontMetrics().height()))

    def set_threshold(self, threshold: float, is_own: bool) -> None:
        """Show a threshold; ``is_own`` when it differs from the common one by the user's wish."""
        self.threshold, self.is_own = threshold, is_own
        self._describe()
        self.update()

    def clear(self) -> None:
        self._points.clear()
        self._hits.clear()
        self._describe()
        self.show_window(TimeWindow())

    def add_point(self, point: Point) -> None:
        self._points.append(point)

    def add_hit(self, hit: Hit) -> None:
        self._hits.append(hit)

    @property
    def now(self) -> float:
        """The last smoothed posterior."""
        return self._points[-1].smoothed if self._points else 0.0

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Detections on screen."""
        return tuple(self._hits)

    def show_window(self, window: TimeWindow) -> None:
        """Draw what lies in this stretch of time and forget what has left it."""
        self._window = window
        while len(self._points) > 1 and self._points[1].time_s < window.start_s:
            self._points.popleft()
        self._hits = [hit for hit in self._hits if hit.time_s >= window.start_s]
        self._describe()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._is_dragged = self._grabs(event.position())
        if not self._is_dragged:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_dragged:
            area = self._area()
            self._move_to((area.bottom() - event.position().y()) / area.height())
        elif self._grabs(event.position()):
            self.setCursor(Qt.CursorShape.SizeVerCursor)
        else:
            self.unsetCursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_dragged = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.threshold_reset.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: KEY_STEP,
            Qt.Key.Key_Down: -KEY_STEP,
            Qt.Key.Key_PageUp: PAGE_STEP,
            Qt.Key.Key_PageDown: -PAGE_STEP,
        }
        if event.key() in steps:
            self._move_to(self.threshold + steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.threshold_reset.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._fit()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        painter.fillRect(area, theme.color(theme.tokens().sunken))
        painter.save()
        painter.setClipRect(area)
        self._paint_curves(painter, area)
        painter.restore()
        self._paint_threshold(painter, area)
        self._paint_hits(painter, area)
        self._paint_labels(painter, area)
        if self.hasFocus():
            painter.setPen(QPen(theme.color(theme.tokens().link), RING))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _area(self) -> QRectF:
        left = left_gutter()
        width = max(1.0, self.width() - left - right_gutter())
        return QRectF(left, 2, width, max(1.0, self.height() - 4))

    def _y(self, value: float, area: QRectF) -> float:
        return area.bottom() - area.height() * value

    def _paint_curves(self, painter: QPainter, area: QRectF) -> None:
        if not self._points:
            return
        xs = [self._window.x(point.time_s, area) for point in self._points]
        smooth = [self._y(point.smoothed, area) for point in self._points]
        line = [QPointF(x, y) for x, y in zip(xs, smooth, strict=True)]
        base = [QPointF(xs[-1], area.bottom()), QPointF(xs[0], area.bottom())]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self.color, 0.30))
        painter.drawPolygon(QPolygonF([*line, *base]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color(theme.tokens().muted, 0.7), 1))
        raw = zip(xs, self._points, strict=True)
        painter.drawPolyline(QPolygonF([QPointF(x, self._y(p.raw, area)) for x, p in raw]))
        painter.setPen(QPen(theme.color(self.color), 2))
        painter.drawPolyline(QPolygonF(line))

    def _paint_threshold(self, painter: QPainter, area: QRectF) -> None:
        colors = theme.tokens()
        y = self._y(self.threshold, area)
        ink = theme.color(colors.text if self.is_own or self.hasFocus() else colors.muted)
        painter.setPen(QPen(ink, 1.5 if self.is_own else 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        side = GRID / 2 if self.is_own else 3
        x = area.right()
        corners = (QPointF(x, y), QPointF(x + 2 * side, y - side), QPointF(x + 2 * side, y + side))
        painter.drawPolygon(corners)

    def _paint_hits(self, painter: QPainter, area: QRectF) -> None:
        colors = theme.tokens()
        painter.setFont(theme.number_font(SMALL))
        metrics = QFontMetricsF(painter.font())
        side = 5.0
        for hit in self._hits:
            x = self._window.x(hit.time_s, area)
            painter.setPen(QPen(theme.color(colors.pointwise), 1.5))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setBrush(theme.color(colors.pointwise))
            top = area.top()
            painter.drawPolygon(
                (QPointF(x - side, top), QPointF(x + side, top), QPointF(x, top + 1.6 * side))
            )
            text = self.tr("{0} ms").format(round(hit.latency_ms))
            width = metrics.horizontalAdvance(text)
            left = x + GRID if x + GRID + width < area.right() else x - GRID - width
            painter.setPen(theme.color(colors.text))
            painter.drawText(QPointF(left, top + metrics.ascent()), text)

    def _paint_labels(self, painter: QPainter, area: QRectF) -> None:
        colors = theme.tokens()
        is_above = self.now >= self.threshold
        painter.setFont(theme.font(semibold=is_above))
        painter.setPen(theme.color(colors.text))
        gutter = QRectF(GRID / 2, 0, area.left() - GRID, self.height())
        value_width = QFontMetricsF(theme.number_font(SMALL)).horizontalAdvance("0.000")
        word_room = gutter.adjusted(0, 0, -value_width, 0)
        metrics = QFontMetricsF(painter.font())
        word = metrics.elidedText(self.word, Qt.TextElideMode.ElideRight, word_room.width())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(word_room, middle | Qt.AlignmentFlag.AlignLeft, word)
        painter.setFont(theme.number_font(SMALL))
        painter.setPen(theme.color(colors.text if is_above else colors.muted))
        painter.drawText(gutter, middle | Qt.AlignmentFlag.AlignRight, f"{self.now:.2f}")

    def _grabs(self, position: QPointF) -> bool:
        area = self._area()
        in_plot = area.left() <= position.x() <= self.width()
        return in_plot and abs(position.y() - self._y(self.threshold, area)) <= GRAB

    def _move_to(self, threshold: float) -> None:
        self.threshold_moved.emit(round(min(max(threshold, LOWEST), HIGHEST), 2))

    def _describe(self) -> None:
        described = self.tr("now {0}, threshold {1}").format(
            f"{self.now:.2f}", f"{self.threshold:.2f}"
        )
        self.setAccessibleDescription(described)

    def _fit(self) -> None:
        self.setMaximumHeight(round(MOST_LINES * QFontMetricsF(theme.font()).height()))
        self.updateGeometry()
        self.update()
