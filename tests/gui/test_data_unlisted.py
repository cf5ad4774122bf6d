"""Recordings that a kill or a full disk kept off the list are offered once, when the project is opened."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page
from tests.helpers.logs import LogGuard
from workbench.errors import WorkbenchError
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session
from workbench.gui.widgets.message_bar import MessageRow
from workbench.project.catalogue import Catalogue
from workbench.project.project import Project

KILLED_AT_ROW = """
import os, signal, sys
from pathlib import Path
import numpy as np
from workbench.project.catalogue import Catalogue
from workbench.project.project import Project

keep, left = Catalogue.add_clips, [2]
def add_clips(*arguments):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return keep(*arguments)
Catalogue.add_clips = add_clips
project = Project.open(Path(sys.argv[1]))
for pitch in (5, 6, 7):
    take = np.sin(np.arange(8000) / pitch).astype(np.float32) / 2
    project.add_recording("2", "on", "anna", take, 16000)
"""


@pytest.fixture
def folder(session: Session, tmp_path: Path) -> Iterator[Path]:
    """A closed project with the tasks ``Words`` and ``Lights``; a kill cut off the second take of the latter."""
    open_project(session, tmp_path, with_clips=False)
    assert session.project is not None
    session.project.add_task("Lights")
    made = session.project.folder
    session.close_project()
    code = [sys.executable, "-c", KILLED_AT_ROW, str(made)]
    killed = subprocess.run(code, capture_output=True, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    yield made
    session.close_project()


@pytest.fixture
def page(qtbot: QtBot, session: Session, folder: Path) -> Iterator[DataPage]:
    session.adopt(Project.open(folder))
    made = shown_page(qtbot, session)
    qtbot.waitUntil(lambda: bool(made.unlisted.notices))
    yield made
    made.hide()


def add(page: DataPage) -> None:
    (button,) = page.unlisted.findChildren(MessageRow)[0].choice_buttons
    assert button.text() == "Add it"
    button.click()


def filed(session: Session, task_id: str) -> list[tuple[str, str]]:
    assert session.project is not None
    return [(one.clip.label, one.clip.speaker) for one in session.project.clips(task_id)]


def test_a_take_that_a_kill_cut_off_is_listed_by_one_press(
    qtbot: QtBot, session: Session, page: DataPage, folder: Path
) -> None:
    assert page.unlisted.isVisible()
    assert page.unlisted.notices[0].text == "1 recording was kept but not listed."
    assert filed(session, "2") == [("on", "anna")]
    add(page)
    assert not page.unlisted.isVisible()
    qtbot.waitUntil(lambda: filed(session, "2") == [("on", "anna")] * 2)
    session.clip_changes.finish()
    assert session.notices.history[-1].text == "1 recording was added to “Lights”."
    session.undo_stack.undo()
    assert filed(session, "2") == [("on", "anna")]
    session.close_project()
    session.adopt(Project.open(folder))
    qtbot.waitUntil(lambda: not page.unlisted._background.is_busy)
    assert page.unlisted.notices == (), "what is in the trash is listed"


def test_nothing_is_offered_when_nothing_is_missing(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    session.adopt(Project.create(tmp_path / "second"))
    assert page.unlisted.notices == (), "the offer was for the other project"
    qtbot.waitUntil(lambda: not page.unlisted._background.is_busy)
    assert not page.unlisted.isVisible()


def test_a_disk_that_is_still_full_keeps_the_offer(
    qtbot: QtBot, session: Session, page: DataPage, expect_log: LogGuard
) -> None:
    expect_log("No space left")

    def refuse(*_: object) -> None:
        raise WorkbenchError("No space left.", hint="Free some disk space.")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Catalogue, "add_clips", refuse)
        add(page)
        qtbot.waitUntil(lambda: bool(page.unlisted.notices))
    add(page)
    qtbot.waitUntil(lambda: filed(session, "2") == [("on", "anna")] * 2)
