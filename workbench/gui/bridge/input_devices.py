"""The microphones of this computer, by name, and the news that one came or went."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtMultimedia import QAudioDevice, QMediaDevices

from workbench.errors import WorkbenchError
from workbench.gui.settings import store

_REMEMBERED = "microphone/name"


@dataclass(frozen=True)
class InputDevice:
    """One microphone as the user knows it."""

    name: str
    rate_hz: int
    channels: int
    handle: QAudioDevice


class InputDevices(QObject):
    """Lists microphones and remembers by name which one the user chose.

    Attributes:
        changed: A microphone was plugged in or pulled out.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media = QMediaDevices(self)
        self._media.audioInputsChanged.connect(self.changed)

    def all(self) -> tuple[InputDevice, ...]:
        """The microphones that are there now, the system's default first."""
        handles = sorted(QMediaDevices.audioInputs(), key=lambda one: not one.isDefault())
        return tuple(_described(handle) for handle in handles)

    @staticmethod
    def remember(name: str) -> None:
        """For every list of microphones, those that do not exist yet as well."""
        store().setValue(_REMEMBERED, name)

    def remembered(self) -> str:
        return str(store().value(_REMEMBERED, ""))

    def choose(self, name: str = "") -> InputDevice:
        """The microphone called ``name``, else the remembered one, else the system's default.

        Raises:
            WorkbenchError: there is no microphone at all.
        """
        devices = self.all()
        if not devices:
            raise no_microphone()
        by_name = {device.name: device for device in reversed(devices)}
        return by_name.get(name) or by_name.get(self.remembered()) or devices[0]


def no_microphone() -> WorkbenchError:
    return WorkbenchError(
        _tr("No microphone was found."),
        hint=_tr("Plug one in or allow its use in the system settings, or use a file instead."),
    )


def _described(handle: QAudioDevice) -> InputDevice:
    preferred = handle.preferredFormat()
    return InputDevice(
        handle.description(), preferred.sampleRate(), preferred.channelCount(), handle
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("InputDevices", text)
