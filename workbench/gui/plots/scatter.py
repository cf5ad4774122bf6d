"""Accuracy against a cost: a point for each run or group of runs, dominated ones grey."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.formatting import axis_count, decimal, short_count
from workbench.gui.tokens import SMALL

SYMBOLS = {
    "swr": "o",
    "taps": "h",
    "patch": "t",
    "residual_adapter": "p",
    "repnet": "t2",
    "spottune": "t3",
    "piggyback": "d",
    "finetune": "s",
    "head": "t1",
}
OTHER_SYMBOL = "x"
POINT, CURRENT_POINT = 10, 14
ROOM = 0.12
STEPS: tuple[tuple[float, tuple[float, ...]], ...] = (
    (0.8, (1, 1.5, 2, 3, 4, 5, 6, 8)),
    (2.5, (1, 2, 5)),
    (math.inf, (1,)),
)
"""Ticks in a decade, by how many decades an axis spans."""

LEAST_SPAN, LEAST_DECADES = 4.0, 0.5
BESIDE = 0.025
"""Distance of points of equal cost, which would hide each other, as a share of the axis."""

LEAST_SIZE = (280, 200)
POINT_SIZE = QSizeF(POINT, POINT)
HALF_POINT = QPointF(POINT / 2, POINT / 2)
NAME_PLACES = (
    ((0.0, 0.5), 8.0, 0.0),
    ((1.0, 0.5), -8.0, 0.0),
    ((0.5, 1.0), 0.0, -8.0),
    ((0.5, 0.0), 0.0, 8.0),
    ((0.0, 1.0), 4.0, -10.0),
    ((0.0, 0.0), 4.0, 10.0),
    ((1.0, 1.0), -4.0, -10.0),
    ((1.0, 0.0), -4.0, 10.0),
    ((0.5, 1.0), 0.0, -20.0),
    ((0.5, 0.0), 0.0, 20.0),
    ((1.0, 1.0), -4.0, -24.0),
    ((1.0, 0.0), -4.0, 24.0),
    ((0.0, 0.0), 4.0, 24.0),
    ((0.5, 0.0), 0.0, 34.0),
    ((0.5, 1.0), 0.0, -34.0),
    ((0.5, 0.0), 0.0, 48.0),
)
"""Where a name may stand: which point of it, and how far from the run's point, in pixels."""


@dataclass(frozen=True)
class ScatterPoint:
    """One run, or several that differ only in the seed.

    Attributes:
        key: Of the run that stands for it.
        cost: What it stores or computes.
        accuracy, low, high: Share correct and its 95 % interval, 0 to 1.
        over: What the interval is over, such as ``3 seeds``.
    """

    key: str
    title: str
    method: str
    color: str
    cost: float
    accuracy: float
    low: float
    high: float
    over: str
    is_dominated: bool
    is_selected: bool
    is_current: bool


