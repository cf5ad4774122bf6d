"""The frame: first paint without the engine, stations, keys, runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject
from tests.gui.held_runs import Gate, lined_up
from tests.helpers.logs import LogGuard
from workbench.cancel import RunState
from workbench.gui import closing, main_window, settings
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.closing import ClosingAnswer
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.theme import Appearance, ThemeController
from workbench.gui.widgets.message_bar import MessageRow
from workbench.gui.widgets.top_corner import TopCorner
from workbench.notices import Level, Notice

FIRST_PAINT = """
import sys
from workbench.gui.app import make_application
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session
app = make_application(["workbench"])
window = MainWindow(Session())
window.show()
app.processEvents()
assert not window.grab().isNull()
heavy = {"torch", "numpy", "pyqtgraph", "sklearn", "onnxruntime"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.fixture
def runner(gate: Gate) -> Runner:
    return gate.run


def test_the_first_paint_needs_no_engine(own_folders: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_rail_names_every_station_with_number_and_state(
    qtbot: QtBot, session: Session, window: MainWindow
) -> None:
    session.set_station_number(Station.DATA, "120", StationState.WARNING)
    button = window.rail.button(Station.DATA)
    assert button.accessibleName() == "Data"
    assert button.accessibleDescription() == "120, needs attention"
    with qtbot.waitSignal(window.rail.chosen):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.stack.current_station is Station.DATA
    assert button.isChecked()


@pytest.mark.parametrize(("number", "station"), list(enumerate(Station, 1)))
def test_control_and_a_digit_open_a_station(
    window: MainWindow, number: int, station: Station
) -> None:
    QTest.keyClick(window, Qt.Key(ord(str(number))), Qt.KeyboardModifier.ControlModifier)
    assert window.stack.current_station is station


def test_f6_goes_round_the_panes(
    qtbot: QtBot, session: Session, window: MainWindow, expect_log: LogGuard
) -> None:
    expect_log("Look here")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    session.notices.post(Notice(Level.WARNING, "Look here."))
    window.welcome.demo_button.setFocus()
    visited = []
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        panes = (window.rail, window.messages, window.stack)
        visited.append(next(pane for pane in panes if pane.isAncestorOf(focus)))
    assert visited == [window.rail, window.messages, window.stack]
    QTest.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.messages.isAncestorOf(QApplication.focusWidget())


def test_the_welcome_page_starts_with_the_demo(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.welcome.demo_button.hasFocus)
    window.welcome.demo_wanted.disconnect(window.projects.open_demo)
    with qtbot.waitSignal(window.welcome.demo_wanted):
        qtbot.keyClick(window.welcome.demo_button, Qt.Key.Key_Return)


def test_the_title_names_project_task_and_patch(
    session: Session, window: MainWindow, project: FakeProject, tmp_path: Path
) -> None:
    assert window.windowTitle() == "words – kitchen words"
    session.set_task("t2")
    session.set_active_patch(tmp_path / "lights.patch.safetensors")
    assert window.windowTitle() == "words – lights @ lights"


def test_undo_and_redo_name_what_they_do(session: Session, window: MainWindow) -> None:
    from PySide6.QtGui import QUndoCommand

    session.undo_stack.push(QUndoCommand("delete 3 clips"))
    assert "delete 3 clips" in window.menus.actions["undo"].text()
    assert window.menus.actions["undo"].isEnabled()
    assert not window.menus.actions["redo"].isEnabled()


def test_the_jobs_strip_is_there_only_while_something_trains(
    qtbot: QtBot, session: Session, window: MainWindow, project: FakeProject, gate: Gate
) -> None:
    assert not window.jobs.isVisible()
    (run_id,) = lined_up(qtbot, session)
    assert window.jobs.isVisible()
    qtbot.mouseClick(window.jobs.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.run_state(run_id) is RunState.PAUSED)
    assert window.jobs.pause_button.text() == "Resume"
    qtbot.mouseClick(window.jobs.pause_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.jobs.stop_button, Qt.MouseButton.LeftButton)
    assert not window.jobs.stop_button.isEnabled()
    qtbot.waitUntil(lambda: not window.jobs.isVisible())
    assert session.run_state(run_id) is RunState.CANCELLED


def test_escape_never_ends_a_run(
    qtbot: QtBot, session: Session, window: MainWindow, project: FakeProject, gate: Gate
) -> None:
    (run_id,) = lined_up(qtbot, session)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert session.run_state(run_id) is RunState.RUNNING


@pytest.mark.parametrize(
    ("answer", "closes"),
    [
        (ClosingAnswer.KEEP_TRAINING, False),
        (ClosingAnswer.CANCEL, False),
        (ClosingAnswer.STOP_AND_SAVE, True),
    ],
)
def test_closing_while_a_run_trains_asks(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    project: FakeProject,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    answer: ClosingAnswer,
    closes: bool,
) -> None:
    monkeypatch.setattr(main_window, "ask_about_running", lambda _: answer)
    (run_id,) = lined_up(qtbot, session)
    window.close()
    if closes:
        qtbot.waitUntil(lambda: project.closed)
    assert project.closed is closes
    assert project.stored[run_id].state == "running"
    assert window.isMinimized() is (answer is ClosingAnswer.KEEP_TRAINING)


def test_the_safe_answer_is_the_default(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def press_enter(box: closing.QMessageBox) -> int:
        asked.append(box.defaultButton().text())
        box.defaultButton().click()
        return 0

    monkeypatch.setattr(closing.QMessageBox, "exec", press_enter)
    assert closing.ask_about_running(window) is ClosingAnswer.KEEP_TRAINING
    assert asked == ["Keep training"]


def test_interrupted_runs_are_offered_once_and_only_when_there_are_any(
    qtbot: QtBot, session: Session, window: MainWindow, project: FakeProject, gate: Gate
) -> None:
    window.projects.opened.emit()
    assert window.messages.notices == ()
    (run_id,) = lined_up(qtbot, session)
    session.stop(run_id)
    qtbot.waitUntil(lambda: not session.queue.is_busy)
    project.interrupted = (project.stored[run_id],)
    window.projects.opened.emit()
    (notice,) = window.messages.notices
    assert notice.text.startswith("One run was cut off.")
    row = window.messages.findChildren(MessageRow)[0]
    row.choice_buttons[0].click()
    assert session.run_state(run_id) is RunState.RUNNING


def test_a_project_is_not_left_while_its_run_trains(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    project: FakeProject,
    gate: Gate,
    expect_log: LogGuard,
) -> None:
    expect_log("still training")
    lined_up(qtbot, session)
    window.menus.actions["close_project"].trigger()
    assert session.project is project.as_project
    assert "still training" in window.messages.notices[0].text


def test_light_or_dark_by_the_button_is_remembered(window: MainWindow) -> None:
    shown = window.session.theme
    window.findChild(TopCorner).theme_button.click()
    later = ThemeController()
    settings.restore_theme(later)
    assert later.appearance is shown.appearance is not Appearance.SYSTEM
    shown.set_appearance(Appearance.SYSTEM)


def test_place_and_size_are_remembered(qtbot: QtBot, session: Session) -> None:
    first = MainWindow(session)
    qtbot.addWidget(first)
    first.resize(800, 650)
    settings.save_layout(first)
    second = MainWindow(session)
    qtbot.addWidget(second)
    assert (second.width(), second.height()) == (800, 650)
    settings.store().setValue("window/version", settings.LAYOUT_VERSION + 1)
    assert not settings.restore_layout(second)


def test_the_search_sheet_and_the_palette_find_commands(qtbot: QtBot, window: MainWindow) -> None:
    from workbench.gui.dialogs.command_palette import CommandPalette
    from workbench.gui.dialogs.shortcuts import ShortcutsDialog

    sheet = ShortcutsDialog(window.menus.actions, window)
    sheet.search.setText("zoom")
    shown = [r for r in range(sheet.table.rowCount()) if not sheet.table.isRowHidden(r)]
    assert len(shown) == 2
    keys = [sheet.table.item(r, 1).text() for r in range(sheet.table.rowCount())]
    recording = sheet.table.item(keys.index("R"), 0).text()
    assert recording.endswith("in the list of clips"), "the key works nowhere else"
    palette = CommandPalette(window.menus.actions, window)
    palette.search.setText("gibberish")
    assert palette.nothing.isVisibleTo(palette)
    palette.search.setText("compare")
    assert not palette.nothing.isVisibleTo(palette)
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.stack.current_station is Station.COMPARE


def test_every_command_has_a_name_of_its_own_and_no_key_is_used_twice(window: MainWindow) -> None:
    keys = [
        key.toString() for action in window.menus.actions.values() for key in action.shortcuts()
    ]
    assert len(keys) == len(set(keys))
    texts = [action.text() for action in window.menus.actions.values()]
    assert len(texts) == len(set(texts))
