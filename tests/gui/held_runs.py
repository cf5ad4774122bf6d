"""Runs that wait for the test, one event after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.gui.fakes import swr_events
from workbench.cancel import CancelToken
from workbench.gui.session import Session
from workbench.training.events import RunEvent
from workbench.training.job import AdaptationJob

JOB = AdaptationJob(backbone="tiny", data=Path(), method="swr", config={"budget": 0.1}, out=Path())


class Gate:
    """A runner that waits before each event until the test lets it go on."""

    def __init__(self) -> None:
        self.steps = threading.Semaphore(0)
        self.threads: set[int] = set()

    def run(self, job: AdaptationJob, token: CancelToken, resume: bool) -> Iterator[RunEvent]:
        for event in swr_events():
            while not self.steps.acquire(timeout=0.01):
                token.check()
            token.check()
            self.threads.add(threading.get_ident())
            yield event

    def open(self) -> None:
        self.steps.release(10_000)


def lined_up(qtbot: QtBot, session: Session, count: int = 1) -> list[str]:
    """Runs in the queue, of which the first has begun."""
    ids = [session.enqueue(JOB) for _ in range(count)]
    qtbot.waitUntil(lambda: session.queue.current == ids[0])
    return ids


def until_idle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=10_000)
