"""Loss and accuracy of a run over its steps, stage after stage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.evaluation.metrics import wilson
from workbench.gui import theme
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.tokens import MARGIN, SMALL

TRAIN_ALPHA = 0.45
LABEL_ROOM = 0.14
"""Share of the width that is kept free at the right for the names of the lines."""


class CurvesView(QWidget):
    """Two plots side by side: loss with its noise, accuracy with its 95 % interval."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = RunLog()
        self.loss = pg.PlotWidget(self)
        self.accuracy = pg.PlotWidget(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(MARGIN)
        titles = (
            (self.loss, self.tr("Loss (nats)"), self.tr("Loss over steps")),
            (self.accuracy, self.tr("Accuracy (%)"), self.tr("Accuracy over steps")),
        )
        for widget, y_title, name in titles:
            widget.setAccessibleName(name)
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            widget.setMouseEnabled(x=False, y=False)
            theme.style_plot(widget.getPlotItem(), self.tr("Step"), y_title)
            row.addWidget(widget)
        self._throttle = Throttle(self._redraw, self)
        theme.controller().changed.connect(self._redraw)

    def show_log(self, log: RunLog) -> None:
        """Show a run, live or past."""
        self._log = log
        self._redraw()

    def refresh(self) -> None:
        """The run said something new; redraws at most 15 times per second."""
        self._throttle.request()

    def _redraw(self) -> None:
        for widget in (self.loss, self.accuracy):
            widget.clear()
        log, colors = self._log, theme.tokens()
        if not log.plan:
            return
        steps = np.array([log.position(s.stage, s.step) for s in log.steps], float)
        losses = np.array([s.loss for s in log.steps], float)
        faint = pg.mkPen(theme.color(colors.muted, TRAIN_ALPHA), width=1)
        self.loss.plot(steps, losses, pen=faint, autoDownsample=True, clipToView=True)
        self._epoch_line(self.loss, "train_loss", 1, train=True)
        self._epoch_line(self.loss, "val_loss", 1, train=False)
        self._epoch_line(self.accuracy, "train_accuracy", 100, train=True)
        self._epoch_line(self.accuracy, "val_accuracy", 100, train=False)
        self._intervals()
        self._ranges(losses)
        self._stage_lines()

    def _epoch_line(self, widget: Any, field: str, scale: float, *, train: bool) -> None:
        log, colors = self._log, theme.tokens()
        known = [e for e in log.epochs if getattr(e, field) is not None]
        if not known:
            return
        ink = colors.second if train else colors.link
        name = self.tr("training") if train else self.tr("validation")
        style = Qt.PenStyle.DashLine if train else Qt.PenStyle.SolidLine
        for stage in sorted({e.stage for e in known}):
            part = [e for e in known if e.stage == stage]
            xs = [log.epoch_position(e) for e in part]
            ys = [scale * getattr(e, field) for e in part]
            marks = {} if train else {"symbol": "o", "symbolSize": 5, "symbolBrush": ink}
            widget.plot(xs, ys, pen=pg.mkPen(ink, width=2, style=style), symbolPen=None, **marks)
        text = pg.TextItem(name, color=theme.color(ink), anchor=(0, 1 if train else 0))
        text.setFont(theme.font(SMALL))
        text.setPos(log.epoch_position(known[-1]), scale * getattr(known[-1], field))
        widget.addItem(text, ignoreBounds=True)

    def _intervals(self) -> None:
        """Wilson interval of each validation accuracy."""
        log = self._log
        known = [e for e in log.epochs if e.val_accuracy is not None and e.val_count]
        if not known:
            return
        ys = np.array([100 * (e.val_accuracy or 0.0) for e in known])
        bounds = [wilson(round((e.val_accuracy or 0.0) * e.val_count), e.val_count) for e in known]
        low, high = 100 * np.array(bounds).T
        bars = pg.ErrorBarItem(
            x=np.array([log.epoch_position(e) for e in known], float),
            y=ys,
            top=high - ys,
            bottom=ys - low,
            beam=0,
            pen=pg.mkPen(theme.color(theme.tokens().link, TRAIN_ALPHA), width=2),
        )
        self.accuracy.addItem(bars)

    def _ranges(self, losses: Any) -> None:
        end = max(self._log.total_steps, 1) * (1 + LABEL_ROOM)
        self.loss.setXRange(0, end, padding=0)
        self.accuracy.setXRange(0, end, padding=0)
        self.accuracy.setYRange(0, 102, padding=0)
        top = float(np.max(losses)) if len(losses) else 1.0
        self.loss.setYRange(0, 1.05 * max(top, 0.05), padding=0)

    def _stage_lines(self) -> None:
        colors, log = theme.tokens(), self._log
        pen = pg.mkPen(colors.outline, width=1, style=Qt.PenStyle.DotLine)
        for index in range(1, len(log.plan)):
            for widget in (self.loss, self.accuracy):
                widget.addItem(pg.InfiniteLine(log.position(index, 0), pen=pen), ignoreBounds=True)
