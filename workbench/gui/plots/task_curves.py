"""Validation accuracy of each task of a run over several, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from workbench.gui import theme
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.tokens import RUN_COLORS, SMALL

LEAST_LINES = 9
MOST_TICKS = 10
LABEL_PITCH = 1.2
LEAST_CURVE_SHARE = 0.4
SYMBOLS = ("o", "s", "t", "d", "+", "x", "star", "p")
"""A shape for each task as well as a colour."""


def whole_ticks(epochs: int) -> list[tuple[int, str]]:
    """Places and texts along the axis: epochs are whole, and there are none behind the last."""
    step = math.ceil(max(epochs, 1) / MOST_TICKS)
    return [(epoch, str(epoch)) for epoch in range(step, epochs + 1, step)]


class TaskCurves(QWidget):
    """One line per task, with its name at the line's end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = RunLog()
        self.plot = pg.PlotWidget(self)
        self.plot.setAccessibleName(self.tr("Validation accuracy by task"))
        self.plot.setMouseEnabled(x=False, y=False)
        for widget in (self.plot, self.plot.viewport()):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.style_plot(self.plot.getPlotItem(), self.tr("Epoch"), self.tr("Accuracy (%)"))
        self._empty = QLabel(self.tr("The first epoch brings the first points."), self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self._empty, "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._empty)
        row.addWidget(self.plot)
        self._throttle = Throttle(self._draw, self)
        theme.controller().changed.connect(self._throttle.request)

    def show_log(self, log: RunLog) -> None:
        """Show a run, live or past."""
        self._log = log
        self._throttle.request()

    def refresh(self) -> None:
        """The run said something new."""
        self._throttle.request()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, LEAST_LINES * self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._throttle.request()

    def _draw(self) -> None:
        log = self._log
        lines = self._lines()
        self._empty.setVisible(not any(lines))
        self.plot.setVisible(any(lines))
        self.plot.clear()
        if log.several is None or not any(lines):
            return
        epochs = sum(plan.epochs for plan in log.plan)
        self.plot.setXRange(0, max(epochs, 1) * self._room(), padding=0)
        self.plot.getAxis("bottom").setTicks([whole_ticks(epochs)])
        self.plot.setYRange(0, 105, padding=0)
        ends = []
        for index, points in enumerate(lines):
            ink = theme.color(RUN_COLORS[index % len(RUN_COLORS)])
            xs, ys = [x for x, _ in points], [y for _, y in points]
            line = pg.PlotDataItem(xs, ys, pen=pg.mkPen(ink, width=2))
            line.setSymbol(SYMBOLS[index % len(SYMBOLS)])
            line.setSymbolSize(7)
            line.setSymbolBrush(ink)
            line.setSymbolPen(None)
            self.plot.addItem(line)
            if points:
                ends.append((ys[-1], xs[-1], index))
        self._write_names(ends)

    def _lines(self) -> list[list[tuple[float, float]]]:
        """(epoch over all stages, percent) of each task."""
        several, log = self._log.several, self._log
        lines: list[list[tuple[float, float]]] = [[] for _ in several.tasks] if several else []
        for epoch in log.task_epochs:
            before = sum(plan.epochs for plan in log.plan[: epoch.stage])
            for line, task in zip(lines, epoch.tasks, strict=True):
                if task.val_accuracy is not None:
                    line.append((before + epoch.epoch, 100 * task.val_accuracy))
        return lines

    def _write_names(self, ends: Sequence[tuple[float, float, int]]) -> None:
        """Names at the lines' ends, from the top, kept apart."""
        several = self._log.several
        assert several is not None
        pixels = max(self.plot.getViewBox().height(), 1.0)
        apart = LABEL_PITCH * 105 * self.plot.fontMetrics().height() / pixels
        above = 105 + apart / 2
        for y, x, index in sorted(ends, reverse=True):
            place = min(y, above - apart)
            above = place
            label = pg.TextItem(f" {several.tasks[index].name}", anchor=(0, 0.5))
            label.setColor(theme.color(theme.tokens().text))
            label.setFont(theme.font(SMALL))
            label.setPos(x, place)
            self.plot.addItem(label, ignoreBounds=True)

    def _room(self) -> float:
        """Length of the axis over that of the lines, so that the names fit at the right."""
        several = self._log.several
        metrics = self.plot.fontMetrics()
        widest = (
            max((metrics.horizontalAdvance(t.name) for t in several.tasks), default=0)
            if several
            else 0
        )
        width = max(float(self.plot.getViewBox().width()), 1.0)
        names = float(widest + 2 * metrics.averageCharWidth())
        return width / max(width - names, LEAST_CURVE_SHARE * width)
