"""The status bar tells what is so: when the project was written, how many runs there are, which microphone listens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtMultimedia import QAudioDevice
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project
from tests.gui.fakes import FakeProject
from tests.gui.held_runs import Gate, lined_up
from workbench.gui.bridge.input_devices import InputDevice, InputDevices
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.session import Session
from workbench.gui.widgets.device_box import DeviceBox
from workbench.gui.widgets.status_line import StatusLine
from workbench.project.catalogue import FILE_NAME, last_written

LONG_AGO = datetime.now().replace(microsecond=0) - timedelta(days=3)
DEVICES = tuple(InputDevice(name, 48_000, 1, QAudioDevice()) for name in ("built in", "USB"))
SHORT = QLocale.FormatType.ShortFormat


@pytest.fixture
def runner(gate: Gate) -> Runner:
    return gate.run


@pytest.fixture
def line(qtbot: QtBot, session: Session) -> Iterator[StatusLine]:
    made = StatusLine(session)
    qtbot.addWidget(made)
    yield made
    session.queue.shut_down()
    session.close_project()


def test_a_look_at_another_task_saves_nothing(
    session: Session, line: StatusLine, tmp_path: Path
) -> None:
    open_project(session, tmp_path)
    project, first = session.project, session.task_id
    assert project is not None
    assert first is not None
    other = project.add_task("Other")
    catalogue = project.folder / FILE_NAME
    os.utime(catalogue, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    session.set_task(other.id)
    session.set_task(first)
    then = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(LONG_AGO.timestamp())), SHORT)
    assert line._saved.text() == f"saved {then}"
    clip = project.clip_list(first).present.rows[0]
    project.relabel([clip.id], "go")
    session.clips_changed.emit((clip.id,))
    written = QDateTime.fromSecsSinceEpoch(int(catalogue.stat().st_mtime))
    assert written.secsTo(QDateTime.currentDateTime()) < 3600
    assert line._saved.text() == f"saved {QLocale().toString(written.time(), SHORT)}"


def test_a_window_that_opens_on_a_project_tells_when_it_was_saved(
    qtbot: QtBot, session: Session, line: StatusLine, tmp_path: Path
) -> None:
    assert line._saved.text() == "no project"
    open_project(session, tmp_path, with_clips=False)
    later = StatusLine(session)
    qtbot.addWidget(later)
    assert later._saved.text() == line._saved.text() != "no project"


def test_without_a_catalogue_nothing_was_written(tmp_path: Path) -> None:
    assert last_written(tmp_path) is None


def test_runs_that_train_and_wait_are_counted(
    qtbot: QtBot, session: Session, line: StatusLine, project: FakeProject, gate: Gate
) -> None:
    assert line._jobs.isHidden()
    lined_up(qtbot, session, 3)
    assert line._jobs.text() == "3 runs"
    session.queue.remove_waiting()
    assert line._jobs.text() == "1 run"


def test_the_microphone_is_chosen_in_the_status_bar(
    line: StatusLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    microphone = Microphone(InputDevices(line), line)
    box = DeviceBox(microphone, line)
    menu = line.microphone.menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["No microphone"]
    monkeypatch.setattr(InputDevices, "all", lambda _: DEVICES)
    menu.aboutToShow.emit()
    assert [(one.text(), one.isChecked()) for one in menu.actions()] == [
        ("built in", True),
        ("USB", False),
    ]
    menu.actions()[1].trigger()
    assert box.currentText() == "USB"
    assert microphone.devices.remembered() == "USB"


def test_a_microphone_chosen_before_there_are_pages_is_theirs(
    line: StatusLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InputDevices, "all", lambda _: DEVICES)
    menu = line.microphone.menu()
    menu.aboutToShow.emit()
    menu.actions()[1].trigger()
    later = DeviceBox(Microphone(InputDevices(line), line), line)
    later.list_devices()
    assert later.currentText() == "USB"
