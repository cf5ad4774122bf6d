"""Small pictures for the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from workbench.data.pictures import in_threads, read_within
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.gui.bridge.on_demand import OnDemand
from workbench.gui.bridge.pixels import image_of

MOST_WAITING = 600
MOST_BYTES = 192 * 2**20


class Thumbnails(OnDemand[QImage]):
    """Thumbnails by clip; null where the file cannot be read."""

    def __init__(self, parent: QObject | None = None) -> None:
        make = partial(_thumbnails, side=0)
        super().__init__(make, QImage.sizeInBytes, MOST_BYTES, MOST_WAITING, parent)
        self._side = 0

    def set_side(self, side: int) -> None:
        """Make them so many pixels wide or high; those of another size are forgotten."""
        if side != self._side:
            self._side = side
            self.make_otherwise(partial(_thumbnails, side=side))


def _thumbnails(clips: Sequence[Clip], side: int) -> list[QImage]:
    return in_threads(partial(_thumbnail, side=side), clips, None)


def _thumbnail(clip: Clip, side: int) -> QImage:
    try:
        pixels = read_within(clip, side)
    except WorkbenchError:
        # The large view tells why.
        return QImage()
    return image_of(pixels).convertToFormat(QImage.Format.Format_RGB32)
