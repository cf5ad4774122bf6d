"""Closing the window: what runs is stopped or waited for, and the window goes on living until then."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject, swr_events
from tests.gui.held_runs import JOB
from workbench.cancel import Cancelled, CancelToken
from workbench.gui import main_window
from workbench.gui.bridge import library_work
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.closing import ClosingAnswer
from workbench.gui.dialogs.word_library import WordLibrary
from workbench.gui.main_window import MainWindow
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.pages.try_pictures import TryPicturesPage
from workbench.gui.session import Session
from workbench.training.events import RunEvent
from workbench.training.job import AdaptationJob

PATIENCE_S = 5.0
"""What is waited for on other threads ends by itself after this, so that a test fails and does not hang."""


@pytest.fixture
def step() -> threading.Event:
    """The step of the run ends when it is set."""
    return threading.Event()


@pytest.fixture
def runner(step: threading.Event) -> Runner:
    def run(job: AdaptationJob, token: CancelToken, resume: bool) -> Iterator[RunEvent]:
        for event in swr_events():
            step.wait(PATIENCE_S)
            token.check()
            yield event

    return run


def test_a_step_that_takes_long_holds_up_the_closing_and_not_the_window(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    project: FakeProject,
    step: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[ClosingAnswer] = []

    def ask(_: object) -> ClosingAnswer:
        asked.append(ClosingAnswer.STOP_AND_SAVE)
        return asked[-1]

    monkeypatch.setattr(main_window, "ask_about_running", ask)
    ids = [session.enqueue(JOB), session.enqueue(JOB)]
    qtbot.waitUntil(lambda: session.queue.current == ids[0])
    for _ in range(2):
        assert not window.close()
    assert len(asked) == 1
    assert window.isVisible()
    assert not window.isEnabled()
    assert "Closing" in window.statusBar().currentMessage()
    assert "stopping" in window.jobs._where.text()
    assert not project.closed
    step.set()
    qtbot.waitUntil(lambda: project.closed)
    assert not window.isVisible()
    assert [project.stored[run_id].state for run_id in ids] == ["running", "queued"]


def test_work_in_the_background_is_ended_before_the_window_closes(
    qtbot: QtBot, window: MainWindow, project: FakeProject
) -> None:
    go_on = threading.Event()
    done: list[bool] = []
    Background(window.stack).start(lambda: go_on.wait(PATIENCE_S), done.append, lambda _: None)
    assert not window.close()
    go_on.set()
    qtbot.waitUntil(lambda: project.closed)
    assert done == [True]
    assert not window.isVisible()


def test_work_whose_owner_is_gone_holds_up_no_closing(
    qtbot: QtBot, window: MainWindow, project: FakeProject
) -> None:
    go_on, owner = threading.Event(), QWidget(window)
    Background(owner).start(lambda: go_on.wait(PATIENCE_S), lambda _: None, lambda _: None)
    assert not window.close()
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    go_on.set()
    qtbot.waitUntil(lambda: project.closed)


@pytest.fixture
def learning(
    window: MainWindow,
    session: Session,
    project: FakeProject,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """The word library learns; what became of that, and whether the project was still open then."""
    ends: list[str] = []

    def learn(_place: Any, _words: Any, token: CancelToken, _tell: Any) -> None:
        try:
            for _ in range(500):
                time.sleep(0.01)
                token.check()
        except Cancelled:
            ends.append("too late" if project.closed else "stopped")
            raise

    monkeypatch.setattr(library_work, "learn", learn)
    WordLibrary(session, window.stack).learn()
    return ends


@pytest.mark.parametrize("way", ["quit", "close_project"])
def test_learning_words_is_stopped_before_its_project_is_closed(
    qtbot: QtBot, window: MainWindow, project: FakeProject, learning: list[str], way: str
) -> None:
    window.menus.actions[way].trigger()
    assert not project.closed
    qtbot.waitUntil(lambda: project.closed)
    assert learning == ["stopped"]
    assert window.isVisible() is (way == "close_project")


def test_pages_are_shut_down_with_the_window(
    qtbot: QtBot, session: Session, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[type] = []
    for page in (TryItPage, TryPicturesPage):
        monkeypatch.setattr(page, "shut_down", lambda self: ended.append(type(self)))
    station = TryItStation(session)
    station.setParent(window)
    qtbot.waitUntil(lambda: not window.under_way.is_busy)
    assert window.close()
    assert ended == [TryItPage, TryPicturesPage]


LEAVING = """
import sys, time
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from workbench.gui import app, main_window
from workbench.gui.bridge.background import Background

class Window(main_window.MainWindow):
    def __init__(self, session):
        super().__init__(session)
        QTimer.singleShot(0, self.leave)

    def leave(self):
        owner = QObject()
        work = lambda: (time.sleep(1), print("done", flush=True))
        Background(owner).start(work, print, print)
        del owner
        {how}

app.ENGINE = ()
app.stations.Station = app.Station = ()
app.MainWindow = Window
sys.exit(app.run_app())
"""


@pytest.mark.parametrize(
    ("how", "code"), [("self.close()", 0), ("QApplication.exit(1)", 1)], ids=["close", "crash"]
)
def test_the_program_ends_after_its_threads(own_folders: Path, how: str, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LEAVING.format(how=how)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (code, "done\n"), ended.stderr
    assert "Error" not in ended.stderr
