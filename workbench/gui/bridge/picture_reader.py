"""Reads the picture that is shown large; of pictures asked for faster than they are read the last one counts."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from workbench.data.pictures import read_within, size_of
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.pixels import Picture

SIDE = 1600
"""Pixels; more would show on no screen that has room for the other parts of the window."""


@dataclass(frozen=True)
class WholePicture:
    """Attributes: pixels (height, width, channel), shrunk if large, and the size that the file has."""

    clip: Clip
    pixels: Picture
    width: int
    height: int


class PictureReader(QObject):
    """Attributes:
    read: Carries the ``WholePicture`` asked for last.
    failed: It cannot be read; carries a WorkbenchError.
    """

    read = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.idle.connect(self._read_wanted)
        self._wanted: Clip | None = None
        self._reading: Clip | None = None

    def want(self, clip: Clip | None) -> None:
        """Read this one next; with None nothing, and what is being read is not shown."""
        self._wanted, self._reading = clip, None
        if not self._background.is_busy:
            self._read_wanted()

    def _read_wanted(self) -> None:
        clip, self._wanted = self._wanted, None
        if clip is None:
            return
        self._reading = clip

        def take(picture: WholePicture) -> None:
            if self._reading == clip:
                self.read.emit(picture)

        def fail(error: WorkbenchError) -> None:
            if self._reading == clip:
                self.failed.emit(error)

        self._background.start(lambda: _whole(clip), take, fail)


def _whole(clip: Clip) -> WholePicture:
    return WholePicture(clip, read_within(clip, SIDE), *size_of(clip))
