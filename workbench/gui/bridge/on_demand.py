"""What rows of a task look like, made off the GUI thread when a view asks, and then remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from workbench.data.task import Clip
from workbench.gui.bridge.background import Background

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow

BATCH = 24

Made = TypeVar("Made")


class OnDemand(QObject, Generic[Made]):
    """Looks by clip; what was asked for last is made first, since it is on screen.

    Args:
        make: Makes one for each clip, on another thread.
        size: How much room one takes.
        most: Room for all; what was asked for longest ago is forgotten.
        most_waiting: As many as a large screen shows.

    Attributes:
        ready: One can be had now; carries the clip's id.
    """

    ready = Signal(str)

    def __init__(
        self,
        make: Callable[[Sequence[Clip]], Sequence[Made]],
        size: Callable[[Made], int],
        most: int,
        most_waiting: int,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.idle.connect(self._next_batch)
        self._make, self._size = make, size
        self._most, self._most_waiting = most, most_waiting
        self._room = 0
        self._made: OrderedDict[str, Made] = OrderedDict()
        self._waiting: OrderedDict[str, Clip] = OrderedDict()

    def make_otherwise(self, make: Callable[[Sequence[Clip]], Sequence[Made]]) -> None:
        """Forget all that was made, and make them in another way."""
        self._make, self._room = make, 0
        self._made.clear()

    def get(self, row: ClipRow) -> Made | None:
        """How a clip looks; None while that is being made."""
        made = self._made.get(row.id)
        if made is not None:
            self._made.move_to_end(row.id)
            return made
        self._waiting[row.id] = row.clip
        self._waiting.move_to_end(row.id)
        while len(self._waiting) > self._most_waiting:
            self._waiting.popitem(last=False)
        if not self._background.is_busy:
            self._next_batch()
        return None

    def _next_batch(self) -> None:
        batch: dict[str, Clip] = {}
        while self._waiting and len(batch) < BATCH:
            clip_id, clip = self._waiting.popitem(last=True)
            batch[clip_id] = clip
        if not batch:
            return
        make = self._make

        def take(made: Sequence[Made]) -> None:
            if make is self._make:
                self._remember(dict(zip(batch, made, strict=True)))
            for clip_id in batch:
                self.ready.emit(clip_id)

        self._background.start(lambda: make(list(batch.values())), take, lambda _: None)

    def _remember(self, made: dict[str, Made]) -> None:
        for clip_id, one in made.items():
            # Asked for again while it was being made, it was made twice.
            before = self._made.pop(clip_id, None)
            self._room += self._size(one) - (self._size(before) if before is not None else 0)
            self._made[clip_id] = one
        while self._room > self._most:
            self._room -= self._size(self._made.popitem(last=False)[1])
