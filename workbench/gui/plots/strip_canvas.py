"""How a strip is drawn: curves, threshold, hits and labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from workbench.gui import theme
from workbench.gui.formatting import decimal
from workbench.gui.plots.time_window import TimeWindow
from workbench.gui.tokens import GRID, SMALL

HIT_SIDE = 5.0
FILL = 0.35


class Point(NamedTuple):
    """Posterior of the word at one hop."""

    time_s: float
    raw: float
    smoothed: float


class Hit(NamedTuple):
    """A detection of the word."""

    time_s: float
    latency_ms: float


def height_of(value: float, area: QRectF) -> float:
    """Vertical position of a probability."""
    return area.bottom() - area.height() * value


class StripCanvas:
    """Paints the parts of one strip.

    Args:
        painter: Of the strip.
        area: Where probabilities from 0 to 1 are drawn.
        window: Stretch of time from its left to its right edge.
    """

    def __init__(self, painter: QPainter, area: QRectF, window: TimeWindow) -> None:
        self._painter, self._area, self._window = painter, area, window
        painter.fillRect(area, theme.color(theme.tokens().sunken))

    def paint_curves(self, points: Sequence[Point], color: str) -> None:
        """The smoothed posterior filled, the raw one as a thin line."""
        if not points:
            return
        painter, area = self._painter, self._area
        smooth = self._line((point.time_s, point.smoothed) for point in points)
        corners = (smooth[-1].x(), smooth[0].x())
        base = [QPointF(x, area.bottom()) for x in corners]
        painter.save()
        painter.setClipRect(area)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(color, FILL))
        painter.drawPolygon(QPolygonF([*smooth, *base]))
        painter.setPen(QPen(theme.color(theme.tokens().muted, 0.7), 1))
        painter.drawPolyline(QPolygonF(self._line((point.time_s, point.raw) for point in points)))
        painter.setPen(QPen(theme.color(color), 2))
        painter.drawPolyline(QPolygonF(smooth))
        painter.restore()

    def paint_threshold(self, threshold: float, is_own: bool, has_focus: bool) -> None:
        """A dashed line with a handle at its end; stronger when the word has a threshold of its own."""
        colors, painter, area = theme.tokens(), self._painter, self._area
        y = height_of(threshold, area)
        ink = theme.color(colors.text if is_own or has_focus else colors.muted)
        painter.setPen(QPen(ink, 1.5 if is_own else 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        x, side = area.right(), GRID / 2 if is_own else 3
        painter.drawPolygon(
            (QPointF(x, y), QPointF(x + 2 * side, y - side), QPointF(x + 2 * side, y + side))
        )

    def paint_hits(self, hits: Iterable[Hit], text: str) -> None:
        """A marker where the word was reported, with the delay beside it; ``text`` holds ``{0}``."""
        colors, painter, area = theme.tokens(), self._painter, self._area
        painter.setFont(theme.number_font(SMALL))
        metrics = QFontMetricsF(painter.font())
        top, side = area.top(), HIT_SIDE
        for hit in hits:
            x = self._window.x(hit.time_s, area)
            painter.setPen(QPen(theme.color(colors.pointwise), 1.5))
            painter.setBrush(theme.color(colors.pointwise))
            painter.drawLine(QPointF(x, top), QPointF(x, area.bottom()))
            painter.drawPolygon(
                (QPointF(x - side, top), QPointF(x + side, top), QPointF(x, top + 1.6 * side))
            )
            delay = text.format(round(hit.latency_ms))
            width = metrics.horizontalAdvance(delay)
            left = x + GRID if x + GRID + width < area.right() else x - GRID - width
            behind = QRectF(left - 2, top, width + 4, metrics.height())
            painter.fillRect(behind, theme.color(colors.sunken, 0.85))
            painter.setPen(theme.color(colors.text))
            painter.drawText(QPointF(left, top + metrics.ascent()), delay)

    def paint_labels(self, word: str, value: float, is_above: bool, height: float) -> None:
        """The word and its smoothed posterior now, stronger while it is above its threshold."""
        colors, painter = theme.tokens(), self._painter
        middle = Qt.AlignmentFlag.AlignVCenter
        gutter = QRectF(GRID / 2, 0, self._area.left() - GRID, height)
        painter.setFont(theme.number_font(SMALL))
        painter.setPen(theme.color(colors.text if is_above else colors.muted))
        painter.drawText(gutter, middle | Qt.AlignmentFlag.AlignRight, decimal(value, 2))
        room = gutter.adjusted(0, 0, -QFontMetricsF(painter.font()).horizontalAdvance("0.000"), 0)
        painter.setFont(theme.font(semibold=is_above))
        painter.setPen(theme.color(colors.text))
        shown = QFontMetricsF(painter.font()).elidedText(
            word, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, shown)

    def _line(self, values: Iterable[tuple[float, float]]) -> list[QPointF]:
        x, area = self._window.x, self._area
        return [QPointF(x(time_s, area), height_of(value, area)) for time_s, value in values]
