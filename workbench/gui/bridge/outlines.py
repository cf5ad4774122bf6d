"""Waveform outlines of clips, for lists of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from workbench.audio.display import envelope
from workbench.audio.files import read_audio
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.gui.bridge.on_demand import OnDemand

COLUMNS = 160
MOST_WAITING = 200
MOST_REMEMBERED = 20_000

Outline = npt.NDArray[np.float32]


class Outlines(OnDemand[Outline]):
    """Outlines (2, column) by clip; flat where the file cannot be read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_outlines, lambda _: 1, MOST_REMEMBERED, MOST_WAITING, parent)


def _outlines(clips: Sequence[Clip]) -> list[Outline]:
    return [_outline(clip) for clip in clips]


def _outline(clip: Clip) -> Outline:
    try:
        samples = read_audio(clip.path, start_s=clip.start_s, duration_s=clip.duration_s)
    except WorkbenchError:
        # A file that vanished or is damaged has no outline; playing it tells the user why.
        return np.zeros((2, COLUMNS), dtype=np.float32)
    return envelope(samples, COLUMNS)
