"""The Try it station of an open project with its word library beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytestqt.qtbot import QtBot

from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.session import Session


@contextmanager
def open_library(qtbot: QtBot, session: Session, patience_ms: int) -> Iterator[TryItStation]:
    """Once the task's words can be learned; everything it does on other threads has ended behind it."""
    station = TryItStation(session)
    qtbot.addWidget(station)
    station.resize(1200, 760)
    station.show()
    session.library_requested.emit()
    qtbot.waitUntil(station.library.learning.button.isEnabled, timeout=patience_ms)
    yield station
    station.library.work.cancel()
    station.library.work.forget()
    session.closing.emit()
    qtbot.waitUntil(lambda: not station.library.work.is_learning, timeout=patience_ms)
    station.library.close()
