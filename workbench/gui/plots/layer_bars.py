"""Which layers a budget changes: one bar per layer in network order, as high as its share of weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEasingCurve, QEvent, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui import theme
from workbench.gui.formatting import axis_count, count, decimal, percent
from workbench.gui.plots.layer_marks import HEAD, kind_title, paint_mark
from workbench.gui.tokens import GRID, SMALL

FADE_MS = 120
LEFT, RIGHT, TOP = 72, 20, 28
OVERHANG = 8
LEGEND_KINDS = ("depthwise", "pointwise", HEAD)


@dataclass(frozen=True)
class LayerBar:
    """One layer of the preview.

    Attributes:
        weights: Elements of its weight.
        share: Share of the adaptable weights, 0 to 1.
        probability: Policy probability, or the estimate.
        changed: Whether the budget lets the task change it.
        left: It was changed at a smaller budget and no longer is.
    """

    name: str
    kind: str
    group: str
    weights: int
    share: float
    probability: float
    changed: bool
    left: bool = False


class LayerBars(QWidget):
    """Column chart on a logarithmic scale; hatch and colour tell the kinds apart."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[LayerBar, ...] = ()
        self._before: tuple[bool, ...] = ()
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.valueChanged.connect(lambda _: self.update())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Layers changed at this budget"))
        theme.controller().changed.connect(self.update)

    @property
    def bars(self) -> tuple[LayerBar, ...]:
        return self._bars

    def sizeHint(self) -> QSize:
        return QSize(640, 280)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 160)

    def show_bars(self, bars: Sequence[LayerBar]) -> None:
        """Show layers in network order; those that join or leave the set fade."""
        self._before = tuple(bar.changed for bar in self._bars)
        self._bars = tuple(bars)
        changed = sum(bar.changed for bar in bars)
        self.setAccessibleDescription(
            self.tr("{0} of {1} layers are changed").format(changed, len(bars))
        )
        same = self._before == tuple(bar.changed for bar in bars)
        if same or theme.controller().reduce_motion or len(self._before) != len(bars):
            self._before = tuple(bar.changed for bar in bars)
            self.update()
        else:
            self._fade.start()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            bar = self._bar_at(event.pos().x())
            if bar is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._describe(bar), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.number_font(SMALL))
        if self._bars:
            self._paint_legend(painter)
            self._paint_scale(painter)
            self._paint_caption(painter)
            self._paint_groups(painter)
            for i, bar in enumerate(self._bars):
                self._paint_bar(painter, i, bar)
        painter.end()

    def _plot(self) -> QRectF:
        bottom = 2 * self.fontMetrics().height()
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - bottom)

    def _decades(self) -> tuple[int, int]:
        """Powers of ten that the scale spans."""
        weights = [max(bar.weights, 1) for bar in self._bars]
        low = math.floor(math.log10(min(weights)))
        return low, max(math.ceil(math.log10(max(weights))), low + 1)

    def _box(self, index: int, weights: int) -> QRectF:
        plot = self._plot()
        low, high = self._decades()
        pitch = plot.width() / len(self._bars)
        gap = min(3.0, pitch / 4)
        height = plot.height() * max((math.log10(max(weights, 1)) - low) / (high - low), 0.02)
        return QRectF(plot.left() + index * pitch, plot.bottom() - height, pitch - gap, height)

    def _paint_bar(self, painter: QPainter, index: int, bar: LayerBar) -> None:
        box = self._box(index, bar.weights)
        was = self._before[index] if index < len(self._before) else bar.changed
        moving = self._fade.state() == QVariantAnimation.State.Running and was != bar.changed
        progress = float(self._fade.currentValue()) if moving else 1.0
        if moving:
            paint_mark(painter, box, bar.kind, True, progress if bar.changed else 1 - progress)
        else:
            paint_mark(painter, box, bar.kind, bar.changed)
        if bar.left:
            self._paint_left_mark(painter, QPointF(box.center().x(), box.top() - 4))

    def _paint_left_mark(self, painter: QPainter, tip: QPointF) -> None:
        """Triangle over a layer that left the set as the budget grew."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(theme.tokens().warning))
        painter.drawPolygon((tip, tip + QPointF(-4, -7), tip + QPointF(4, -7)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_scale(self, painter: QPainter) -> None:
        colors, plot = theme.tokens(), self._plot()
        low, high = self._decades()
        for power in range(low, high + 1):
            y = plot.bottom() - plot.height() * (power - low) / (high - low)
            painter.setPen(QPen(theme.color(colors.border), 1))
            painter.drawLine(QPointF(plot.left() - 4, y), QPointF(plot.right(), y))
            painter.setPen(theme.color(colors.muted))
            row = QRectF(0, y - 10, LEFT - GRID, 20)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(row, right, axis_count(10**power))

    def _paint_caption(self, painter: QPainter) -> None:
        plot, line = self._plot(), painter.fontMetrics().height()
        painter.save()
        painter.translate(0, plot.center().y())
        painter.rotate(-90)
        painter.setPen(theme.color(theme.tokens().muted))
        row = QRectF(-plot.height() / 2, 0, plot.height(), line)
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, self.tr("Weights per layer"))
        painter.restore()

    def _paint_groups(self, painter: QPainter) -> None:
        """Name of each stage below its layers, between thin separators."""
        colors, plot = theme.tokens(), self._plot()
        pitch = plot.width() / len(self._bars)
        start = 0
        for i in range(1, len(self._bars) + 1):
            if i < len(self._bars) and self._bars[i].group == self._bars[start].group:
                continue
            left, right = plot.left() + start * pitch, plot.left() + i * pitch
            painter.setPen(QPen(theme.color(colors.outline), 1))
            painter.drawLine(
                QPointF(left, plot.bottom() + 4), QPointF(right - 4, plot.bottom() + 4)
            )
            painter.setPen(theme.color(colors.muted))
            row = QRectF(left, plot.bottom() + 6, right - left, self.fontMetrics().height())
            row.adjust(-OVERHANG, 0, OVERHANG, 0)
            text = self._bars[start].group
            fits = painter.fontMetrics().horizontalAdvance(text) <= row.width()
            if fits and self._bars[start].kind != HEAD:
                painter.drawText(row, Qt.AlignmentFlag.AlignHCenter, text)
            start = i

    def _paint_legend(self, painter: QPainter) -> None:
        side = self.fontMetrics().height() - 5.0
        entries = [(kind, True, kind_title(kind)) for kind in LEGEND_KINDS]
        entries[1] = ("pointwise", True, self.tr("pointwise and regular"))
        entries.append(("pointwise", False, self.tr("frozen")))
        metrics = painter.fontMetrics()
        x = float(LEFT)
        for kind, filled, text in entries:
            paint_mark(painter, QRectF(x, 2, side, side), kind, filled)
            painter.setPen(theme.color(theme.tokens().muted))
            painter.drawText(QPointF(x + side + 5, metrics.ascent() + 1), text)
            x += side + metrics.horizontalAdvance(text) + 3 * GRID

    def _bar_at(self, x: float) -> LayerBar | None:
        plot = self._plot()
        if not self._bars or not plot.left() <= x < plot.right():
            return None
        return self._bars[int((x - plot.left()) / plot.width() * len(self._bars))]

    def _describe(self, bar: LayerBar) -> str:
        if bar.kind == HEAD or bar.group == "head":
            state = self.tr("head: every task stores its own")
        elif bar.left:
            state = self.tr("frozen: left the set as the budget grew")
        else:
            state = self.tr("changed") if bar.changed else self.tr("frozen")
        lines = (
            bar.name,
            f"{kind_title(bar.kind)}, {bar.group}",
            self.tr("{0} weights, {1} of all").format(count(bar.weights), percent(bar.share)),
            self.tr("probability {0}").format(decimal(bar.probability, 2)),
            state,
        )
        return "\n".join(lines)
