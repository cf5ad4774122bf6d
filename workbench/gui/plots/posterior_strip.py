"""One word over time: its posterior, its threshold that can be dragged, and where it was heard."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.formatting import decimal
from workbench.gui.plots.strip_canvas import Hit, Point, StripCanvas, height_of
from workbench.gui.plots.time_window import TimeWindow, left_gutter, right_gutter
from workbench.gui.tokens import GRID, RING

LEAST_LINES, USUAL_LINES, MOST_LINES = 1.7, 2.4, 4.0
GRAB = 7.0
LOWEST, HIGHEST = 0.05, 0.99
KEY_STEP, PAGE_STEP = 0.01, 0.1


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
        canvas = StripCanvas(painter, self._area(), self._window)
        canvas.paint_curves(self._points, self.color)
        canvas.paint_threshold(self.threshold, self.is_own, self.hasFocus())
        canvas.paint_hits(self._hits, self.tr("{0} ms"))
        canvas.paint_labels(self.word, self.now, self.now >= self.threshold, self.height())
        if self.hasFocus():
            painter.setPen(QPen(theme.color(theme.tokens().link), RING))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _area(self) -> QRectF:
        left = left_gutter()
        width = max(1.0, self.width() - left - right_gutter())
        return QRectF(left, 2, width, max(1.0, self.height() - 4))

    def _grabs(self, position: QPointF) -> bool:
        area = self._area()
        in_plot = area.left() <= position.x() <= self.width()
        return in_plot and abs(position.y() - height_of(self.threshold, area)) <= GRAB

    def _move_to(self, threshold: float) -> None:
        self.threshold_moved.emit(round(min(max(threshold, LOWEST), HIGHEST), 2))

    def _describe(self) -> None:
        described = self.tr("now {0}, threshold {1}").format(
            decimal(self.now, 2), decimal(self.threshold, 2)
        )
        self.setAccessibleDescription(described)

    def _fit(self) -> None:
        self.setMaximumHeight(round(MOST_LINES * QFontMetricsF(theme.font()).height()))
        self.updateGeometry()
        self.update()
