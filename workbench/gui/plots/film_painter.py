"""Layout and drawing of the policy film."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF

from workbench.gui import theme
from workbench.gui.engine_words import engine_text
from workbench.gui.formatting import count, decimal
from workbench.gui.plots.layer_marks import DEPTHWISE, kind_color, paint_mark
from workbench.gui.tokens import GRID, SMALL

if TYPE_CHECKING:
    from workbench.gui.plots.film import FilmView

LEFT, MARKS, SIDE = 44, 14, 92
COST_SHARE = 0.18
LEAST_COST_HEIGHT = 36
LEAST_SNAPPED_PITCH = 3
TICKS = 6
CURSOR_FRAME_WIDTH = 3
HEADROOM = 1.1
AXIS_ENDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


def film_box(view: FilmView) -> QRectF:
    """Where the heat map is."""
    line = view.fontMetrics().height()
    cost = max(LEAST_COST_HEIGHT, COST_SHARE * view.height())
    height = max(20.0, view.height() - cost - 4.2 * line)
    rows = max(len(view.names), 1)
    if height > LEAST_SNAPPED_PITCH * rows:
        height -= height % rows
    left = LEFT + MARKS + 4
    return QRectF(left, 1.6 * line, max(20.0, view.width() - left - SIDE - 2 * GRID), height)


def cost_box(view: FilmView) -> QRectF:
    """Where the cost curve is, below the film with the same time axis."""
    film, line = film_box(view), view.fontMetrics().height()
    bottom = view.height() - 1.2 * line
    top = max(
        film.bottom() + 1.4 * line, bottom - max(LEAST_COST_HEIGHT, COST_SHARE * view.height())
    )
    return QRectF(film.left(), top, film.width(), max(10.0, bottom - top))


def frame_at(view: FilmView, x: float) -> int | None:
    """Frame at a horizontal position; positions outside count as the nearest frame."""
    frames = len(view.store)
    if not frames:
        return None
    box = film_box(view)
    return min(max(int((x - box.left()) / box.width() * frames), 0), frames - 1)


def layer_at(view: FilmView, y: float) -> int | None:
    box = film_box(view)
    if not view.names or not box.top() <= y < box.bottom():
        return None
    return int((y - box.top()) / box.height() * len(view.names))


def paint(painter: QPainter, view: FilmView, image: QImage) -> None:
    """Draw everything; there is at least one frame."""
    painter.setFont(theme.number_font(SMALL))
    box = film_box(view)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(box, image, QRectF(image.rect()))
    painter.setPen(QPen(theme.color(theme.tokens().border), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
    _paint_layers(painter, view, box)
    _paint_stages(painter, view, box)
    _paint_cost(painter, view)
    _paint_ticks(painter, view)
    _paint_cursor(painter, view, box)


def _x(view: FilmView, frame: float) -> float:
    box = film_box(view)
    return box.left() + box.width() * frame / len(view.store)


def _muted(painter: QPainter) -> None:
    painter.setPen(theme.color(theme.tokens().muted))


def _paint_layers(painter: QPainter, view: FilmView, box: QRectF) -> None:
    """Kind marks beside the rows, short for depth-wise and long for others, and what the vertical axis is."""
    pitch = box.height() / max(len(view.kinds), 1)
    for i, kind in enumerate(view.kinds):
        width = (MARKS - 2) / 2 if kind == DEPTHWISE else MARKS - 2
        mark = QRectF(LEFT + MARKS - 2 - width, box.top() + i * pitch, width, max(pitch - 1, 1))
        if pitch >= 5:
            paint_mark(painter, mark, kind, True)
        else:
            painter.fillRect(mark, theme.color(kind_color(kind)))
    _muted(painter)
    painter.save()
    painter.translate(LEFT - GRID, box.center().y())
    painter.rotate(-90)
    half = box.height() / 2
    text = QCoreApplication.translate("Film", "Layers, input to output")
    line = painter.fontMetrics().height()
    if painter.fontMetrics().horizontalAdvance(text) > box.height():
        text = QCoreApplication.translate("Film", "Layers")
    painter.drawText(QRectF(-half, -line, box.height(), line), Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _paint_stages(painter: QPainter, view: FilmView, box: QRectF) -> None:
    """Title of each stage above its part of the film, a line where it begins."""
    frames = view.store.frames
    starts = [i for i, f in enumerate(frames) if i == 0 or f.stage != frames[i - 1].stage]
    for start, end in zip(starts, [*starts[1:], len(frames)], strict=True):
        left, right = _x(view, start), _x(view, end)
        if start:
            painter.setPen(QPen(theme.color(theme.tokens().text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(left, box.top()), QPointF(left, cost_box(view).bottom()))
        _muted(painter)
        title = engine_text(view.stages[frames[start].stage].title)
        row = QRectF(left, 0, max(right - left - GRID, 0), box.top() - 2)
        text = painter.fontMetrics().elidedText(
            title, Qt.TextElideMode.ElideRight, int(row.width())
        )
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)


def _paint_cost(painter: QPainter, view: FilmView) -> None:
    """Stored share over time against the budget."""
    box, colors, frames = cost_box(view), theme.tokens(), view.store.frames
    budgets = [f.budget for f in frames if f.budget is not None]
    most = max([f.hard_cost for f in frames] + budgets)
    top = next(end for end in AXIS_ENDS if end >= min(HEADROOM * most, 1.0))
    line = painter.fontMetrics().height()
    _muted(painter)
    caption = QCoreApplication.translate("Film", "Stored share of the weights (%)")
    painter.drawText(QPointF(box.left(), box.top() - 3), caption)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for share in (0.0, top):
        y = box.bottom() - box.height() * share / top
        painter.drawText(
            QRectF(0, y - line / 2, box.left() - 4, line), right, decimal(100 * share, 0)
        )
    painter.setPen(QPen(theme.color(colors.border), 1))
    painter.drawLine(box.bottomLeft(), box.bottomRight())

    def points(values: list[float]) -> QPolygonF:
        step = max(1, len(values) // max(1, int(2 * box.width())))
        return QPolygonF(
            [
                QPointF(_x(view, i + 0.5), box.bottom() - box.height() * values[i] / top)
                for i in range(0, len(values), step)
            ]
        )

    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if len(budgets) == len(frames):
        painter.setPen(QPen(theme.color(colors.muted), 1.5, Qt.PenStyle.DashLine))
        painter.drawPolyline(points(budgets))
    painter.setPen(QPen(theme.color(colors.link), 2))
    painter.drawPolyline(points([f.hard_cost for f in frames]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_line_ends(painter, view, box, top)


def _paint_line_ends(painter: QPainter, view: FilmView, box: QRectF, top: float) -> None:
    """Names of the two curves at their right ends, kept apart."""
    last, line = view.store.frames[-1], painter.fontMetrics().height()
    ends = [(QCoreApplication.translate("Film", "stored"), last.hard_cost, theme.tokens().link)]
    if last.budget is not None:
        text = QCoreApplication.translate("Film", "budget")
        ends.append((text, last.budget, theme.tokens().muted))
    ends.sort(key=lambda end: end[1], reverse=True)
    heights = [box.bottom() - box.height() * share / top for _, share, _ in ends]
    if len(ends) == 2 and heights[1] - heights[0] < line:
        upper = heights[0] - line / 2
        heights = [upper, upper + line]
    too_low = max(heights[-1] + line / 3 - box.bottom(), 0)
    for (text, _, color), y in zip(ends, heights, strict=True):
        painter.setPen(theme.color(color))
        painter.drawText(QPointF(box.right() + 6, y - too_low + line / 3), text)


def _paint_ticks(painter: QPainter, view: FilmView) -> None:
    box, frames = cost_box(view), view.store.frames
    _muted(painter)
    line = painter.fontMetrics().height()
    positions = [f.position for f in frames]
    for position in _round_steps(positions[0], positions[-1]):
        x = _x(view, bisect_left(positions, position) + 0.5)
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() + 3))
        row = QRectF(x - 40, box.bottom() + 3, 80, line)
        painter.drawText(row, Qt.AlignmentFlag.AlignHCenter, count(position))
    unit = QCoreApplication.translate("Film", "step")
    painter.drawText(QPointF(box.right() + 6, box.bottom() + 3 + line * 0.8), unit)


def _round_steps(first: int, last: int) -> range:
    """At most about ``TICKS`` round numbers from first to last."""
    interval, factors = 1, itertools.cycle((2, 2.5, 2))
    while (last - first) / interval > TICKS:
        interval = int(interval * next(factors))
    return range(-(-first // interval) * interval, last + 1, interval)


def _paint_cursor(painter: QPainter, view: FilmView, box: QRectF) -> None:
    """Line at the current frame, and its values as bars at the right."""
    frame = view.frame
    if frame is None:
        return
    colors, info = theme.tokens(), view.store.frames[frame]
    x = _x(view, frame + 0.5)
    width = CURSOR_FRAME_WIDTH if view.hasFocus() else 1
    painter.setPen(QPen(theme.color(colors.link if view.hasFocus() else colors.text), width))
    painter.drawLine(QPointF(x, box.top()), QPointF(x, cost_box(view).bottom()))
    left, pitch = box.right() + 2 * GRID, box.height() / max(len(view.kinds), 1)
    _muted(painter)
    caption = QCoreApplication.translate("Film", "at step {0}").format(count(info.position))
    row = QRectF(left - GRID, 0, SIDE + GRID, box.top() - 2)
    painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, caption)
    for i, value in enumerate(view.store.column(frame)):
        bar = QRectF(left, box.top() + i * pitch, (SIDE - GRID) * float(value), max(pitch - 1, 1))
        painter.fillRect(bar, theme.color(kind_color(view.kinds[i])))
    painter.setPen(QPen(theme.color(colors.outline), 1, Qt.PenStyle.DotLine))
    middle = left + (SIDE - GRID) / 2
    painter.drawLine(QPointF(middle, box.top()), QPointF(middle, box.bottom()))
