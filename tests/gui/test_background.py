"""Work in the background reports exactly once, in the GUI thread, and never to an owner that is gone."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QThreadPool
from pytestqt.qtbot import QtBot

from workbench.cancel import Cancelled
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background

ROUNDS = 300


def test_every_piece_of_work_reports_and_then_it_is_idle(qtbot: QtBot) -> None:
    owner = QObject()
    background = Background(owner)
    got: list[int] = []
    for number in range(ROUNDS):
        with qtbot.waitSignal(background.idle):
            background.start(lambda number=number: number, got.append, got.append)
    assert got == list(range(ROUNDS))
    assert not background.is_busy


def test_results_errors_and_cancelling_arrive_in_the_gui_thread(qtbot: QtBot) -> None:
    owner = QObject()
    background = Background(owner)
    told: list[tuple[str, object, bool]] = []

    def note(what: str, value: object) -> None:
        told.append((what, value, threading.current_thread() is threading.main_thread()))

    error = WorkbenchError("No.", hint="Do something else.")

    def fail() -> None:
        raise error

    def cancel() -> None:
        raise Cancelled

    with qtbot.waitSignal(background.idle):
        for work in (lambda: 7, fail, cancel):
            background.start(work, lambda v: note("done", v), lambda e: note("failed", e))
    assert sorted(told, key=lambda one: one[0]) == [("done", 7, True), ("failed", error, True)]


def test_nothing_is_reported_to_an_owner_that_is_gone(qtbot: QtBot) -> None:
    owner = QObject()
    background = Background(owner)
    go, got = threading.Event(), []
    background.start(lambda: go.wait(5), got.append, got.append)
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    go.set()
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(20)
    assert got == []
