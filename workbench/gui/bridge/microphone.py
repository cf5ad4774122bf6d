"""The microphone: opened as the device likes it, handed on as 16 kHz mono in small blocks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QElapsedTimer, QIODevice, QObject, QTimer, Signal
from PySide6.QtMultimedia import QAudioFormat, QAudioSource, QtAudio

from workbench.audio import RATE_HZ
from workbench.audio.pcm import measure, mono_from_pcm
from workbench.audio.resample import StreamResampler
from workbench.audio.ring import RingBuffer
from workbench.errors import WorkbenchError
from workbench.gui.bridge.input_devices import InputDevice, InputDevices, no_microphone

BLOCK_MS = 30
DEVICE_BUFFER_S = 1.0
RING_S = 10.0
START_PATIENCE_MS = 6000
STALL_PATIENCE_MS = 2000

_DTYPES: dict[QAudioFormat.SampleFormat, type[np.generic]] = {
    QAudioFormat.SampleFormat.UInt8: np.uint8,
    QAudioFormat.SampleFormat.Int16: np.int16,
    QAudioFormat.SampleFormat.Int32: np.int32,
    QAudioFormat.SampleFormat.Float: np.float32,
}


class Microphone(QObject):
    """Records from one input device until stopped.

    What arrives from the device is only written into a ring. A timer empties the ring, resamples
    to 16 kHz with state kept between blocks, and hands the block on; so slow listeners never block
    the device, and what they lose is counted.

    Attributes:
        samples: A block (sample,) of float32 at 16 kHz, about every 30 ms.
        level: A ``workbench.audio.pcm.Level`` of the same moment, measured before resampling.
        changed: Switched on or off; carries ``status``.
        failed: Could not start or stopped unexpectedly; carries a WorkbenchError.
        lost_samples: Samples of the device's rate lost since the start, because of a stall.
    """

    samples = Signal(object)
    level = Signal(object)
    changed = Signal(str)
    failed = Signal(object)

    def __init__(self, devices: InputDevices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.devices = devices
        self.device: InputDevice | None = None
        self.lost_samples = 0
        self._source: QAudioSource | None = None
        self._stream: QIODevice | None = None
        self._since_data = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(BLOCK_MS)
        self._timer.timeout.connect(self._hand_on)
        devices.changed.connect(self._check_device)

    @property
    def is_on(self) -> bool:
        return self._source is not None

    @property
    def status(self) -> str:
        """What is open, such as ``USB 48 kHz -> 16 kHz`` (with an arrow sign); empty when off."""
        if self.device is None:
            return ""
        return f"{self.device.name} {self.device.rate_hz / 1000:g} kHz → {RATE_HZ / 1000:g} kHz"

    def start(self, name: str = "") -> None:
        """Open a microphone by name, or the remembered or default one; ``failed`` tells if not."""
        self.stop()
        try:
            self._open(self.devices.choose(name))
        except WorkbenchError as error:
            self.failed.emit(error)

    def stop(self) -> None:
        """Close the device; harmless when it is closed."""
        source, self._source, self._stream = self._source, None, None
        if source is None:
            return
        self._timer.stop()
        source.stop()
        source.deleteLater()
        self.device = None
        self.changed.emit("")

    def _open(self, device: InputDevice) -> None:
        audio_format = device.handle.preferredFormat()
        if audio_format.sampleFormat() not in _DTYPES:
            raise no_microphone()
        self._dtype = _DTYPES[audio_format.sampleFormat()]
        self._ring = RingBuffer(round(RING_S * device.rate_hz))
        self._read_to = self.lost_samples = 0
        self._resampler = StreamResampler(device.rate_hz, RATE_HZ)
        source = QAudioSource(device.handle, audio_format, self)
        source.setBufferSize(audio_format.bytesForDuration(round(DEVICE_BUFFER_S * 1e6)))
        stream = source.start()
        if stream is None or source.error() is not QtAudio.Error.NoError:
            source.deleteLater()
            raise _cannot_open(device.name)
        self._source, self._stream, self.device = source, stream, device
        stream.readyRead.connect(self._fill)
        self._since_data.start()
        self._timer.start()
        self.changed.emit(self.status)

    def _fill(self) -> None:
        assert self._stream is not None
        assert self.device is not None
        data = bytes(self._stream.readAll().data())
        self._ring.write(mono_from_pcm(data, self._dtype, self.device.channels))

    def _hand_on(self) -> None:
        block, self._read_to, lost = self._ring.read_since(self._read_to)
        self.lost_samples += lost
        if len(block):
            self._since_data.restart()
            self.level.emit(measure(block))
            self.samples.emit(self._resampler.push(block))
        elif self._is_broken() or self._since_data.elapsed() > self._patience_ms():
            self._lose()

    def _is_broken(self) -> bool:
        """Asked for, since PySide cannot hand the state of a device to a slot."""
        assert self._source is not None
        broken = (QtAudio.Error.OpenError, QtAudio.Error.IOError, QtAudio.Error.FatalError)
        stopped = self._source.state() is QtAudio.State.StoppedState
        return stopped or self._source.error() in broken

    def _patience_ms(self) -> int:
        return STALL_PATIENCE_MS if self._read_to else START_PATIENCE_MS

    def _check_device(self) -> None:
        if self.device is None:
            return
        if self.device.handle.id() not in [one.handle.id() for one in self.devices.all()]:
            self._lose()

    def _lose(self) -> None:
        assert self.device is not None
        name = self.device.name
        self.stop()
        self.failed.emit(
            WorkbenchError(
                _tr("The microphone {0} stopped delivering sound.").format(name),
                data=_tr("What was recorded so far is kept."),
                hint=_tr("Plug it in again or choose another one, or use a file instead."),
            )
        )


def _cannot_open(name: str) -> WorkbenchError:
    return WorkbenchError(
        _tr("The microphone {0} could not be opened.").format(name),
        hint=_tr("Close other programs that use it, choose another one, or use a file instead."),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Microphone", text)
