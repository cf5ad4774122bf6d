"""Recordings from the microphone: hands-free takes of a word, or the noise of the room."""

from __future__ import annotations

from math import ceil

import numpy as np
from PySide6.QtCore import QObject, Signal

from workbench.audio import RATE_HZ
from workbench.audio.files import Samples
from workbench.audio.hands_free import HandsFree, Phase, TakePlan
from workbench.gui.bridge.microphone import Microphone


class Recorder(QObject):
    """Runs one recording at a time.

    Attributes:
        take: A take, good or rejected; carries a ``workbench.audio.takes.Take``.
        room: The noise of the room (sample,) at 16 kHz, as much of it as was recorded.
        moved_on: The countdown or the phase changed.
        ended: The recording is over; carries its last ``Phase``, or None when it was stopped.
    """

    take = Signal(object)
    room = Signal(object)
    moved_on = Signal()
    ended = Signal(object)

    def __init__(self, microphone: Microphone, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._microphone = microphone
        self._hands_free: HandsFree | None = None
        self._room: list[Samples] | None = None
        self._room_s = 0.0
        self._told: tuple[Phase, int] | None = None
        microphone.samples.connect(self._hear)
        microphone.failed.connect(self.stop)

    @property
    def is_running(self) -> bool:
        return self._hands_free is not None or self._room is not None

    @property
    def records_room(self) -> bool:
        return self._room is not None

    @property
    def phase(self) -> Phase | None:
        return self._hands_free.phase if self._hands_free else None

    @property
    def countdown(self) -> int:
        """Whole seconds until the first prompt, or until the room is recorded."""
        if self._room is not None:
            return ceil(self._room_s - sum(map(len, self._room)) / RATE_HZ)
        return self._hands_free.countdown if self._hands_free else 0

    @property
    def good(self) -> int:
        """Good takes so far."""
        return self._hands_free.good if self._hands_free else 0

    def start(self, plan: TakePlan) -> None:
        """Record takes; opens the microphone when it is closed."""
        self.stop()
        self._hands_free, self._told = HandsFree(plan), None
        self._open()

    def start_room(self, duration_s: float) -> None:
        """Record the room for a time in seconds."""
        self.stop()
        self._room, self._room_s = [], duration_s
        self._open()

    def stop(self, *_: object) -> None:
        """End now; what was taken stays taken, and what was heard of the room is handed on."""
        self._end(None)

    def _end(self, phase: Phase | None) -> None:
        if not self.is_running:
            return
        heard, self._room, self._hands_free = self._room, None, None
        if heard:
            self.room.emit(np.concatenate(heard)[: round(self._room_s * RATE_HZ)])
        self.ended.emit(phase)

    def _open(self) -> None:
        if not self._microphone.is_on:
            self._microphone.start()
        if self.is_running:
            self.moved_on.emit()

    def _hear(self, samples: Samples) -> None:
        if self._room is not None:
            self._hear_room(samples)
        elif self._hands_free is not None:
            self._hear_takes(self._hands_free, samples)

    def _hear_room(self, samples: Samples) -> None:
        assert self._room is not None
        before = self.countdown
        self._room.append(samples)
        if self.countdown < before:
            self.moved_on.emit()
        if self.countdown <= 0:
            self._end(Phase.COMPLETE)

    def _hear_takes(self, running: HandsFree, samples: Samples) -> None:
        for take in running.feed(samples):
            self.take.emit(take)
        if running is not self._hands_free:
            return
        told = (running.phase, running.countdown)
        if told != self._told:
            self._told = told
            self.moved_on.emit()
        if running.is_over():
            self._end(running.phase)
