"""A folded line, a target band, and the pieces of the input that reach it."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import RUN_COLORS, SMALL
from workbench.studies.folds import BAND, Interval, PiecewiseLinear

SHOWN_X = (-0.05, 1.05)
SHOWN_Y = (-0.14, 1.12)
PIECES_Y = -0.06
LEAST_LINES = 15
FAINT = 0.16


class FoldPlot(QWidget):
    """The function as a line, the band across it, each piece as a bar on the floor with its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._function: PiecewiseLinear | None = None
        self._pieces: tuple[Interval, ...] = ()
        self.plot = pg.PlotWidget(self)
        theme.style_plot(self.plot.getPlotItem(), self.tr("Input x"), self.tr("Output F(x)"))
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setXRange(*SHOWN_X, padding=0)
        self.plot.setYRange(*SHOWN_Y, padding=0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.setAccessibleName(self.tr("Fold and the pieces of the input that reach the target"))
        theme.controller().changed.connect(self._draw)

    def show_fold(self, function: PiecewiseLinear, pieces: tuple[Interval, ...]) -> None:
        """Show a function and its pieces."""
        self._function, self._pieces = function, pieces
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, LEAST_LINES * self.fontMetrics().height())

    def _draw(self) -> None:
        function = self._function
        if function is None:
            return
        colors = theme.tokens()
        for axis in ("bottom", "left"):
            # Values below one would otherwise be shown as thousandths, without saying so.
            self.plot.getAxis(axis).setSIPrefixEnableRanges(((0.0, 0.0),))
        self.plot.clear()
        low, high = (float(end) for end in BAND)
        self._band(low, high)
        for number, piece in enumerate(self._pieces, 1):
            self._piece(number, piece)
        xs = [SHOWN_X[0], *map(float, function.knots), SHOWN_X[1]]
        ys = [float(value) for value in function.values]
        self.plot.plot(xs, [ys[0], *ys, ys[-1]], pen=pg.mkPen(colors.text, width=2))

    def _band(self, low: float, high: float) -> None:
        colors = theme.tokens()
        band = pg.LinearRegionItem(
            (low, high),
            orientation="horizontal",
            movable=False,
            brush=theme.color(colors.muted, FAINT),
            pen=pg.mkPen(theme.color(colors.muted, 0.5), width=1),
        )
        self.plot.addItem(band, ignoreBounds=True)
        name = pg.TextItem(self.tr("target"), theme.color(colors.muted), anchor=(1, 0.5))
        name.setFont(theme.font(SMALL))
        name.setPos(SHOWN_X[1], (low + high) / 2)
        self.plot.addItem(name, ignoreBounds=True)

    def _piece(self, number: int, piece: Interval) -> None:
        left, right = (float(end) for end in piece)
        ink = RUN_COLORS[number - 1]
        shade = pg.LinearRegionItem(
            (left, right),
            movable=False,
            brush=theme.color(ink, 2 * FAINT),
            pen=pg.mkPen(None),
        )
        self.plot.addItem(shade, ignoreBounds=True)
        pen = pg.mkPen(ink, width=6, capStyle=Qt.PenCapStyle.FlatCap)
        self.plot.plot([left, right], [0, 0], pen=pen)
        label = pg.TextItem(str(number), theme.color(theme.tokens().text), anchor=(0.5, 0.5))
        label.setFont(theme.number_font(SMALL, semibold=True))
        label.setPos((left + right) / 2, PIECES_Y)
        self.plot.addItem(label, ignoreBounds=True)
