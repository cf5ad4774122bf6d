"""A good take that the disk refuses stays in the window until it can be stored, where it belongs."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fed_microphone import begin, fed_page, hear, noise, word
from tests.helpers.logs import LogGuard
from workbench.errors import WorkbenchError
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session
from workbench.project.catalogue import Catalogue
from workbench.project.project import Project


@pytest.fixture
def page(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataPage]:
    with fed_page(qtbot, session, tmp_path, monkeypatch) as made:
        yield made


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def refuse_rows(*_: object) -> None:
    raise WorkbenchError("No space left for the row.", hint="Free some disk space.")


@pytest.mark.parametrize(
    ("where", "name", "refusal"), [(os, "fsync", full_disk), (Catalogue, "add_clips", refuse_rows)]
)
def test_a_take_that_the_disk_refuses_is_held_until_it_can_be_stored(
    session: Session,
    page: DataPage,
    expect_log: LogGuard,
    where: object,
    name: str,
    refusal: Callable[..., None],
) -> None:
    expect_log("No space left")
    begin(page)
    hear(page, noise(3.1), word())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(where, name, refusal)
        hear(page, word(seed=1))
        assert not page.recorder.recorder.is_running
        told = session.notices.history[-1].text
        assert "held in the window" in told
        assert "Try again" in told
        stored, held = page.recorder.takes.chips
        assert (stored.accessibleName(), held.accessibleName()) == (
            "Take 1: kept",
            "Take 2: not stored, “stop”",
        )
        held.again_button.click()
        assert held.is_held
    assert len(page.library.records) == 1

    begin(page, "left")
    assert page.recorder.takes.chips == [held], "the next recording takes only what is stored away"
    page.recorder.recorder.stop()
    held.again_button.click()
    assert held.accessibleName() == "Take 2: kept"
    assert not held.again_button.isVisible()
    assert [(one.clip.label, one.clip.speaker) for one in page.library.records] == [
        ("stop", "ann"),
        ("stop", "ann"),
    ]
    session.undo_stack.undo()
    assert len(page.library.records) == 1
    assert page.recorder.takes.chips == []


def test_a_take_recorded_again_that_the_disk_refuses_leaves_the_one_before(
    session: Session, page: DataPage, expect_log: LogGuard
) -> None:
    expect_log("No space left")
    page.recorder.word.setEditText("stop")
    page.recorder.one_button.click()
    hear(page, noise(1.1), word(seed=1))
    (chip,) = page.recorder.takes.chips
    first = chip.clip_id
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", full_disk)
        chip.redo_wanted.emit(chip)
        hear(page, noise(1.1), word(seed=2))
    assert [record.id for record in page.library.records] == [first]
    assert chip.is_held
    chip.again_button.click()
    assert [record.id for record in page.library.records] == [chip.clip_id]
    assert chip.clip_id != first
    session.undo_stack.undo()
    assert [record.id for record in page.library.records] == [first]


def test_a_held_take_goes_with_its_project_and_not_with_its_task(
    session: Session, page: DataPage, expect_log: LogGuard, tmp_path: Path
) -> None:
    expect_log("No space left")
    begin(page)
    hear(page, noise(3.1), word())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", full_disk)
        hear(page, word(seed=1))
    project, task_id = session.project, session.task_id
    assert project is not None
    assert task_id is not None
    session.set_task(project.add_task("Other").id)
    (held,) = page.recorder.takes.chips
    held.again_button.click()
    assert len(project.clips(task_id)) == 2
    assert page.library.records == ()
    assert page.recorder.takes.chips == []

    begin(page)
    hear(page, noise(3.1))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", full_disk)
        hear(page, word(seed=2))
    assert [chip.is_held for chip in page.recorder.takes.chips] == [True]
    session.adopt(Project.create(tmp_path / "second"))
    assert page.recorder.takes.chips == []
