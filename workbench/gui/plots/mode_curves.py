"""Accuracy of several networks over the steps of one stage, each line with its letter at the end."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import SMALL

LEAST_LINES = 9
LOWEST, HIGHEST = 40.0, 104.0
"""Percent; guessing one class is right for some 54 %."""

LETTER_ROOM = 1.08
LETTER_PITCH = 0.95
"""Letters stand so many text heights apart."""


class ModeCurves(QWidget):
    """Lines that grow; their letters are kept apart."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._inks: tuple[str, ...] = ()
        self._total = 1
        self._steps: Sequence[int] = ()
        self._shares: Sequence[Sequence[float]] = ()
        self.plot = pg.PlotWidget(self)
        theme.style_plot(self.plot.getPlotItem(), self.tr("Step"), self.tr("Accuracy (%)"))
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.setAccessibleName(self.tr("Accuracy over steps"))
        theme.controller().changed.connect(self._draw)
        self._draw()

    def show_names(self, names: Sequence[str], inks: Sequence[str], total: int) -> None:
        """Begin anew: a letter and a colour per line, and the length of the axis in steps."""
        self._names, self._inks, self._total = tuple(names), tuple(inks), total
        self.show_accuracies((), ())

    def show_accuracies(self, steps: Sequence[int], shares: Sequence[Sequence[float]]) -> None:
        """Show accuracies, 0 to 1, of all lines at each step (step, line)."""
        self._steps, self._shares = steps, shares
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, LEAST_LINES * self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def _draw(self) -> None:
        self.plot.clear()
        self.plot.setXRange(0, LETTER_ROOM * self._total, padding=0)
        self.plot.setYRange(LOWEST, HIGHEST, padding=0)
        if not self._shares:
            return
        for line, ink in enumerate(self._inks):
            ys = [100 * shares[line] for shares in self._shares]
            self.plot.plot(list(self._steps), ys, pen=pg.mkPen(ink, width=2))
        ends = [100 * share for share in self._shares[-1]]
        for name, ink, y in zip(self._names, self._inks, self._kept_apart(ends), strict=True):
            letter = pg.TextItem(name, theme.color(ink), anchor=(0, 0.5))
            letter.setFont(theme.font(SMALL, semibold=True))
            letter.setPos(self._steps[-1], y)
            self.plot.addItem(letter, ignoreBounds=True)

    def _kept_apart(self, ends: Sequence[float]) -> list[float]:
        """Heights of the letters: those of the lines' ends, moved down where two would touch."""
        pixels = max(float(self.plot.getViewBox().height()), 1.0)
        apart = LETTER_PITCH * self.fontMetrics().height() * (HIGHEST - LOWEST) / pixels
        places = list(ends)
        above = HIGHEST
        for line in sorted(range(len(ends)), key=lambda i: -ends[i]):
            places[line] = above = min(ends[line], above - apart)
        return places
