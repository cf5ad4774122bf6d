"""The data doctor in another thread; a new examination replaces the one under way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.cancel import CancelToken
from workbench.data.doctor import examine
from workbench.data.task import Task
from workbench.gui.bridge.background import Background

SETTLE_MS = 1500


class CheckWork(QObject):
    """Examines a task once its clips have stopped changing.

    Attributes:
        progressed: Clips heard and their total.
        done: Carries a tuple of ``workbench.data.doctor.Finding``.
        failed: Carries a WorkbenchError.
    """

    progressed = Signal(int, int)
    done = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, self.cancel)
        self._token = CancelToken()
        self._read: Callable[[], Task] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._start)

    def request(self, read: Callable[[], Task]) -> None:
        """Examine a task soon; it is read where it is examined."""
        self.cancel()
        self._read = read
        self._timer.start()

    def start_now(self, read: Callable[[], Task]) -> None:
        """Examine a task at once."""
        self.request(read)
        self._timer.stop()
        self._start()

    def cancel(self) -> None:
        """Give up what is under way or planned."""
        self._timer.stop()
        self._token.stop()

    def _start(self) -> None:
        read = self._read
        assert read is not None
        token = self._token = CancelToken()

        def take(findings: object) -> None:
            if not token.is_stopped:
                self.done.emit(findings)

        def tell(done: int, total: int) -> None:
            if not token.is_stopped:
                self.progressed.emit(done, total)

        self._background.start(lambda: examine(read(), token, tell), take, self.failed.emit)
