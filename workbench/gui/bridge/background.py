"""Short work off the GUI thread: what it tells, its result or its error handed back by a queued signal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from itertools import count
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, SignalInstance

from workbench.cancel import Cancelled
from workbench.errors import WorkbenchError

_TOLD, _DONE, _FAILED, _OVER = range(4)


class _PostOffice(QObject):
    """Brings outcomes into the GUI thread.

    There is one, and it lives as long as the program: an object that is deleted in one thread while
    another one is emitting its signal would lose the signal, or worse.
    """

    posted = Signal(int, int, object)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tickets = count()
        self._takers: dict[int, Callable[[int, Any], None]] = {}
        self.posted.connect(self._deliver)

    def ticket(self, take: Callable[[int, Any], None]) -> int:
        """A number under which one outcome, and what is told before it, can be posted to ``take``."""
        number = next(self._tickets)
        self._takers[number] = take
        return number

    def tear_up(self, tickets: set[int]) -> None:
        """Deliver nothing for these tickets any more."""
        for number in tickets:
            self._takers.pop(number, None)

    def _deliver(self, number: int, kind: int, value: object) -> None:
        take = self._takers.get(number) if kind == _TOLD else self._takers.pop(number, None)
        try:
            if take is not None:
                take(kind, value)
        finally:
            if kind != _TOLD:
                self.ended.emit()


@cache
def _office() -> _PostOffice:
    return _PostOffice()


def some_work_ended() -> SignalInstance:
    """Emitted when any piece of work has ended and its owner, if it still has one, has been told."""
    return _office().ended


class _Work(QRunnable):
    def __init__(self, work: Callable[[], Any], office: _PostOffice, ticket: int) -> None:
        super().__init__()
        self._work, self._office, self._ticket = work, office, ticket

    def run(self) -> None:
        kind, value = _OVER, None
        try:
            kind, value = _DONE, self._work()
        except Cancelled:
            pass
        except WorkbenchError as error:
            kind, value = _FAILED, error
        finally:
            self._office.posted.emit(self._ticket, kind, value)


class Background(QObject):
    """Runs functions on the shared thread pool on behalf of one owner.

    The callbacks run in the GUI thread, and not at all once the owner is gone. A function that raises
    ``Cancelled`` ends silently; an unforeseen exception goes to the crash hook.

    Args:
        owner: Whom it works for.
        stop: Asks the work to end early; called when the project that it belongs to is left.

    Attributes:
        idle: The last piece of work under way has ended.
    """

    idle = Signal()

    def __init__(self, owner: QObject, stop: Callable[[], None] | None = None) -> None:
        super().__init__(owner)
        self.stop = stop
        self._tickets: set[int] = set()
        self.destroyed.connect(partial(_office().tear_up, self._tickets))

    @property
    def is_busy(self) -> bool:
        return bool(self._tickets)

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
        ticket = self._ticket({_DONE: done, _FAILED: failed})
        QThreadPool.globalInstance().start(_Work(work, _office(), ticket))

    def follow(
        self,
        events: Callable[[], Iterable[Any]],
        told: Callable[[Any], None],
        failed: Callable[[WorkbenchError], None],
    ) -> None:
        """Run a generator on another thread, and hand over what it yields, one after the other.

        Args:
            events: Makes the generator, on the other thread; touches no widget.
            told: Receives each event.
            failed: Receives an error that the user can act on.
        """
        office = _office()
        ticket = self._ticket({_TOLD: told, _FAILED: failed})

        def work() -> None:
            for event in events():
                office.posted.emit(ticket, _TOLD, event)

        QThreadPool.globalInstance().start(_Work(work, office, ticket))

    def _ticket(self, takers: dict[int, Callable[[Any], None]]) -> int:
        def take(kind: int, value: Any) -> None:
            if kind != _TOLD:
                self._tickets.discard(ticket)
            if kind in takers:
                takers[kind](value)
            if kind != _TOLD and not self._tickets:
                self.idle.emit()

        ticket = _office().ticket(take)
        self._tickets.add(ticket)
        return ticket
