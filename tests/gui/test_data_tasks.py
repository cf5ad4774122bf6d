"""Tasks are made, renamed, removed and restored in the Data station; nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page
from tests.gui.held_runs import JOB, Gate, until_idle
from tests.helpers.finished_runs import finished_run, install_backbone
from tests.helpers.logs import LogGuard
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.main_window import MainWindow
from workbench.gui.pages.compare import ComparePage
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_tasks import QInputDialog
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.session import Session
from workbench.project.project import Project


@pytest.fixture
def runner(gate: Gate) -> Runner:
    return gate.run


@pytest.fixture
def project(session: Session, tmp_path: Path) -> Iterator[Project]:
    """The task ``Words`` with clips, and an empty task ``Lights``; the first is shown."""
    open_project(session, tmp_path)
    made = session.project
    assert made is not None
    made.add_task("Lights")
    yield made
    session.queue.shut_down()
    session.close_project()


@pytest.fixture
def page(qtbot: QtBot, session: Session, project: Project) -> Iterator[DataPage]:
    made = shown_page(qtbot, session)
    yield made
    made.hide()


def names(project: Project) -> list[str]:
    return [task.name for task in project.tasks()]


def answer(monkeypatch: pytest.MonkeyPatch, text: str, accepted: bool = True) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (text, accepted))


def said(session: Session) -> str:
    return session.notices.history[-1].text


def test_renaming_is_seen_everywhere_and_can_be_undone(
    session: Session, project: Project, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(session)
    answer(monkeypatch, "  Kitchen words ")
    page.tasks.rename_action.trigger()
    assert names(project) == ["Kitchen words", "Lights"]
    assert page.header.title.text() == "Kitchen words"
    assert window.windowTitle() == "project – Kitchen words"
    assert session.undo_stack.undoText() == "rename task “Words” to “Kitchen words”"
    session.undo_stack.undo()
    assert names(project) == ["Words", "Lights"]
    assert page.header.title.text() == "Words"
    assert window.windowTitle() == "project – Words"
    window.deleteLater()


@pytest.mark.parametrize(("text", "accepted"), [("Words", True), ("  ", True), ("Other", False)])
def test_a_rename_that_changes_nothing_leaves_nothing_to_undo(
    session: Session,
    project: Project,
    page: DataPage,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    accepted: bool,
) -> None:
    answer(monkeypatch, text, accepted)
    page.tasks.rename_action.trigger()
    assert names(project) == ["Words", "Lights"]
    assert session.undo_stack.count() == 0


def test_two_tasks_of_one_name_are_refused(
    session: Session,
    project: Project,
    page: DataPage,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("There is a task “Lights” already")
    answer(monkeypatch, "Lights")
    page.tasks.rename_action.trigger()
    page.tasks.new_action.trigger()
    assert names(project) == ["Words", "Lights"]
    assert session.undo_stack.count() == 0


def test_removing_shows_the_next_task_and_undo_brings_all_back(
    qtbot: QtBot, session: Session, project: Project, page: DataPage
) -> None:
    words, lights = (task.id for task in project.tasks())
    before = project.clips(words)
    page.tasks.remove_action.trigger()
    assert names(project) == ["Lights"]
    assert session.task_id == lights
    qtbot.waitUntil(page.no_clips.isVisible)
    assert "kept" in said(session)
    session.undo_stack.undo()
    assert names(project) == ["Words", "Lights"]
    assert session.task_id == words
    assert project.clips(words) == before
    qtbot.waitUntil(lambda: page.header.detail.text().startswith(f"{len(before)} clips"))
    assert all(record.clip.path.is_file() for record in before)
    session.undo_stack.redo()
    assert names(project) == ["Lights"]


def test_the_last_task_leaves_an_empty_project_that_shows_no_runs_of_others(
    qtbot: QtBot, session: Session, project: Project, page: DataPage
) -> None:
    install_backbone("bcresnet1.small")
    (words, _), data = project.tasks(), project.folder
    run = finished_run(project, words.id, "bcresnet1.small", data, budget=0.1)
    compare, inspect = ComparePage(session), InspectPage(session)
    for station in (compare, inspect):
        qtbot.addWidget(station)
    qtbot.waitUntil(lambda: inspect.current is not None, timeout=30_000)
    assert compare._rows
    for _ in range(2):
        page.tasks.remove()
    assert session.task_id is None
    qtbot.waitUntil(lambda: page.header.title.text() == "No task yet")
    assert not compare._rows
    assert not inspect._records
    page.tasks.refresh()
    assert not page.tasks.rename_action.isEnabled()
    assert not page.tasks.remove_action.isEnabled()
    assert page.tasks.new_action.isEnabled()
    assert [one.id for one in project.runs(words.id)] == [run.id]
    assert list(run.folder.glob("*.patch.safetensors"))
    QThreadPool.globalInstance().waitForDone(30_000)


def test_a_task_removed_on_another_day_is_restored_from_the_menu(
    session: Session, project: Project, page: DataPage
) -> None:
    words, _ = project.tasks()
    page.tasks.refresh()
    assert not page.tasks.removed_menu.isEnabled()
    page.tasks.remove()
    session.adopt(Project.open(reopened(session, project)))
    page.tasks.refresh()
    (restore,) = page.tasks.removed_menu.actions()
    assert restore.text() == "Restore “Words”"
    restore.trigger()
    assert session.task_id == words.id
    session.undo_stack.undo()
    assert session.project is not None
    assert [task.name for task in session.project.tasks()] == ["Lights"]


def reopened(session: Session, project: Project) -> Path:
    """Close the project as at the end of a day."""
    session.close_project()
    return project.folder


def test_a_new_task_is_shown_and_undo_takes_it_away(
    session: Session, project: Project, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = session.task_id
    answer(monkeypatch, "Doors")
    page.tasks.new_action.trigger()
    made = session.task_id
    assert names(project) == ["Words", "Lights", "Doors"]
    session.undo_stack.undo()
    assert (names(project), session.task_id) == (["Words", "Lights"], words)
    session.undo_stack.redo()
    assert session.task_id == made, "the same task, with what was recorded into it"


@pytest.mark.parametrize("waits", [False, True])
def test_a_task_with_a_run_under_way_stays_and_the_reason_is_said(
    qtbot: QtBot,
    session: Session,
    project: Project,
    page: DataPage,
    gate: Gate,
    expect_log: LogGuard,
    waits: bool,
) -> None:
    expect_log("is training or waiting")
    run_id = session.enqueue(JOB)
    if not waits:
        qtbot.waitUntil(lambda: session.queue.current == run_id)
    page.tasks.remove()
    assert names(project) == ["Words", "Lights"]
    assert session.undo_stack.count() == 0
    assert "stop it on Adapt" in said(session)
    gate.open()
    until_idle(qtbot, session)
    page.tasks.remove()
    assert names(project) == ["Lights"]


def test_redoing_a_removal_is_refused_while_a_run_is_under_way(
    qtbot: QtBot, session: Session, project: Project, page: DataPage, expect_log: LogGuard
) -> None:
    expect_log("is training or waiting")
    page.tasks.remove()
    session.undo_stack.undo()
    run_id = session.enqueue(JOB)
    qtbot.waitUntil(lambda: session.queue.current == run_id)
    session.undo_stack.redo()
    assert names(project) == ["Words", "Lights"]
    assert not session.undo_stack.canRedo()


def test_an_import_into_the_task_ends_first(
    session: Session,
    project: Project,
    page: DataPage,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("An import is under way")
    monkeypatch.setattr(type(page.import_bar.work), "is_running", True)
    page.tasks.remove()
    assert names(project) == ["Words", "Lights"]


def test_the_menu_is_reached_with_the_keyboard(page: DataPage) -> None:
    button, menu = page.tasks, page.tasks.menu()
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert button.accessibleName() == button.toolTip() != ""
    assert button.popupMode() is QToolButton.ToolButtonPopupMode.InstantPopup
    letters = [text[text.index("&") + 1] for one in menu.actions() if (text := one.text())]
    assert len(set(letters)) == len(letters) == 4
    assert menu.toolTipsVisible()
