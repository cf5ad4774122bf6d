"""Large tasks: clips are read and changed on another thread; nothing is lost and nothing comes out of order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.data_project import SPEAKERS, TAKES, WORDS, open_project, shown_page
from tests.helpers.logs import LogGuard
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.gui.bridge import clip_changes
from workbench.gui.pages import data_library
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session
from workbench.project.clip_rows import ClipList
from workbench.project.project import Project

ALL = len(WORDS) * len(SPEAKERS) * TAKES


@pytest.fixture
def page(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataPage]:
    """The station on a task of which already one clip is too much for the window's own thread."""
    open_project(session, tmp_path)
    monkeypatch.setattr(data_library, "READ_AT_ONCE", 0)
    made = shown_page(qtbot, session)
    yield made
    made.hide()
    session.close_project()


class Gate:
    """Holds back reading on other threads, which then gives what there was when it began."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.open = threading.Event(), threading.Event()
        read = Project.clip_list

        def held(project: Project, task_id: str) -> ClipList:
            clips = read(project, task_id)
            if threading.current_thread() is threading.main_thread():
                return clips
            self.began.set()
            assert self.open.wait(20)
            return clips

        monkeypatch.setattr(Project, "clip_list", held)


def _ready(qtbot: QtBot, page: DataPage, number: int = ALL) -> None:
    qtbot.waitUntil(lambda: len(page.library.clips.present.rows) == number)
    qtbot.waitUntil(lambda: not page.library.is_reading)


def _is_true(page: DataPage, session: Session) -> bool:
    """Whether what is held, counted and shown is what the project has."""
    assert session.project is not None
    assert session.task_id is not None
    now = session.project.clip_list(session.task_id)
    counts = {one.key: one.parts for one in page.groups.model.groups[1:]}
    shown = page.list.model.records
    return page.library.clips == now and counts == now.present.labels and shown == now.present.rows


def test_until_the_clips_are_there_the_station_says_so(
    qtbot: QtBot, session: Session, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ready(qtbot, page)
    assert session.project is not None
    gate = Gate(monkeypatch)
    task_id = session.task_id
    session.set_task(session.project.add_task("Other").id)
    session.set_task(task_id)
    assert page.library.is_reading
    shown = page._centre.currentWidget()
    assert isinstance(shown, QLabel)
    assert shown.text() == "Reading the clips…"
    gate.open.set()
    _ready(qtbot, page)
    assert _is_true(page, session)


def test_edits_while_clips_are_read_are_shown_when_they_are(
    qtbot: QtBot, session: Session, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ready(qtbot, page)
    gate = Gate(monkeypatch)
    session.clips_changed.emit(None)
    assert gate.began.wait(20)
    first, second, third = page.library.clips.present.rows[:3]
    page.edits.relabel([first], "go")
    page.edits.remove([second])
    page.edits.set_split([first, third], Split.TEST)
    assert page.library.is_reading
    gate.open.set()
    _ready(qtbot, page, ALL - 1)
    assert _is_true(page, session)
    for _ in range(3):
        session.undo_stack.undo()
    _ready(qtbot, page)
    assert page.library.clips.present.rows[:3] == [first, second, third]
    assert _is_true(page, session)


def test_clips_of_a_task_that_was_left_meanwhile_are_not_shown(
    qtbot: QtBot, session: Session, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ready(qtbot, page)
    assert session.project is not None
    gate = Gate(monkeypatch)
    session.clips_changed.emit(None)
    assert gate.began.wait(20)
    session.set_task(session.project.add_task("Other").id)
    gate.open.set()
    qtbot.waitUntil(lambda: not page.library._background.is_busy)
    assert page.library.clips == ClipList()
    assert page.no_clips.isVisible()


def test_large_changes_and_small_ones_are_made_in_their_order(
    qtbot: QtBot, session: Session, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ready(qtbot, page)
    monkeypatch.setattr(clip_changes, "AT_ONCE", 2)
    before = page.library.clips.present.rows.copy()
    page.edits.relabel(before, "go")
    page.edits.relabel(before[:1], "halt")
    page.edits.set_speaker(before, "eve")
    page.edits.split_again(before)
    assert session.clip_changes.is_busy
    session.undo_stack.undo()
    session.undo_stack.undo()
    session.clip_changes.finish()
    _ready(qtbot, page)
    assert page.library.clips.present.labels.keys() == {"go", "halt"}
    assert {row.speaker for row in page.library.clips.present.rows} == set(SPEAKERS)
    assert _is_true(page, session)
    session.undo_stack.undo()
    session.undo_stack.undo()
    session.clip_changes.finish()
    qtbot.waitUntil(lambda: page.library.clips.present.rows == before)
    assert _is_true(page, session)


def test_a_large_change_is_made_before_its_project_is_closed(
    qtbot: QtBot, session: Session, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ready(qtbot, page)
    monkeypatch.setattr(clip_changes, "AT_ONCE", 0)
    assert session.project is not None
    folder = session.project.folder
    page.edits.relabel(page.library.clips.present.rows.copy(), "go")
    session.close_project()
    session.adopt(Project.open(folder))
    _ready(qtbot, page)
    assert page.library.words == ("go",)


def test_a_large_change_that_fails_is_told_and_leaves_nothing_to_undo(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("The disk is full")
    _ready(qtbot, page)
    monkeypatch.setattr(clip_changes, "AT_ONCE", 0)

    def refuse(*_: object) -> None:
        raise WorkbenchError("The disk is full.", hint="Free some space.")

    monkeypatch.setattr(session.project, "relabel", refuse)
    page.edits.relabel(page.library.clips.present.rows.copy(), "go")
    session.clip_changes.finish()
    session.undo_stack.undo()
    assert not session.undo_stack.canUndo()
    session.clip_changes.finish()
    _ready(qtbot, page)
    assert page.library.words == tuple(sorted(WORDS))
    assert _is_true(page, session)
