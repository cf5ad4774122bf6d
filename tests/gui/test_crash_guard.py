"""Exceptions nobody foresaw are logged and shown, from any thread; errors of the user are only shown."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from tests.helpers.logs import LogGuard
from workbench import locations
from workbench.errors import WorkbenchError
from workbench.gui.crash_guard import LOG_NAME, CrashGuard, start_log
from workbench.gui.dialogs.crash import CrashDialog
from workbench.notices import NoticeBus


class Shown:
    """Stands in for the dialog."""

    def __init__(self) -> None:
        self.reports: list[str] = []

    def __call__(self, report: str, log_file: Path | None) -> None:
        self.reports.append(report)


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def notices() -> NoticeBus:
    return NoticeBus()


@pytest.fixture
def guard(qtbot: QtBot, notices: NoticeBus, shown: Shown, tmp_path: Path) -> Iterator[CrashGuard]:
    made = CrashGuard(notices, tmp_path / "workbench.log", shown)
    made.install()
    yield made
    made.uninstall()


def raised(error: BaseException) -> tuple[type[BaseException], BaseException, None]:
    return type(error), error, None


def test_a_bug_is_logged_and_shown(guard: CrashGuard, shown: Shown, expect_log: LogGuard) -> None:
    expect_log("ZeroDivisionError: by zero")
    sys.excepthook(*raised(ZeroDivisionError("by zero")))
    assert "ZeroDivisionError: by zero" in shown.reports[0]


def test_a_bug_on_another_thread_is_shown_in_this_one(
    qtbot: QtBot, guard: CrashGuard, shown: Shown, expect_log: LogGuard
) -> None:
    expect_log("by thread")

    def fail() -> None:
        raise ZeroDivisionError("by thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert shown.reports == []
    qtbot.waitUntil(lambda: len(shown.reports) == 1)
    assert "in fail" in shown.reports[0]


def test_an_error_of_the_user_is_a_message_and_no_crash(
    guard: CrashGuard, shown: Shown, notices: NoticeBus, expect_log: LogGuard
) -> None:
    expect_log("No microphone")
    sys.excepthook(*raised(WorkbenchError("No microphone.", hint="Plug one in.")))
    assert shown.reports == []
    assert notices.history[-1].text == "No microphone. Nothing was changed. Plug one in."


def test_a_bug_inside_the_dialog_does_not_open_another(
    qtbot: QtBot, notices: NoticeBus, tmp_path: Path, expect_log: LogGuard
) -> None:
    expect_log("first")
    expect_log("second")
    opened = []

    def show(report: str, _: Path | None) -> None:
        opened.append(report)
        sys.excepthook(*raised(ValueError("second")))

    guard = CrashGuard(notices, tmp_path / "workbench.log", show)
    guard.install()
    sys.excepthook(*raised(ValueError("first")))
    guard.uninstall()
    assert len(opened) == 1


def test_the_hooks_are_put_back(qtbot: QtBot, notices: NoticeBus, tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook
    guard = CrashGuard(notices, tmp_path / "workbench.log")
    guard.install()
    guard.uninstall()
    assert (sys.excepthook, threading.excepthook) == before


def test_the_dialog_offers_to_go_on_and_to_copy(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = CrashDialog("Traceback: boom", tmp_path / "workbench.log")
    qtbot.addWidget(dialog)
    dialog.copy_button.click()
    from PySide6.QtGui import QGuiApplication

    assert QGuiApplication.clipboard().text() == "Traceback: boom"
    dialog.continue_button.click()
    assert dialog.result() == QDialog.DialogCode.Accepted


@pytest.fixture
def own_handlers() -> Iterator[None]:
    """What the test adds to the log is taken away again."""
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()


@pytest.mark.usefixtures("own_handlers")
def test_warnings_are_written_to_the_log_file(expect_log: LogGuard) -> None:
    expect_log("kept for later")
    path = start_log()
    logging.getLogger("workbench.test").warning("kept for later")
    assert path is not None
    assert path.parent == locations.log_dir()
    assert "kept for later" in path.read_text()


def folder_is_a_file() -> None:
    locations.log_dir().parent.mkdir(parents=True)
    locations.log_dir().write_text("in the way")


def file_is_a_folder() -> None:
    (locations.log_dir() / LOG_NAME).mkdir(parents=True)


@pytest.mark.usefixtures("own_handlers")
@pytest.mark.parametrize("spoil", [folder_is_a_file, file_is_a_folder])
def test_a_log_that_cannot_be_written_goes_to_the_terminal(
    qtbot: QtBot,
    spoil: Callable[[], None],
    expect_log: LogGuard,
    capsys: pytest.CaptureFixture[str],
) -> None:
    expect_log("told anyway")
    spoil()
    path = start_log()
    logging.getLogger("workbench.test").warning("told anyway")
    assert "WARNING workbench.test: told anyway" in capsys.readouterr().err
    dialog = CrashDialog("Traceback: boom", path)
    qtbot.addWidget(dialog)
    assert not any("also in" in label.text() for label in dialog.findChildren(QLabel))
