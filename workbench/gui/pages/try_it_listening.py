"""Starts and stops listening: microphone or file into the listening thread, and the file to the loudspeaker."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.audio import RATE_HZ
from workbench.audio.files import Samples, read_audio
from workbench.detection.stream import followed_by_silence
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.listener import FileSource, Heard, Listener, ListenPlan
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.bridge.player import Player
from workbench.gui.formatting import decimal
from workbench.gui.session import Session


class Listening(QObject):
    """One listening at a time.

    Attributes:
        heard: Carries ``Heard``.
        switched: Listening began or ended.
        ended: A file was heard to its end.
        is_on, is_live: Whether somebody listens, and whether to the microphone.
    """

    heard = Signal(object)
    switched = Signal(bool)
    ended = Signal()

    def __init__(self, session: Session, microphone: Microphone, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._microphone = microphone
        self._listener = Listener(self)
        self._player = Player(self)
        self._background = Background(self)
        self._plan = ListenPlan()
        self._run = 0
        self.is_on = self.is_live = False
        microphone.samples.connect(self._listener.hear)
        microphone.changed.connect(session.microphone_changed)
        microphone.failed.connect(self._on_failed)
        self._listener.heard.connect(self._on_heard)
        self._listener.ended.connect(self._on_ended)
        self._player.failed.connect(self._on_no_loudspeaker)

    def use(self, plan: ListenPlan) -> None:
        """Listen with other patches or settings from the next look on."""
        self._plan = plan
        if self.is_on:
            self._listener.use(plan)

    def start_microphone(self, name: str) -> None:
        """Listen to a microphone until stopped."""
        self.stop()
        self._switch(True, is_live=True)
        self._microphone.start(name)
        if self.is_on:
            self._listener.use(self._plan)
            self._listener.start()

    def start_file(self, path: Path, is_fast: bool) -> None:
        """Listen to a file; without haste it is played at the same time."""
        self.stop()
        self._switch(True)
        run = self._run
        self._background.start(
            lambda: read_audio(path, RATE_HZ),
            lambda samples: self._start_samples(samples, is_fast, run),
            lambda error: self._on_unreadable(error, run),
        )

    def stop(self) -> None:
        """Stop listening; harmless when nobody listens."""
        if self.is_on:
            self._listener.stop()
            self._microphone.stop()
            self._player.stop()
            self._switch(False)

    def latest(self, seconds: float) -> Samples:
        """What the microphone brought last (sample,) at 16 kHz."""
        return self._listener.latest(seconds)

    def shut_down(self) -> None:
        self.stop()
        self._listener.shut_down()

    def _start_samples(self, samples: Samples, is_fast: bool, run: int) -> None:
        if run != self._run or not self.is_on:
            return
        self._listener.use(self._plan)
        self._listener.start(FileSource(followed_by_silence(samples, RATE_HZ), is_fast))
        if not is_fast:
            self._player.play(samples, RATE_HZ)

    def _switch(self, is_on: bool, is_live: bool = False) -> None:
        self._run += is_on
        self.is_on, self.is_live = is_on, is_live
        self.switched.emit(is_on)

    def _on_heard(self, heard: Heard) -> None:
        if not self.is_on:
            return
        self.heard.emit(heard)
        if heard.lost_s > 0:
            self._session.notices.warn(
                self.tr("{0} s of sound were skipped, because this computer is busy.").format(
                    decimal(heard.lost_s, 1)
                ),
                key="listening",
            )

    def _on_ended(self) -> None:
        if self.is_on:
            self._switch(False)
            self.ended.emit()

    def _on_failed(self, error: WorkbenchError) -> None:
        self._session.notices.error(error, key="microphone")
        self.stop()

    def _on_unreadable(self, error: WorkbenchError, run: int) -> None:
        if run == self._run:
            self._session.notices.error(error, key="listening")
            self.stop()

    def _on_no_loudspeaker(self, error: WorkbenchError) -> None:
        self._session.notices.info(
            self.tr("{0} The file is listened to silently.").format(error.message), key="listening"
        )
