"""Changes to clips one after another: small ones at once, large ones on another thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from PySide6.QtCore import QEventLoop, QObject, Signal

from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background

AT_ONCE = 200
"""A change of more clips would hold up the window."""


@dataclass(frozen=True)
class ClipChange:
    """One change.

    Attributes:
        act: Makes it; touches no widget. Returns the ids of the clips that it changed.
        size: About how many clips it changes.
        done: Receives the ids.
        failed: Receives why nothing was changed.
    """

    act: Callable[[], Collection[str]]
    size: int
    done: Callable[[Collection[str]], None]
    failed: Callable[[WorkbenchError], None]


class ClipChanges(QObject):
    """Makes changes in the order in which they were asked for, so that none meets clips it did not expect.

    Attributes:
        idle: The last large change was made.
    """

    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.idle.connect(self._next)
        self._waiting: deque[ClipChange] = deque()

    @property
    def is_busy(self) -> bool:
        return self._background.is_busy or bool(self._waiting)

    def make(self, change: ClipChange) -> None:
        """Make a change now, or in its turn."""
        if change.size > AT_ONCE or self.is_busy:
            self._waiting.append(change)
            if not self._background.is_busy:
                self._next()
            return
        try:
            ids = change.act()
        except WorkbenchError as error:
            change.failed(error)
        else:
            change.done(ids)

    def finish(self) -> None:
        """Let all changes be made; the project that they belong to is about to be closed."""
        loop = QEventLoop()
        self.idle.connect(loop.quit)
        while self.is_busy:
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def _next(self) -> None:
        if self._waiting:
            change = self._waiting.popleft()
            self._background.start(change.act, change.done, change.failed)
        else:
            self.idle.emit()
