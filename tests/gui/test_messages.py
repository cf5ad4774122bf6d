"""Messages of the window: what stays, what gives way, details, and reading them again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.helpers.logs import LogGuard
from workbench.errors import WorkbenchError
from workbench.gui.dialogs.messages import MessagesDialog
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session
from workbench.gui.widgets import message_bar
from workbench.gui.widgets.empty_state import Choice
from workbench.gui.widgets.message_bar import MessageRow
from workbench.notices import Level, Notice


def test_what_was_said_about_opening_goes_when_it_is_open(
    session: Session, window: MainWindow
) -> None:
    session.notices.info("Preparing the demo…", key="project")
    session.notices.info("Something else.", key="other")
    window.projects.opened.emit()
    assert [notice.key for notice in window.messages.notices] == ["other"]


def test_errors_are_shown_with_what_they_mean_and_can_be_dismissed(
    qtbot: QtBot, session: Session, window: MainWindow, expect_log: LogGuard
) -> None:
    expect_log("not readable")
    error = WorkbenchError("a.wav is not readable.", data="The rest was added.", hint="Convert it.")
    session.notices.error(error, key="import")
    (notice,) = window.messages.notices
    assert notice.text == "a.wav is not readable. The rest was added. Convert it."
    row = window.messages.findChildren(MessageRow)[0]
    qtbot.mouseClick(row.close_button, Qt.MouseButton.LeftButton)
    assert window.messages.notices == ()
    assert not window.messages.isVisible()


def test_a_message_with_the_same_key_is_replaced_and_three_are_enough(
    session: Session, window: MainWindow
) -> None:
    for number in range(5):
        session.notices.post(Notice(Level.INFO, f"{number} of 5 done", key="import"))
    assert [notice.text for notice in window.messages.notices] == ["4 of 5 done"]
    for number in range(5):
        session.notices.post(Notice(Level.INFO, f"note {number}"))
    assert [notice.text for notice in window.messages.notices] == ["note 4", "note 3", "note 2"]


def test_information_pushes_neither_an_error_nor_a_choice_off_screen(
    session: Session, window: MainWindow, expect_log: LogGuard
) -> None:
    expect_log("disk")
    offer = Notice(Level.WARNING, "One run was cut off.", key="interrupted-runs")
    window.messages.show_notice(offer, [Choice("Continue", lambda: None)])
    session.notices.error(WorkbenchError("The disk is full.", hint="Make room."))
    session.notices.info("Exported.", stays=True)
    for number in range(4):
        session.notices.info(f"note {number}")
    texts = [notice.text for notice in window.messages.notices]
    assert texts == ["note 3", "The disk is full. Nothing was changed. Make room.", offer.text]


def test_what_passes_by_itself_gives_way_before_what_stays(
    session: Session, window: MainWindow
) -> None:
    session.notices.info("Exported.", stays=True)
    for number in range(4):
        session.notices.info(f"note {number}")
    assert [n.text for n in window.messages.notices] == ["note 3", "note 2", "Exported."]


def test_of_many_errors_the_newest_stay(
    session: Session, window: MainWindow, expect_log: LogGuard
) -> None:
    expect_log("run")
    for number in range(9):
        session.notices.error(WorkbenchError(f"run {number}.", data="", hint=""))
    shown = [notice.text.strip() for notice in window.messages.notices]
    assert shown == [f"run {number}." for number in (8, 7, 6, 5, 4)]


def test_information_that_stays_is_there_when_other_information_has_gone(
    qtbot: QtBot, session: Session, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_bar, "INFO_SHOWN_MS", 1)
    session.notices.info("Exported.", stays=True)
    session.notices.info("Working…")
    qtbot.waitUntil(lambda: len(window.messages.notices) < 2)
    assert [notice.text for notice in window.messages.notices] == ["Exported."]


def test_the_details_of_an_error_are_its_causes(
    qtbot: QtBot, session: Session, window: MainWindow, expect_log: LogGuard
) -> None:
    expect_log("could not be written")
    try:
        try:
            raise OSError(28, "No space left on device")
        except OSError as full:
            raise WorkbenchError("It could not be written.", hint="Make room.") from full
    except WorkbenchError as error:
        session.notices.error(error)
    row = window.messages.findChildren(MessageRow)[0]
    (box,) = row.findChildren(QPlainTextEdit)
    assert not box.isVisible()
    (button,) = (b for b in row.findChildren(QPushButton) if b.text() == "Show details")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert box.isVisible()
    assert box.toPlainText() == "OSError: [Errno 28] No space left on device"


def test_every_message_can_be_read_again(
    session: Session, window: MainWindow, expect_log: LogGuard
) -> None:
    expect_log("disk")
    session.notices.info("Exported.", key="export")
    session.notices.info("Exporting again.", key="export")
    session.notices.error(WorkbenchError("The disk is full.", hint="Make room."))
    window.messages.dismiss("export")
    window.menus.actions["messages"].trigger()
    lines = window.findChildren(MessagesDialog)[0].text.toPlainText().splitlines()
    assert [line.partition("  ")[2] for line in lines] == [
        "Error: The disk is full. Nothing was changed. Make room.",
        "Information: Exporting again.",
        "Information: Exported.",
    ]


def test_a_choice_in_a_message_acts_once(window: MainWindow) -> None:
    acted = []
    notice = Notice(Level.WARNING, "One run was cut off.")
    window.messages.show_notice(notice, [Choice("Continue", lambda: acted.append(1))])
    row = window.messages.findChildren(MessageRow)[0]
    row.choice_buttons[0].click()
    assert acted == [1]
    assert window.messages.notices == ()
