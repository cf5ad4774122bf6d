"""Notification bus without Qt: buffered until somebody listens, replaceable by key, with history."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from workbench.errors import WorkbenchError

_log = logging.getLogger("workbench.notices")
HISTORY_LENGTH = 500


class Level(IntEnum):
    INFO = logging.INFO
    WARNING = logging.WARNING
    ERROR = logging.ERROR


@dataclass(frozen=True)
class Notice:
    """One message to the user.

    Attributes:
        key: A later notice with the same key replaces this one on screen; empty never replaces.
        details: Text for "Show details"; empty when there is none.
        stays: Whether information is there until it is dismissed, as warnings and errors always are.
    """

    level: Level
    text: str
    key: str = ""
    details: str = ""
    stays: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class NoticeBus:
    """Delivers notices to subscribers in the thread that posts them."""

    def __init__(self) -> None:
        self.history: deque[Notice] = deque(maxlen=HISTORY_LENGTH)
        self._listeners: list[Callable[[Notice], None]] = []
        self._undelivered: list[Notice] = []
        self._lock = threading.Lock()

    def post(self, notice: Notice) -> None:
        _log.log(notice.level, "%s", notice.text)
        with self._lock:
            self.history.append(notice)
            listeners = list(self._listeners)
            if not listeners:
                self._undelivered.append(notice)
        for listener in listeners:
            listener(notice)

    def info(self, text: str, *, key: str = "", stays: bool = False) -> None:
        self.post(Notice(Level.INFO, text, key, stays=stays))

    def warn(self, text: str, *, key: str = "") -> None:
        self.post(Notice(Level.WARNING, text, key))

    def error(self, error: WorkbenchError, *, key: str = "") -> None:
        self.post(Notice(Level.ERROR, str(error), key, _causes(error)))

    def subscribe(self, listener: Callable[[Notice], None]) -> Callable[[], None]:
        """Add a listener, hand it what nobody has seen yet, and return its unsubscribe function."""
        with self._lock:
            self._listeners.append(listener)
            waiting, self._undelivered = self._undelivered, []
        for notice in waiting:
            listener(notice)
        return lambda: self._listeners.remove(listener)


def _causes(error: BaseException) -> str:
    """Type and text of what led to an error, the nearest first, one a line."""
    cause = error.__cause__
    if cause is None:
        return ""
    return f"{type(cause).__name__}: {cause}\n{_causes(cause)}".rstrip()
