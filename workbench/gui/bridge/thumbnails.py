"""Small pictures for the contact sheet, decoded off the GUI thread when it asks and then remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from workbench.data.pictures import in_threads, read_within
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.pixels import image_of

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow

BATCH = 24
MOST_WAITING = 600
"""More cells than a large screen holds."""

MOST_BYTES = 192 * 2**20


class Thumbnails(QObject):
    """Thumbnails by clip; what was asked for last is made first, since it is on screen.

    Attributes:
        ready: A thumbnail can be had now; carries the clip's id.
    """

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.idle.connect(self._next_batch)
        self._side = 0
        self._bytes = 0
        self._made: OrderedDict[str, QImage] = OrderedDict()
        self._waiting: OrderedDict[str, Clip] = OrderedDict()

    def set_side(self, side: int) -> None:
        """Make them so many pixels wide or high; those of another size are forgotten."""
        if side != self._side:
            self._side, self._bytes = side, 0
            self._made.clear()

    def get(self, row: ClipRow) -> QImage | None:
        """A thumbnail, null where the file cannot be read; None while it is being made."""
        made = self._made.get(row.id)
        if made is not None:
            self._made.move_to_end(row.id)
            return made
        self._waiting[row.id] = row.clip
        self._waiting.move_to_end(row.id)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        if not self._background.is_busy:
            self._next_batch()
        return None

    def _next_batch(self) -> None:
        batch: dict[str, Clip] = {}
        while self._waiting and len(batch) < BATCH:
            clip_id, clip = self._waiting.popitem(last=True)
            batch[clip_id] = clip
        if batch:
            side = self._side
            self._background.start(
                lambda: _thumbnails(list(batch.values()), side),
                lambda images: self._take(dict(zip(batch, images, strict=True)), side),
                lambda _: None,
            )

    def _take(self, made: dict[str, QImage], side: int) -> None:
        if side == self._side:
            self._made |= made
            self._bytes += sum(image.sizeInBytes() for image in made.values())
            while self._bytes > MOST_BYTES:
                self._bytes -= self._made.popitem(last=False)[1].sizeInBytes()
        for clip_id in made:
            self.ready.emit(clip_id)


def _thumbnails(clips: Sequence[Clip], side: int) -> list[QImage]:
    return in_threads(partial(_thumbnail, side=side), clips, None)


def _thumbnail(clip: Clip, side: int) -> QImage:
    try:
        pixels = read_within(clip, side)
    except WorkbenchError:
        # The large view tells why.
        return QImage()
    return image_of(pixels).convertToFormat(QImage.Format.Format_RGB32)
