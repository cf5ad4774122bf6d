"""Short work off the GUI thread: one function, its result or its error handed back by a queued signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from workbench.cancel import Cancelled
from workbench.errors import WorkbenchError


class _Reply(QObject):
    """Outlives the owner: work that is under way when the owner goes must have somewhere to report to."""

    done = Signal(object)
    failed = Signal(object)
    over = Signal()
    _alive: ClassVar[set[_Reply]] = set()

    def __init__(self) -> None:
        super().__init__()
        self._alive.add(self)
        self.over.connect(self._release)

    def _release(self) -> None:
        self._alive.discard(self)
        self.deleteLater()


class _Work(QRunnable):
    def __init__(self, work: Callable[[], Any], reply: _Reply) -> None:
        super().__init__()
        self._work = work
        self._reply = reply

    def run(self) -> None:
        try:
            self._reply.done.emit(self._work())
        except Cancelled:
            pass
        except WorkbenchError as error:
            self._reply.failed.emit(error)
        finally:
            self._reply.over.emit()


class Background(QObject):
    """Runs functions on the shared thread pool on behalf of one owner.

    The callbacks run in the GUI thread, and not at all once the owner is gone. A function that raises
    ``Cancelled`` ends silently; an unforeseen exception goes to the crash hook.

    Attributes:
        idle: The last piece of work under way has ended.
    """

    idle = Signal()

    def __init__(self, owner: QObject) -> None:
        super().__init__(owner)
        self._under_way = 0

    @property
    def is_busy(self) -> bool:
        return self._under_way > 0

    def start(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[WorkbenchError], None],
    ) -> None:
        """Run ``work`` on another thread.

        Args:
            work: Touches no widget.
            done: Receives the result.
            failed: Receives an error that the user can act on.
        """
        reply = _Reply()
        for signal, act in ((reply.done, done), (reply.failed, failed)):
            relay = _Relay(act, self)
            signal.connect(relay.take)
            reply.over.connect(relay.deleteLater)
        reply.over.connect(self._on_over)
        self._under_way += 1
        QThreadPool.globalInstance().start(_Work(work, reply))

    def _on_over(self) -> None:
        self._under_way -= 1
        if self._under_way == 0:
            self.idle.emit()


class _Relay(QObject):
    """Gives a plain function a home in the GUI thread, so that signals to it are queued."""

    def __init__(self, act: Callable[[Any], None], parent: QObject) -> None:
        super().__init__(parent)
        self._act = act

    def take(self, value: object) -> None:
        self._act(value)
