"""An import in another thread: progress, cancel, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.cancel import CancelToken
from workbench.gui.bridge.background import Background

if TYPE_CHECKING:
    from workbench.project.project import Project


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
        self._background = Background(self)
        self._background.idle.connect(self.ended)
        self._token = CancelToken()

    @property
    def is_running(self) -> bool:
        return self._background.is_busy

    def start(self, project: Project, task_id: str, source: Path) -> None:
        """Import a folder, zip or manifest into a task."""
        token = self._token = CancelToken()
        self._background.start(
            lambda: project.import_clips(task_id, source, token, self.progressed.emit),
            self.done.emit,
            self.failed.emit,
        )

    def cancel(self) -> None:
        """Stop after the current batch, which stays; ``ended`` tells when."""
        self._token.stop()
