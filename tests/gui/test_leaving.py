"""Leaving a project: an import is not cut off unasked, and the demo takes nobody's place before it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject
from tests.helpers.logs import LogGuard
from workbench import locations
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.gui import project_actions, settings
from workbench.gui.bridge.run_queue import RunQueue
from workbench.gui.closing import LeavingAnswer, ask_about_import
from workbench.gui.main_window import MainWindow
from workbench.gui.pages.data_import import ImportBar
from workbench.gui.session import Session
from workbench.project import demo
from workbench.project.project import ImportReport, Project


@dataclass
class ImportingProject(FakeProject):
    """Adds two clips, then waits for the test before it adds the third."""

    added: list[str] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    error: WorkbenchError | None = None

    def clips_since(self, task_id: str, newest: int) -> tuple[str, ...]:
        return tuple(self.added)

    def import_clips(
        self, task_id: str, source: Path, token: CancelToken, progress: Callable[[int, int], None]
    ) -> ImportReport:
        self.added = ["1", "2"]
        progress(2, 3)
        while not self.go_on.wait(0.01):
            token.check()
        if self.error is not None:
            raise self.error
        self.added.append("3")
        return ImportReport(("1", "2", "3"), ())


@pytest.fixture
def importing(
    qtbot: QtBot, session: Session, window: MainWindow, tmp_path: Path
) -> Iterator[ImportingProject]:
    """The open project, with two of three clips imported."""
    project = ImportingProject(tmp_path / "words")
    session.adopt(project.as_project)
    bar = ImportBar(session, window)
    bar.start(tmp_path / "source", "t1")
    qtbot.waitUntil(lambda: bar.added_count == 2)
    yield project
    project.go_on.set()
    qtbot.waitUntil(lambda: not bar.work.is_running)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the question answers, and with how many clips it was asked."""
    said: dict[str, object] = {"answer": LeavingAnswer.CANCEL}

    def ask(_: object, added: int) -> object:
        said["added"] = added
        return said["answer"]

    monkeypatch.setattr(project_actions, "ask_about_import", ask)
    return said


def test_closing_waits_for_an_import_that_shall_finish(
    qtbot: QtBot, window: MainWindow, importing: ImportingProject, asked: dict[str, object]
) -> None:
    asked["answer"] = LeavingAnswer.FINISH_FIRST
    assert not window.close()
    assert asked["added"] == 2
    assert not importing.closed
    importing.go_on.set()
    qtbot.waitUntil(lambda: importing.closed)
    assert len(importing.added) == 3
    assert not window.isVisible()


def test_an_import_that_shall_stop_keeps_what_it_added(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    importing: ImportingProject,
    asked: dict[str, object],
) -> None:
    asked["answer"] = LeavingAnswer.STOP_AND_KEEP
    with qtbot.waitSignal(window.projects.closed):
        window.menus.actions["close_project"].trigger()
        assert session.project is not None, "its import still writes"
    assert importing.closed
    assert len(importing.added) == 2


def test_without_an_answer_the_import_goes_on_and_nothing_closes(
    qtbot: QtBot, window: MainWindow, importing: ImportingProject, asked: dict[str, object]
) -> None:
    asked["answer"] = LeavingAnswer.FINISH_FIRST
    assert not window.close()
    asked["answer"] = LeavingAnswer.CANCEL
    assert not window.close()
    bar = window.findChild(ImportBar)
    with qtbot.waitSignal(bar.over):
        importing.go_on.set()
    assert len(importing.added) == 3
    assert not importing.closed
    assert window.isVisible()


def test_an_import_that_fails_keeps_the_window_open(
    qtbot: QtBot,
    window: MainWindow,
    importing: ImportingProject,
    asked: dict[str, object],
    expect_log: LogGuard,
) -> None:
    expect_log("The disk is full")
    asked["answer"] = LeavingAnswer.FINISH_FIRST
    importing.error = WorkbenchError("The disk is full.", hint="Free some space.")
    assert not window.close()
    with qtbot.waitSignal(window.findChild(ImportBar).over):
        importing.go_on.set()
    assert not importing.closed
    assert "The disk is full." in window.messages.notices[0].text


def test_the_safe_answer_is_the_default_and_the_clips_are_counted(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []

    def press_enter(box: QMessageBox) -> int:
        texts.append(box.informativeText())
        box.defaultButton().click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", press_enter)
    assert ask_about_import(window, 40) is LeavingAnswer.FINISH_FIRST
    assert "The 40 clips imported so far stay." in texts[0]


def demo_folder() -> Path:
    return locations.documents_dir() / demo.PROJECT_NAME


def test_a_demo_that_cannot_be_made_leaves_the_project_open(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    project: FakeProject,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("The disk is full")

    def fail() -> Project:
        raise WorkbenchError("The disk is full.", hint="Free some space.")

    monkeypatch.setattr(demo, "open_or_create_demo", fail)
    window.menus.actions["open_demo"].trigger()
    qtbot.waitUntil(lambda: "The disk is full." in window.messages.notices[0].text)
    assert session.project is project.as_project
    assert not project.closed


def test_the_demo_is_opened_when_it_is_there_and_then_only_brought_to_the_front(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    project: FakeProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def make() -> Project:
        assert not project.closed, "it stays open for as long as the demo is not there"
        made.append(demo_folder())
        return Project.create(demo_folder())

    monkeypatch.setattr(demo, "open_or_create_demo", make)
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.menus.actions["open_demo"].trigger()
    assert session.project is not None
    assert session.project.folder == demo_folder()
    assert project.closed
    with qtbot.waitSignal(window.projects.opened):
        window.menus.actions["open_demo"].trigger()
    assert made == [demo_folder()]


def test_a_project_is_opened_on_another_thread(
    qtbot: QtBot, session: Session, window: MainWindow, project: FakeProject, tmp_path: Path
) -> None:
    Project.create(tmp_path / "other").close()
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.open_folder(tmp_path / "other")
        assert session.project is project.as_project
    assert session.project is not None
    assert session.project.folder == tmp_path / "other"
    assert project.closed


def test_a_project_is_made_on_another_thread(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    project: FakeProject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "other"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(folder), ""))
    locations.documents_dir().parent.mkdir(parents=True, exist_ok=True)
    locations.documents_dir().write_text("no folder can be made here")
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.menus.actions["new_project"].trigger()
        assert session.project is project.as_project
    assert session.project is not None
    assert session.project.folder == folder
    assert project.closed
    assert settings.recent_projects() == (folder,)


def test_a_project_that_was_opened_while_a_run_began_is_let_go(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    project: FakeProject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("still training")
    folder = tmp_path / "other"
    Project.create(folder).close()
    window.projects.open_folder(folder)
    with monkeypatch.context() as patched:
        patched.setattr(RunQueue, "is_busy", property(lambda _: True))
        qtbot.waitUntil(
            lambda: any("still training" in one.text for one in window.messages.notices)
        )
    assert session.project is project.as_project
    Project.open(folder).close()
