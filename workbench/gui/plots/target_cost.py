"""Asked against stored: how well a run kept to its budget (after Fig. 2a of arXiv 2302.13435)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import SMALL

LEAST_HEIGHT = 180
RING = 11
DISC = 8


@dataclass(frozen=True)
class CostPoint:
    """One run: its name and colour, the budget asked for and the share stored, each 0 to 1."""

    title: str
    color: str
    asked: float
    stored: float
    is_current: bool = False


@dataclass(frozen=True)
class CostLine:
    """What a policy stores at each budget, under one rule: name, and (asked, stored) pairs 0 to 1."""

    title: str
    is_dashed: bool
    points: tuple[tuple[float, float], ...]


class TargetCost(QWidget):
    """Runs as points, a kept policy as lines, and the diagonal on which asked equals stored."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[CostPoint, ...] = ()
        self._lines: tuple[CostLine, ...] = ()
        self.plot = pg.PlotWidget(self)
        theme.style_plot(
            self.plot.getPlotItem(), self.tr("Asked (% of weights)"), self.tr("Stored (%)")
        )
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setAccessibleName(self.tr("Asked and stored share of the weights"))
        theme.controller().changed.connect(self._draw)

    def show_costs(self, points: Sequence[CostPoint], lines: Sequence[CostLine]) -> None:
        """Replace what is drawn."""
        self._points, self._lines = tuple(points), tuple(lines)
        self._draw()

    def _draw(self) -> None:
        colors = theme.tokens()
        self.plot.clear()
        self.plot.setXRange(0, 100, padding=0.03)
        self.plot.setYRange(0, 100, padding=0.03)
        self._line([(0, 0), (1, 1)], colors.outline, Qt.PenStyle.DotLine)
        self._name(self.tr("stored = asked"), colors.muted, (70, 62), (0, 0))
        for i, line in enumerate(self._lines):
            style = Qt.PenStyle.DashLine if line.is_dashed else Qt.PenStyle.SolidLine
            ink = colors.muted if line.is_dashed else colors.text
            self._line(line.points, ink, style)
            mark = "- -" if line.is_dashed else "—"
            self._name(f"{mark} {line.title}", ink, (0, 100 - 11 * i), (0, 0))
        for point in self._points:
            self._mark(point)

    def _line(self, points: Sequence[tuple[float, float]], ink: str, style: Qt.PenStyle) -> None:
        xs, ys = ([100 * pair[k] for pair in points] for k in (0, 1))
        self.plot.plot(xs, ys, pen=pg.mkPen(ink, width=1.5, style=style))

    def _mark(self, point: CostPoint) -> None:
        rim = theme.tokens().text if point.is_current else theme.tokens().card
        self.plot.plot(
            [100 * point.asked],
            [100 * point.stored],
            pen=None,
            symbol="o",
            symbolSize=RING if point.is_current else DISC,
            symbolBrush=point.color,
            symbolPen=pg.mkPen(rim, width=1.5),
        )

    def _name(
        self, text: str, ink: str, place: tuple[float, float], anchor: tuple[float, float]
    ) -> Any:
        item = pg.TextItem(text, theme.color(ink), anchor=anchor)
        item.setFont(theme.font(SMALL))
        item.setPos(*place)
        self.plot.addItem(item, ignoreBounds=True)
        return item
