"""One token that stops or pauses long work; the work looks at it once per step."""

from __future__ import annotations

import threading
from enum import StrEnum


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (RunState.FINISHED, RunState.CANCELLED, RunState.FAILED)


class Cancelled(Exception):
    """Raised inside the work at the first check after a stop was requested."""


class CancelToken:
    """Thread-safe stop and pause switch."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._run = threading.Event()
        self._keep = False
        self._run.set()

    def stop(self, keep_result: bool = False) -> None:
        """Ask the work to end at its next check; a paused run wakes up in order to end.

        Args:
            keep_result: Finish with what there is, if what there is can be used.
        """
        self._keep = keep_result
        self._stop.set()
        self._run.set()

    def pause(self) -> None:
        if not self._stop.is_set():
            self._run.clear()

    def resume(self) -> None:
        self._run.set()

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    @property
    def keeps_result(self) -> bool:
        return self._keep

    @property
    def is_paused(self) -> bool:
        return not self._run.is_set()

    def check(self) -> None:
        """Block while paused.

        Raises:
            Cancelled: when a stop was requested.
        """
        self._run.wait()
        if self._stop.is_set():
            raise Cancelled
