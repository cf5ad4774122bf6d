"""Plays one array of samples at a time and tells where it is, on the clock of the sound device."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QObject, QTimer, Signal
from PySide6.QtMultimedia import QAudioDevice, QAudioFormat, QAudioSink, QMediaDevices, QtAudio

from workbench.audio.files import Samples, resample
from workbench.audio.pcm import pcm16
from workbench.errors import WorkbenchError

POSITION_MS = 25
MOST_CHANNELS = 2
# Silence after the clip: a device that is stopped drops what it has buffered.
TAIL_S = 0.1


class Player(QObject):
    """Plays to the default output; a new clip replaces the one that is playing.

    Attributes:
        position: Seconds of the clip that have been played, about forty times per second.
        started: A clip began.
        stopped: The clip ended or was stopped; it does not begin again by itself.
        failed: Carries a WorkbenchError, such as when there is no loudspeaker.
    """

    position = Signal(float)
    started = Signal()
    stopped = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sink: QAudioSink | None = None
        self._offset_s = self._end_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(POSITION_MS)
        self._timer.timeout.connect(self._tell_position)

    @property
    def is_playing(self) -> bool:
        return self._sink is not None

    def play(self, samples: Samples, rate_hz: int, from_s: float = 0.0) -> None:
        """Play mono samples (sample,) from a position in seconds; stops what is playing."""
        self.stop()
        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            self.failed.emit(_no_output())
            return
        audio_format = _playable(device)
        rest = np.pad(samples[round(from_s * rate_hz) :], (0, round(TAIL_S * rate_hz)))
        data = pcm16(
            resample(rest, rate_hz, audio_format.sampleRate()), audio_format.channelCount()
        )
        sink = QAudioSink(device, audio_format, self)
        source = QBuffer(sink)
        source.setData(QByteArray(data))
        source.open(QIODevice.OpenModeFlag.ReadOnly)
        sink.start(source)
        if sink.error() is not QtAudio.Error.NoError:
            sink.deleteLater()
            self.failed.emit(_no_output())
            return
        self._sink, self._offset_s, self._end_s = sink, from_s, len(samples) / rate_hz
        self._timer.start()
        self.started.emit()

    def stop(self) -> None:
        """Fall silent; harmless when nothing plays."""
        sink, self._sink = self._sink, None
        if sink is None:
            return
        self._timer.stop()
        sink.stop()
        sink.deleteLater()
        self.stopped.emit()

    def _tell_position(self) -> None:
        """Tell the position and stop at the end, which not every backend reports by itself."""
        assert self._sink is not None
        over = (QtAudio.State.IdleState, QtAudio.State.StoppedState)
        played_s = self._offset_s + self._sink.processedUSecs() / 1e6
        self.position.emit(min(played_s, self._end_s))
        if self._sink.state() in over or played_s >= self._end_s + TAIL_S / 2:
            self.stop()


def _playable(device: QAudioDevice) -> QAudioFormat:
    """What the device prefers, in 16 bit, which every backend converts from."""
    audio_format = device.preferredFormat()
    audio_format.setSampleFormat(QAudioFormat.SampleFormat.Int16)
    if audio_format.channelCount() > MOST_CHANNELS:
        audio_format.setChannelCount(MOST_CHANNELS)
    return audio_format


def _no_output() -> WorkbenchError:
    return WorkbenchError(
        _tr("No loudspeaker or headphones were found, so nothing can be played."),
        hint=_tr("Connect an output and choose it in the system settings."),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Player", text)
