"""Takes belong to the task, word and speaker that they were begun for, whatever is clicked meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page
from tests.gui.fed_microphone import begin, hear, noise, word
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_recorder import TAKES
from workbench.gui.session import Session
from workbench.project.project import Project


@pytest.fixture
def project(session: Session, tmp_path: Path) -> Iterator[Project]:
    """The task ``Words``, which is shown, and ``Lights``; both empty."""
    open_project(session, tmp_path, with_clips=False)
    made = session.project
    assert made is not None
    made.add_task("Lights")
    yield made
    session.close_project()


@pytest.fixture
def page(
    qtbot: QtBot, session: Session, project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataPage]:
    monkeypatch.setattr(Microphone, "is_on", True)
    made = shown_page(qtbot, session)
    yield made
    made.hide()


def filed(project: Project) -> list[list[tuple[str, str]]]:
    """Word and speaker of every clip, task by task."""
    return [
        [(record.clip.label, record.clip.speaker) for record in project.clips(task.id)]
        for task in project.tasks()
    ]


def test_asking_for_another_word_prepares_the_next_recording_and_not_this_one(
    page: DataPage, project: Project
) -> None:
    begin(page)
    hear(page, noise(3.1), word())
    page.groups.add_wanted.emit()
    assert page.recorder.prompt.sentence == "Say “stop”"
    hear(page, word(seed=1))
    page.doctor.record_wanted.emit("left")
    for seed in range(2, TAKES):
        hear(page, word(seed=seed))
    assert filed(project) == [[("stop", "ann")] * TAKES, []]
    assert page.recorder.many_button.text() == f"Record {TAKES} takes of “left”"


def test_another_task_ends_the_recording_and_gets_none_of_its_takes(
    session: Session, page: DataPage, project: Project
) -> None:
    begin(page)
    hear(page, noise(3.1), word(), word(peak=3.0))
    session.set_task(project.tasks()[1].id)
    assert not page.recorder.recorder.is_running
    assert page.recorder.takes.chips == []
    hear(page, word(seed=1))
    assert filed(project) == [[("stop", "ann")], []]


def test_a_take_is_recorded_again_as_the_word_that_it_was(page: DataPage, project: Project) -> None:
    begin(page)
    hear(page, noise(3.1), word())
    page.recorder.recorder.stop()
    page.recorder.ask_word("left")
    page.recorder.speaker.setText("bob")
    (chip,) = page.recorder.takes.chips
    chip.redo_wanted.emit(chip)
    assert page.recorder.prompt.sentence == "Get ready to say “stop”"
    hear(page, noise(1.1), word(seed=2))
    assert filed(project) == [[("stop", "ann")], []]
