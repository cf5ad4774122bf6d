"""Loads the sound of the current clip off the GUI thread, and plays it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.audio.display import Spectrogram, spectrogram
from workbench.audio.files import Samples, probe, read_audio
from workbench.data.task import Clip
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.player import Player

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow


@dataclass(frozen=True)
class Sound:
    """A clip ready to be seen and heard: mono samples (sample,) at the rate of its file."""

    clip_id: str
    samples: Samples
    rate_hz: int
    picture: Spectrogram


class Listening(QObject):
    """The current clip and its playback.

    Attributes:
        loaded: Carries the ``Sound`` of the current clip.
        playing: A clip plays; carries its id, or None when it is silent again.
        position: Where the playing clip is, in seconds.
        failed: Carries a WorkbenchError.
    """

    loaded = Signal(object)
    playing = Signal(object)
    position = Signal(float)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.player = Player(self)
        self._background = Background(self)
        self._current: ClipRow | None = None
        self._sound: Sound | None = None
        self._play_when_loaded = False
        self.player.position.connect(self.position)
        self.player.started.connect(self._tell_started)
        self.player.stopped.connect(lambda: self.playing.emit(None))
        self.player.failed.connect(self.failed)

    def show(self, record: ClipRow | None) -> None:
        """Make a clip the current one; what plays stops."""
        if record == self._current and record is not None:
            return
        self.player.stop()
        self._current, self._sound, self._play_when_loaded = record, None, False
        if record is not None:
            self._background.start(
                lambda: _load(record.id, record.clip), self._take, self.failed.emit
            )

    def toggle(self) -> None:
        """Play the current clip from its start, or stop."""
        if self.player.is_playing:
            self.player.stop()
        else:
            self.play_from(0.0)

    def play_from(self, position_s: float) -> None:
        """Play the current clip from a position."""
        if self._sound is None:
            self._play_when_loaded = True
        else:
            self.player.play(self._sound.samples, self._sound.rate_hz, position_s)

    def _take(self, sound: Sound) -> None:
        if self._current is None or sound.clip_id != self._current.id:
            return
        self._sound = sound
        self.loaded.emit(sound)
        if self._play_when_loaded:
            self._play_when_loaded = False
            self.play_from(0.0)

    def _tell_started(self) -> None:
        self.playing.emit(self._sound.clip_id if self._sound else None)


def _load(clip_id: str, clip: Clip) -> Sound:
    rate_hz = probe(clip.path).rate_hz
    samples = read_audio(clip.path, rate_hz, clip.start_s, clip.duration_s)
    return Sound(clip_id, samples, rate_hz, spectrogram(samples, rate_hz))
