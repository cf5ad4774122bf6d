"""Waveform outlines of clips, made off the GUI thread when a view asks and then remembered."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from workbench.audio.display import envelope
from workbench.audio.files import read_audio
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow

COLUMNS = 160
BATCH = 24
MOST_WAITING = 200
MOST_REMEMBERED = 20_000

Outline = npt.NDArray[np.float32]


class Outlines(QObject):
    """Outlines by clip; what was asked for last is made first, since it is on screen.

    Attributes:
        ready: An outline can be had now; carries the clip's id.
    """

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.idle.connect(self._next_batch)
        self._made: OrderedDict[str, Outline] = OrderedDict()
        self._waiting: OrderedDict[str, Clip] = OrderedDict()

    def get(self, record: ClipRow) -> Outline | None:
        """Outline (2, column) of a clip, or None while it is being made."""
        made = self._made.get(record.id)
        if made is None:
            self._waiting[record.id] = record.clip
            self._waiting.move_to_end(record.id)
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            if not self._background.is_busy:
                self._next_batch()
        return made

    def _next_batch(self) -> None:
        batch: dict[str, Clip] = {}
        while self._waiting and len(batch) < BATCH:
            clip_id, clip = self._waiting.popitem(last=True)
            batch[clip_id] = clip
        if batch:
            self._background.start(lambda: _outlines(batch), self._take, lambda _: None)

    def _take(self, made: dict[str, Outline]) -> None:
        self._made |= made
        while len(self._made) > MOST_REMEMBERED:
            self._made.popitem(last=False)
        for clip_id in made:
            self.ready.emit(clip_id)


def _outlines(clips: dict[str, Clip]) -> dict[str, Outline]:
    return {clip_id: _outline(clip) for clip_id, clip in clips.items()}


def _outline(clip: Clip) -> Outline:
    try:
        samples = read_audio(clip.path, start_s=clip.start_s, duration_s=clip.duration_s)
    except WorkbenchError:
        # A file that vanished or is damaged has no outline; playing it tells the user why.
        return np.zeros((2, COLUMNS), dtype=np.float32)
    return envelope(samples, COLUMNS)
