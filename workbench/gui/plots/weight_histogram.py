"""How large the weights of one layer are, and how large what a patch adds to them."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.plots.layer_marks import kind_color
from workbench.gui.tokens import SMALL
from workbench.methods.inspection import LayerWeights

LEAST_HEIGHT = 150
HEADROOM = 1.25


class WeightHistogram(QWidget):
    """Two distributions over the same bins: pretrained weights filled grey, changes as a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights: LayerWeights | None = None
        self._kind = ""
        self.plot = pg.PlotWidget(self)
        self._pretrained = pg.PlotCurveItem(fillLevel=0)
        self._delta = pg.PlotCurveItem()
        self._names = [pg.TextItem(anchor=(0, 0.5)) for _ in range(2)]
        for item in (self._pretrained, self._delta, *self._names):
            self.plot.addItem(item, ignoreBounds=True)
        theme.style_plot(self.plot.getPlotItem(), self.tr("Value"), self.tr("Weights (%)"))
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setAccessibleName(self.tr("Distribution of the layer's weights and of their change"))
        theme.controller().changed.connect(self._draw)

    def show_weights(self, weights: LayerWeights, kind: str) -> None:
        """Show one layer.

        Args:
            weights: Histograms of the layer.
            kind: Its kind, which colours the change.
        """
        self._weights, self._kind = weights, kind
        self._draw()

    def _draw(self) -> None:
        weights = self._weights
        if weights is None:
            return
        # Values below one would otherwise be shown as thousandths, without saying so.
        self.plot.getAxis("bottom").setSIPrefixEnableRanges(((0.0, 0.0),))
        colors = theme.tokens()
        base = _percent(weights.pretrained)
        change = _percent(weights.delta) if weights.delta is not None else None
        self._pretrained.setData(
            weights.edges,
            base,
            stepMode="center",
            pen=pg.mkPen(colors.outline, width=1),
            brush=theme.color(colors.outline, 0.35),
        )
        self._delta.setVisible(change is not None)
        if change is not None:
            pen = pg.mkPen(kind_color(self._kind), width=2)
            self._delta.setData(weights.edges, change, stepMode="center", pen=pen)
        top = max(float(base.max()), float(change.max()) if change is not None else 0.0)
        self.plot.setXRange(weights.edges[0], weights.edges[-1], padding=0.02)
        self.plot.setYRange(0, HEADROOM * top, padding=0)
        self._draw_names(weights, top, change is not None)

    def _draw_names(self, weights: LayerWeights, top: float, has_change: bool) -> None:
        """Names stand in the upper left corner, each in the ink of its curve."""
        colors = theme.tokens()
        entries = (
            (self.tr("— pretrained"), colors.muted, True),
            (self.tr("— change"), kind_color(self._kind), has_change),
        )
        for i, (item, (text, ink, shown)) in enumerate(zip(self._names, entries, strict=True)):
            item.setVisible(shown)
            item.setText(text, theme.color(ink))
            item.setFont(theme.font(SMALL))
            item.setPos(weights.edges[0], HEADROOM * top * (0.93 - 0.12 * i))


def _percent(counts: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.float64]:
    """Counts as percent of all weights of the layer."""
    return 100.0 * counts / max(int(counts.sum()), 1)
