"""The microphone row of the recorder: which device, how loud, and how it is opened."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from workbench.audio.pcm import Level, PeakHold
from workbench.gui import theme
from workbench.gui.bridge.microphone import BLOCK_MS, Microphone
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.device_box import DeviceBox
from workbench.gui.widgets.level_bar import LevelBar

METER_WIDTH = 14 * GRID


class MicrophoneRow(QWidget):
    """Device choice, meter, and a switch to look at the level before recording.

    Attributes:
        switched: The user switched the microphone on or off.
    """

    switched = Signal(bool)

    def __init__(self, microphone: Microphone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._microphone = microphone
        self._hold = PeakHold()
        self.device = DeviceBox(microphone, self)
        self.meter = LevelBar(self)
        self.meter.setMaximumWidth(METER_WIDTH)
        self.switch = PushButton("", self._toggle, "quiet", self)
        self._sign = QLabel(self)
        self._sign.setBuddy(self.device)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addStretch()
        for widget in (self._sign, self.device, self.meter, self.switch):
            row.addWidget(widget)
        theme.controller().changed.connect(self._dress)
        self._dress()
        self.device.listed.connect(lambda: self.switch.setEnabled(self.device.isEnabled()))
        microphone.changed.connect(self._show_state)
        microphone.level.connect(self._show_level)
        self._show_state()

    def show_choices(self, shown: bool) -> None:
        """Hide all but the meter while something is recorded."""
        for widget in (self.device, self.switch):
            widget.setVisible(shown)

    def _toggle(self) -> None:
        if self._microphone.is_on:
            self._microphone.stop()
        else:
            self._microphone.start(self.device.currentText())
        self.switched.emit(self._microphone.is_on)

    def _show_state(self) -> None:
        device = self._microphone.device
        self.switch.setText(self.tr("Switch off") if device else self.tr("Check level"))
        self._hold = PeakHold()
        self.meter.show_level(Level().peak_db, Level().peak_db)
        self.meter.clear_clip()
        self.meter.setVisible(device is not None)
        if device is None:
            self.device.setToolTip("")
            return
        rate = f"{device.rate_hz / 1000:g} kHz"
        mixed = self.tr("{0} channels mixed").format(device.channels)
        native = rate if device.channels == 1 else f"{rate}, {mixed}"
        self.device.setToolTip(f"{native} → 16 kHz mono")

    def _dress(self) -> None:
        sign = theme.icon("try_it", theme.tokens().muted)
        self._sign.setPixmap(sign.pixmap(theme.icon_size()))

    def _show_level(self, level: Level) -> None:
        peak_db = self._hold.add(level, BLOCK_MS / 1000)
        self.meter.show_level(level.rms_db, peak_db, level.clipped)
