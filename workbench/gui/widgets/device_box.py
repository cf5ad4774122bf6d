"""The choice of a microphone, the same wherever one listens."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from workbench.gui.bridge.microphone import Microphone

LETTERS = 12


class DeviceBox(QComboBox):
    """Lists the devices as they come and go; a choice is remembered and used at once.

    Attributes:
        listed: The devices were listed anew.
    """

    listed = Signal()

    def __init__(self, microphone: Microphone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._microphone = microphone
        self.setMinimumContentsLength(LETTERS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setAccessibleName(self.tr("Microphone"))
        self.activated.connect(self._choose)
        microphone.devices.changed.connect(self.list_devices)

    def list_devices(self) -> None:
        """Look which microphones are there."""
        devices = self._microphone.devices
        found = devices.all()
        self.clear()
        self.addItems([device.name for device in found])
        if found:
            self.setCurrentText(devices.choose().name)
        else:
            self.addItem(self.tr("No microphone"))
        self.setEnabled(bool(found))
        self.listed.emit()

    def follow(self) -> None:
        """Take the device that was chosen elsewhere; while takes are recorded, from the next start on."""
        self.list_devices()
        if self._microphone.is_on and not self.isHidden():
            self._microphone.start(self.currentText())

    def _choose(self) -> None:
        name = self.currentText()
        self._microphone.devices.remember(name)
        if self._microphone.is_on:
            self._microphone.start(name)
