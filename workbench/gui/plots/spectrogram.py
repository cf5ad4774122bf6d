"""The spectrogram of one clip, on the time axis of its waveform."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QWidget

from workbench.audio.display import Spectrogram
from workbench.gui import theme
from workbench.gui.tokens import Tokens

SHOWN_DB = 70.0
LEVELS = 256
TICK_KHZ = 4.0


class SpectrogramPlot(pg.PlotWidget):  # type: ignore[misc]
    """Power in dB as depth of one hue: the ground is silence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for part in (self, self.viewport()):
            part.setAccessibleName(self.tr("Spectrogram"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseEnabled(x=False, y=False)
        theme.style_plot(self.getPlotItem(), self.tr("Time (s)"), self.tr("kHz"))
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setLevels((-SHOWN_DB, 0.0))
        self._playhead = pg.InfiniteLine(0)
        self.addItem(self._image)
        self.addItem(self._playhead)
        self._playhead.hide()
        self.getAxis("left").setTickSpacing(TICK_KHZ, TICK_KHZ)
        theme.controller().changed.connect(self._dress)
        self._dress()

    def show_spectrogram(self, picture: Spectrogram) -> None:
        """Show a spectrogram from 0 Hz at the bottom to its top frequency."""
        self._image.setImage(picture.power_db, autoLevels=False, levels=(-SHOWN_DB, 0.0))
        top_khz = picture.top_hz / 1000
        rows, frames = picture.power_db.shape
        frame_s = picture.duration_s / max(frames - 1, 1)
        row_khz = top_khz / max(rows - 1, 1)
        self._image.setRect(QRectF(-frame_s / 2, -row_khz / 2, frames * frame_s, rows * row_khz))
        self.setXRange(0, max(picture.duration_s, 0.01), padding=0)
        self.setYRange(0, 1.06 * top_khz, padding=0)
        self.hide_playhead()

    def show_playhead(self, position_s: float) -> None:
        self._playhead.setPos(position_s)
        self._playhead.show()

    def hide_playhead(self) -> None:
        self._playhead.hide()

    def _dress(self) -> None:
        colors = theme.tokens()
        self._image.setLookupTable(color_ramp(colors))
        self._playhead.setPen(pg.mkPen(colors.pointwise, width=2))


def color_ramp(colors: Tokens) -> npt.NDArray[np.uint8]:
    """Lookup table (level, 3) from the card through the accent to the text colour."""
    middle = (colors.accent, colors.second) if colors.is_dark else (colors.second, colors.accent)
    stops = [_rgb(one) for one in (colors.card, *middle, colors.text)]
    places = np.array([0.0, 0.35, 0.65, 1.0])
    levels = np.linspace(0, 1, LEVELS)
    channels = [np.interp(levels, places, [stop[i] for stop in stops]) for i in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def _rgb(value: str) -> tuple[int, int, int]:
    color = theme.color(value)
    return color.red(), color.green(), color.blue()