class _CountAxis(pg.AxisItem):  # type: ignore[misc]
    """Decades of counts: positions are logarithms, labels are the counts themselves."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        decades = range(math.floor(low), math.ceil(high) + 1)
        steps = next(steps for span, steps in STEPS if high - low < span)
        ticks = [math.log10(step) + decade for decade in decades for step in steps]
        return [(1.0, [tick for tick in ticks if low <= tick <= high])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [axis_count(10**value) for value in values]


class Scatter(QWidget):
    """Points by cost (logarithmic) and accuracy with error bars; shape tells the method.

    Attributes:
        chosen: The user clicked a point with Ctrl held; carries its key.
        opened: The user clicked a point; carries its key.
    """

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points: tuple[ScatterPoint, ...] = ()
        self._front: tuple[tuple[float, float], ...] = ()
        self._places: dict[str, float] = {}
        self._names: list[pg.TextItem] = []
        self.plot = pg.PlotWidget(self, axisItems={"bottom": _CountAxis("bottom")})
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.setMinimumSize(*LEAST_SIZE)
        self._cost_title = self._axis_title = ""
        theme.controller().changed.connect(self._draw)

    def show_points(
        self,
        points: Sequence[ScatterPoint],
        front: Sequence[tuple[float, float]],
        cost_title: str,
    ) -> None:
        """Replace what is drawn.

        Args:
            points: Runs or groups of runs.
            front: (cost, accuracy) of the points that nothing dominates, from cheap to accurate.
            cost_title: What the cost is, for the axis.
        """
        self.points, self._front = tuple(points), tuple(front)
        self._cost_title = cost_title
        has_equal = len({point.cost for point in self.points}) < len(self.points)
        axis = (
            self.tr("{0}, equal ones side by side").format(cost_title) if has_equal else cost_title
        )
        if axis != self._axis_title:
            self._axis_title = axis
            theme.style_plot(self.plot.getPlotItem(), axis, self.tr("Accuracy (%)"))
        self._draw()

    def _draw(self) -> None:
        self.plot.clear()
        self._names.clear()
        if not self.points:
            return
        self._set_ranges()
        self._draw_front()
        for point in self.points:
            self._draw_point(point)
        self._draw_names()

    def _set_ranges(self) -> None:
        xs = [math.log10(point.cost) for point in self.points]
        ys = [100 * bound for p in self.points for bound in (p.low, p.high)]
        span_x = max(max(xs) - min(xs), LEAST_DECADES)
        span_y = max(max(ys) - min(ys), LEAST_SPAN)
        self._places = _side_by_side({p.key: p.cost for p in self.points}, BESIDE * span_x)
        left, right = min(self._places.values()), max(self._places.values())
        self.plot.setXRange(left - ROOM * span_x, right + 2.5 * ROOM * span_x, padding=0)
        self.plot.setYRange(min(ys) - ROOM * span_y, max(ys) + ROOM * span_y, padding=0)

    def _draw_front(self) -> None:
        """Steps along the points that nothing dominates."""
        xs: list[float] = []
        ys: list[float] = []
        for cost, accuracy in self._front:
            if ys:
                xs.append(math.log10(cost))
                ys.append(ys[-1])
            xs.append(math.log10(cost))
            ys.append(100 * accuracy)
        pen = pg.mkPen(theme.tokens().outline, width=1, style=Qt.PenStyle.DotLine)
        self.plot.plot(xs, ys, pen=pen)

    def _draw_point(self, point: ScatterPoint) -> None:
        faded = point.is_dominated and not point.is_selected
        ink = theme.color(theme.tokens().outline if faded else point.color)
        x, y = self._places[point.key], 100 * point.accuracy
        bars = pg.ErrorBarItem(
            x=np.array([x]),
            y=np.array([y]),
            top=np.array([100 * (point.high - point.accuracy)]),
            bottom=np.array([100 * (point.accuracy - point.low)]),
            beam=0.0,
            pen=pg.mkPen(ink, width=1.5),
        )
        self.plot.addItem(bars)
        rim = theme.tokens().text if point.is_current else theme.tokens().card
        spot = pg.ScatterPlotItem(
            [x],
            [y],
            symbol=SYMBOLS.get(point.method, OTHER_SYMBOL),
            size=CURRENT_POINT if point.is_current else POINT,
            brush=ink,
            pen=pg.mkPen(rim, width=1.5),
            data=[point.key],
            hoverable=True,
            tip=lambda x, y, data: self._tip(data),
        )
        spot.sigClicked.connect(self._on_click)
        self.plot.addItem(spot)

    def _draw_names(self) -> None:
        """Names of the runs that matter, the current one first; where there is no room, none."""
        for item in self._names:
            self.plot.removeItem(item)
        self._names.clear()
        taken = [QRectF(self.place_of(p.key) - HALF_POINT, POINT_SIZE) for p in self.points]
        taken += [self._bar_of(point) for point in self.points]
        worth = [p for p in self.points if p.is_selected or not p.is_dominated]
        for point in sorted(worth, key=lambda p: (not p.is_current, not p.is_selected)):
            self._place_name(point, taken)

    def _bar_of(self, point: ScatterPoint) -> QRectF:
        """The error bar of a point, in coordinates of the plot widget."""
        low, high = (
            self._to_widget(self._places[point.key], 100 * share)
            for share in (point.low, point.high)
        )
        return QRectF(high.x() - 1, high.y(), 2, low.y() - high.y())

    def _place_name(self, point: ScatterPoint, taken: list[QRectF]) -> None:
        font = theme.font(SMALL, semibold=point.is_current)
        metrics = QFontMetricsF(font)
        width, height = metrics.horizontalAdvance(point.title) + 10, metrics.height()
        spot = self.place_of(point.key)
        inside = self.plot.mapFromScene(self.plot.getPlotItem().vb.sceneBoundingRect())
        area = QRectF(inside.boundingRect())
        for anchor, dx, dy in NAME_PLACES:
            corner = spot + QPointF(dx - anchor[0] * width, dy - anchor[1] * height)
            box = QRectF(corner, QSizeF(width, height))
            if not area.contains(box) or any(box.intersects(other) for other in taken):
                continue
            item = pg.TextItem(point.title, theme.color(theme.tokens().text), anchor=(0, 0))
            item.setFont(font)
            item.setPos(self._to_view(corner))
            self.plot.addItem(item, ignoreBounds=True)
            self._names.append(item)
            taken.append(box)
            return

    def _to_view(self, place: QPointF) -> QPointF:
        scene = self.plot.mapToScene(place.toPoint())
        return self.plot.getPlotItem().vb.mapSceneToView(scene)  # type: ignore[no-any-return]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.points:
            QTimer.singleShot(0, self, self._draw_names)

    def _on_click(self, _: Any, spots: Any, event: Any) -> None:
        if len(spots):
            key = str(spots[0].data())
            adds = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            (self.chosen if adds else self.opened).emit(key)

    def _tip(self, key: str) -> str:
        point = next(point for point in self.points if point.key == key)
        lines = [
            point.title,
            self.tr("{0} % correct ({1} to {2}: 95 % over {3})").format(
                *(decimal(100 * v, 1) for v in (point.accuracy, point.low, point.high)), point.over
            ),
            f"{self._cost_title}: {short_count(point.cost)}",
        ]
        if point.is_dominated:
            lines.append(self.tr("another is as accurate at a lower cost"))
        return "\n".join(lines)

    def place_of(self, key: str) -> QPointF:
        """Where a run's point is, in coordinates of the plot widget."""
        point = next(point for point in self.points if point.key == key)
        return self._to_widget(self._places[key], 100 * point.accuracy)

    def _to_widget(self, x: float, y: float) -> QPointF:
        scene = self.plot.getPlotItem().vb.mapViewToScene(QPointF(x, y))
        # The widget's own mapping rounds to whole pixels.
        return QPointF(self.plot.viewportTransform().map(scene))


def _side_by_side(costs: Mapping[str, float], step: float) -> dict[str, float]:
    """Logarithm of each cost by key; equal ones are moved apart about their middle."""
    groups: dict[float, list[str]] = {}
    for key, cost in costs.items():
        groups.setdefault(math.log10(cost), []).append(key)
    return {
        key: place + step * (rank - (len(group) - 1) / 2)
        for place, group in groups.items()
        for rank, key in enumerate(group)
    }
