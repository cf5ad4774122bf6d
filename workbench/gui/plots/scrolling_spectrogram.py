"""The spectrogram of what is heard now: fills from the left, then scrolls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.detection.spectrum import HOP_S, Columns, SpectrumStream, shades
from workbench.gui import theme
from workbench.gui.formatting import duration
from workbench.gui.plots.spectrogram import color_ramp
from workbench.gui.plots.time_window import SPAN_S, TimeWindow, left_gutter, right_gutter
from workbench.gui.tokens import GRID, SMALL

TOP_KHZ = 8
FREQUENCY_TICKS = (0, 2, 4, 6, 8)
COLUMNS = round(SPAN_S / HOP_S)
ROWS = SpectrumStream(2000 * TOP_KHZ).rows


class Mark(NamedTuple):
    """A detection shown over the spectrogram."""

    time_s: float
    label: str


class ScrollingSpectrogram(QWidget):
    """Frequency over time as depth of one hue, with the words that were heard above it.

    The picture is a ring of columns, so each moment costs only its new columns.

    Attributes:
        hint: Shown while nothing was heard: what will appear and how.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Scrolling spectrogram"))
        self._ring = np.zeros((ROWS, COLUMNS), dtype=np.uint8)
        self._written = 0
        self._window = TimeWindow()
        self._marks: list[Mark] = []
        self._table = self._ramp()
        self.hint = ""
        self._right_margin = 0
        theme.controller().changed.connect(self._dress)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(60 * GRID, 11 * line)

    def minimumSizeHint(self) -> QSize:
        return QSize(30 * GRID, 8 * self.fontMetrics().height())

    def set_right_margin(self, pixels: int) -> None:
        """Stay in line with plots that have a scroll bar at their right."""
        self._right_margin = pixels
        self.update()

    def clear(self) -> None:
        self._ring[:] = 0
        self._written = 0
        self._marks.clear()
        self.show_window(TimeWindow())

    def add_columns(self, columns: Columns) -> None:
        """Append columns (frequency, frame) in dB; drawn at the next ``show_window``."""
        kept = shades(columns[::-1, -COLUMNS:])
        places = (self._written + np.arange(kept.shape[1])) % COLUMNS
        self._ring[:, places] = kept
        self._written += kept.shape[1]

    def add_mark(self, mark: Mark) -> None:
        self._marks.append(mark)

    def show_window(self, window: TimeWindow) -> None:
        """Draw what lies in this stretch of time."""
        self._window = window
        self._marks = [mark for mark in self._marks if mark.time_s >= window.start_s]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        self._paint_picture(painter, area)
        painter.setPen(theme.color(theme.tokens().border))
        painter.drawRect(area)
        self._paint_axes(painter, area)
        self._paint_marks(painter, area)
        painter.end()

    def _area(self) -> QRectF:
        line = QFontMetricsF(theme.number_font(SMALL)).height()
        left = left_gutter()
        height = self.height() - 2 * line - GRID
        width = self.width() - left - right_gutter() - self._right_margin
        return QRectF(left, line, max(1.0, width), max(1.0, height))

    def _paint_picture(self, painter: QPainter, area: QRectF) -> None:
        count = min(self._written, COLUMNS)
        if count == 0:
            painter.setPen(theme.color(theme.tokens().muted))
            painter.setFont(theme.font())
            middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area.adjusted(GRID, 0, -GRID, 0), middle, self.hint)
            return
        start = (self._written - count) % COLUMNS
        ordered = np.ascontiguousarray(np.roll(self._ring, -start, axis=1)[:, :count])
        stride = -(-count // 4) * 4
        padded = np.zeros((ROWS, stride), dtype=np.uint8)
        padded[:, :count] = ordered
        image = QImage(padded.data, count, ROWS, stride, QImage.Format.Format_Indexed8)
        image.setColorTable(self._table)
        end_s = self._written * HOP_S
        left = self._window.x(max(0.0, end_s - count * HOP_S), area)
        right = self._window.x(end_s, area)
        painter.save()
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(left, area.top(), right - left, area.height()), image)
        painter.restore()

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        colors = theme.tokens()
        painter.setFont(theme.number_font(SMALL))
        metrics = QFontMetricsF(painter.font())
        line = metrics.height()
        painter.setPen(theme.color(colors.muted))
        gutter = QRectF(0, 0, area.left() - GRID / 2, line)
        for khz in FREQUENCY_TICKS:
            y = area.bottom() - area.height() * khz / TOP_KHZ
            box = gutter.translated(0, y - line / 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, str(khz))
        title = QRectF(0, area.top() - line / 2, area.left() - 3 * GRID, 2 * line)
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft, self.tr("Frequency\n(kHz)"))
        for second in self._window.ticks():
            x = self._window.x(second, area)
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 3))
            box = QRectF(x - 40, area.bottom() + 4, 80, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, duration(second))
        box = QRectF(0, area.bottom() + 4, area.left() - 3 * GRID, line)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, self.tr("Time (min:s)"))

    def _paint_marks(self, painter: QPainter, area: QRectF) -> None:
        colors = theme.tokens()
        painter.setFont(theme.font(SMALL, semibold=True))
        line = QFontMetricsF(painter.font()).height()
        for mark in self._marks:
            x = self._window.x(mark.time_s, area)
            painter.setPen(QPen(theme.color(colors.pointwise), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(theme.color(colors.text))
            box = QRectF(x - 120, area.top() - line, 240, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, mark.label)

    def _dress(self) -> None:
        self._table = self._ramp()
        self.update()

    @staticmethod
    def _ramp() -> list[int]:
        """Colour table of an indexed image, opaque."""
        ramp = color_ramp(theme.tokens()).astype(np.uint32)
        packed = 0xFF000000 | ramp[:, 0] << 16 | ramp[:, 1] << 8 | ramp[:, 2]
        return [int(value) for value in packed]
