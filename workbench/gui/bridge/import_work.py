"""An import in another thread: progress, cancel, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.cancel import CancelToken
from workbench.gui.bridge.background import Background

if TYPE_CHECKING:
    from workbench.project.project import ImportReport

Import = Callable[[CancelToken, Callable[[int, int], None]], "ImportReport"]
"""Imports on another thread; is told when to stop, and tells how far it is."""


class ImportWork(QObject):
    """Imports one source at a time.

    Attributes:
        progressed: Files done and their total.
        done: Carries the project's ``ImportReport``.
        failed: Carries a WorkbenchError; what was added before it stays.
        ended: The work is over in any way, a cancelled one included.
    """

    progressed = Signal(int, int)
    done = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, self.cancel)
        self._background.idle.connect(self.ended)
        self._token = CancelToken()

    @property
    def is_running(self) -> bool:
        return self._background.is_busy

    def start(self, take_in: Import) -> None:
        """Import something."""
        token = self._token = CancelToken()
        self._background.start(
            lambda: take_in(token, self.progressed.emit), self.done.emit, self.failed.emit
        )

    def cancel(self) -> None:
        """Stop after the current batch, which stays; ``ended`` tells when."""
        self._token.stop()
