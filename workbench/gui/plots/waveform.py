"""The waveform of one clip, with a playhead that can be dragged by clicking."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from workbench.audio.display import envelope
from workbench.audio.files import Samples
from workbench.gui import theme

COLUMNS = 1200
FULL_SCALE = 1.05


class Waveform(pg.PlotWidget):  # type: ignore[misc]
    """Amplitude over time; a click moves the playhead there.

    Attributes:
        sought: The user clicked at a position, in seconds.
    """

    sought = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outline = np.zeros((2, 0), dtype=np.float32)
        self.duration_s = 0.0
        for part in (self, self.viewport()):
            part.setAccessibleName(self.tr("Waveform"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseEnabled(x=False, y=False)
        theme.style_plot(self.getPlotItem(), self.tr("Time (s)"), "")
        self.setYRange(-FULL_SCALE, FULL_SCALE, padding=0)
        self.getAxis("left").setTicks([[(-0.5, "-0.5"), (0, "0"), (0.5, "0.5")]])
        self._low = pg.PlotCurveItem()
        self._high = pg.PlotCurveItem()
        self._fill = pg.FillBetweenItem(self._low, self._high)
        self._zero = pg.InfiniteLine(0, angle=0)
        self._playhead = pg.InfiniteLine(0)
        for item in (self._zero, self._low, self._high, self._fill, self._playhead):
            self.addItem(item)
        self._zero.setZValue(-1)
        self._playhead.hide()
        self.scene().sigMouseClicked.connect(self._on_click)
        theme.controller().changed.connect(self._dress)
        self._dress()

    def show_samples(self, samples: Samples, rate_hz: int) -> None:
        """Show mono samples (sample,)."""
        self.duration_s = len(samples) / rate_hz
        low, high = envelope(samples, COLUMNS)
        times_s = (np.arange(COLUMNS) + 0.5) * self.duration_s / COLUMNS
        self._low.setData(times_s, low)
        self._high.setData(times_s, high)
        self.setXRange(0, max(self.duration_s, 0.01), padding=0)
        self.hide_playhead()

    def show_playhead(self, position_s: float) -> None:
        self._playhead.setPos(position_s)
        self._playhead.show()

    def hide_playhead(self) -> None:
        self._playhead.hide()

    def _on_click(self, event: object) -> None:
        position: QPointF = event.scenePos()  # type: ignore[attr-defined]
        time_s = self.getPlotItem().vb.mapSceneToView(position).x()
        if 0 <= time_s <= self.duration_s:
            self.sought.emit(time_s)

    def _dress(self) -> None:
        colors = theme.tokens()
        pen = pg.mkPen(colors.link, width=1)
        self._low.setPen(pen)
        self._high.setPen(pen)
        self._fill.setBrush(theme.color(colors.link))
        self._zero.setPen(pg.mkPen(colors.border))
        self._playhead.setPen(pg.mkPen(colors.pointwise, width=2))
