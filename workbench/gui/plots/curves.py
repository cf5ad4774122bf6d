"""Loss and accuracy of a run over its steps, stage after stage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from workbench.evaluation.metrics import wilson
from workbench.gui import theme
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.tokens import MARGIN, SMALL
from workbench.training.events import EpochFinished

FAINT = 0.45
LEAST_CURVE_SHARE = 0.4
"""Share of the width that the lines keep, however long their names are."""

LEAST_LINES = 9
LABEL_PITCH = 1.2
MOST_STEPS = 4000
"""Steps drawn at most; of longer runs every n-th."""


class _EpochLine:
    """One value per epoch, broken between stages, with its name at the end."""

    def __init__(self, plot: Any, field: str, scale: float, name: str, *, train: bool) -> None:
        self._field, self._scale, self._train = field, scale, train
        self._line = pg.PlotDataItem(connect="finite")
        self._label = pg.TextItem(f" {name}", anchor=(0, 0.5))
        plot.addItem(self._line)
        plot.addItem(self._label, ignoreBounds=True)

    def draw(self, log: RunLog) -> tuple[float, float] | None:
        """Redraw; returns the last point, beside which the name stands."""
        colors = theme.tokens()
        ink = colors.muted if self._train else colors.link
        style = Qt.PenStyle.DashLine if self._train else Qt.PenStyle.SolidLine
        known = [e for e in log.epochs if getattr(e, self._field) is not None]
        xs, ys = self._points(log, known)
        marks = (
            {}
            if self._train
            else {"symbol": "o", "symbolSize": 5, "symbolBrush": ink, "symbolPen": None}
        )
        pen = pg.mkPen(ink, width=2, style=style)
        self._line.setData(xs, ys, pen=pen, **marks)
        self._label.setVisible(bool(known))
        self._label.setColor(theme.color(ink))
        self._label.setFont(theme.font(SMALL))
        return (xs[-1], ys[-1]) if known else None

    def place_label(self, x: float, y: float) -> None:
        self._label.setPos(x, y)

    def _points(self, log: RunLog, known: list[EpochFinished]) -> tuple[list[float], list[float]]:
        xs: list[float] = []
        ys: list[float] = []
        for i, epoch in enumerate(known):
            if i and epoch.stage != known[i - 1].stage:
                xs.append(xs[-1])
                ys.append(float("nan"))
            xs.append(log.epoch_position(epoch))
            ys.append(self._scale * getattr(epoch, self._field))
        return xs, ys


class CurvesView(QWidget):
    """Two plots side by side: loss with its noise, accuracy with its 95 % interval."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = RunLog()
        self.loss = pg.PlotWidget(self)
        self.accuracy = pg.PlotWidget(self)
        self._stage_lines: list[tuple[Any, Any]] = []
        self._steps = pg.PlotCurveItem()
        self._intervals = pg.ErrorBarItem(x=np.zeros(0), y=np.zeros(0), height=np.zeros(0), beam=0)
        self._lay_out()
        self.loss.addItem(self._steps)
        self.accuracy.addItem(self._intervals)
        train, val = self.tr("training"), self.tr("validation")
        self._lines = {
            self.loss: (
                _EpochLine(self.loss, "train_loss", 1, train, train=True),
                _EpochLine(self.loss, "val_loss", 1, val, train=False),
            ),
            self.accuracy: (
                _EpochLine(self.accuracy, "train_accuracy", 100, train, train=True),
                _EpochLine(self.accuracy, "val_accuracy", 100, val, train=False),
            ),
        }
        self._xs: list[int] = []
        self._ys: list[float] = []
        self._drawn_epochs = -1
        self._throttle = Throttle(self._update, self)
        theme.controller().changed.connect(self._redraw)
        self._redraw()

    def show_log(self, log: RunLog) -> None:
        """Show a run, live or past."""
        self._log = log
        self._xs, self._ys = [], []
        self._redraw()

    def refresh(self) -> None:
        """The run said something new; redraws at most 15 times per second."""
        self._throttle.request()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(MARGIN)
        titles = (
            (self.loss, self.tr("Loss (nats)"), self.tr("Loss over steps")),
            (self.accuracy, self.tr("Accuracy (%)"), self.tr("Accuracy over steps")),
        )
        self._empty = QLabel(self.tr("The curves start with the first step."), self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self._empty, "muted")
        row.addWidget(self._empty)
        for widget, y_title, name in titles:
            widget.setAccessibleName(name)
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            widget.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
            widget.setMouseEnabled(x=False, y=False)
            theme.style_plot(widget.getPlotItem(), self.tr("Step"), y_title)
            row.addWidget(widget)

    def _update(self) -> None:
        """Steps come often and only lengthen one line; all else changes with an epoch."""
        if len(self._log.epochs) == self._drawn_epochs and len(self._xs) > 1:
            self.loss.setYRange(0, self._draw_steps(), padding=0)
        else:
            self._redraw()

    def _redraw(self) -> None:
        self._drawn_epochs = len(self._log.epochs)
        has_steps = bool(self._log.steps)
        self._empty.setVisible(not has_steps)
        for widget in (self.loss, self.accuracy):
            widget.setVisible(has_steps)
        top = self._draw_steps()
        end = max(self._log.total_steps, 1)
        self.loss.setYRange(0, top, padding=0)
        self.accuracy.setYRange(0, 105, padding=0)
        for widget, height in ((self.loss, top), (self.accuracy, 105.0)):
            widget.setXRange(0, end * self._room(widget), padding=0)
            self._draw_lines(widget, height)
        self._draw_intervals()
        self._draw_stage_lines()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, LEAST_LINES * self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drawn_epochs = -1
        self._throttle.request()

    def _room(self, widget: Any) -> float:
        """Length of the axis over that of the lines, so that their names fit at the right."""
        width = max(float(widget.getViewBox().width()), 1.0)
        names = widget.fontMetrics().horizontalAdvance(f"{self.tr('validation')}MM")
        return width / max(width - float(names), LEAST_CURVE_SHARE * width)

    def _draw_steps(self) -> float:
        """Loss of each step; returns the upper end of the axis."""
        log = self._log
        if len(log.steps) < len(self._xs):
            self._xs, self._ys = [], []
        for step in log.steps[len(self._xs) :]:
            self._xs.append(log.position(step.stage, step.step))
            self._ys.append(step.loss)
        stride = max(1, len(self._xs) // MOST_STEPS)
        xs, ys = np.array(self._xs[::stride], float), np.array(self._ys[::stride], float)
        self._steps.setData(xs, ys, pen=pg.mkPen(theme.color(theme.tokens().muted, FAINT), width=1))
        return 1.05 * max(float(ys.max()), 0.05) if len(ys) else 1.0

    def _draw_lines(self, widget: Any, height: float) -> None:
        """The lines of one plot; their names are kept apart."""
        train, val = self._lines[widget]
        ends = {train: train.draw(self._log), val: val.draw(self._log)}
        places = {line: end for line, end in ends.items() if end is not None}
        if not places:
            return
        pixels = max(widget.getViewBox().height(), 1.0)
        apart = LABEL_PITCH * height * widget.fontMetrics().height() / pixels
        if len(places) == 2 and places[train][0] == places[val][0]:
            (x, train_y), (_, val_y) = places[train], places[val]
            if abs(train_y - val_y) < apart:
                middle, sign = (train_y + val_y) / 2, 1 if train_y >= val_y else -1
                places = {
                    train: (x, middle + sign * apart / 2),
                    val: (x, middle - sign * apart / 2),
                }
        ys = [y for _, y in places.values()]
        up = max(apart / 2 - min(ys), 0.0) - max(max(ys) - height + apart / 2, 0.0)
        for line, (x, y) in places.items():
            line.place_label(x, y + up)

    def _draw_intervals(self) -> None:
        """Wilson interval of each validation accuracy."""
        log = self._log
        known = [e for e in log.epochs if e.val_accuracy is not None and e.val_count]
        self._intervals.setVisible(bool(known))
        if not known:
            return
        ys = np.array([100 * (e.val_accuracy or 0.0) for e in known])
        bounds = [wilson(round((e.val_accuracy or 0.0) * e.val_count), e.val_count) for e in known]
        low, high = 100 * np.array(bounds).T
        self._intervals.setData(
            x=np.array([log.epoch_position(e) for e in known], float),
            y=ys,
            top=high - ys,
            bottom=ys - low,
            height=None,
            pen=pg.mkPen(theme.color(theme.tokens().link, FAINT), width=2),
        )

    def _draw_stage_lines(self) -> None:
        log = self._log
        for widget, line in self._stage_lines:
            widget.removeItem(line)
        pen = pg.mkPen(theme.tokens().outline, width=1, style=Qt.PenStyle.DotLine)
        self._stage_lines = [
            (widget, pg.InfiniteLine(log.position(index, 0), pen=pen))
            for index in range(1, len(log.plan))
            for widget in (self.loss, self.accuracy)
        ]
        for widget, line in self._stage_lines:
            widget.addItem(line, ignoreBounds=True)
