"""That was wrong, and you missed it: one key puts the sound into the task, one undo takes it out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project
from tests.gui.test_try_it import heard, listen_to_microphone, opened
from tests.gui.try_it_page import shown_try_it
from tests.unit.detection.test_stream import bursts
from workbench.audio.files import Samples, read_audio
from workbench.cancel import RunState
from workbench.data.task import UNKNOWN, Split
from workbench.gui.dialogs.shortcuts import ShortcutsDialog
from workbench.gui.pages.data_recorder import RecorderCard
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.session import Session
from workbench.gui.settings import remember_speaker
from workbench.gui.stations import Station
from workbench.methods.patch import SUFFIX
from workbench.project.project import Project
from workbench.project.records import ClipRecord
from workbench.training.job import AdaptationJob, TrainingConfig

__all__ = ["opened"]

RATE_HZ = 16000
WORD_S = 2.0
MENU = pytest.mark.qt_log_ignore("does not support (raise|grabbing|propagateSizeHints)")


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path, opened: list[str]) -> Iterator[TryItPage]:
    """The station with a patch of the task of a real project."""
    open_project(session, tmp_path)
    project, task_id = session.project, session.task_id
    assert project is not None
    assert task_id is not None
    job = AdaptationJob(
        backbone=session.backbone,
        data=tmp_path,
        method="head",
        config={},
        training=TrainingConfig(epochs=1),
        out=tmp_path / "out",
    )
    run = project.new_run(task_id, job)
    (run.folder / f"words{SUFFIX}").write_bytes(b"of no matter here")
    project.finish_run(run.id, {"patch": f"words{SUFFIX}"})
    project.set_run_state(run.id, RunState.FINISHED)
    made = shown_try_it(qtbot, session)
    yield made
    made.hide()
    made.shut_down()
    session.close_project()


def project_of(session: Session) -> Project:
    assert session.project is not None
    return session.project


def added(session: Session) -> list[ClipRecord]:
    """Clips that no other one was imported with."""
    clips = project_of(session).clips(session.task_id or "")
    return [one for one in clips if one.clip.speaker not in ("ann", "bob", "cid", "dan")]


def stored(sound: ClipRecord) -> Samples:
    return read_audio(sound.clip.path)


def test_x_stores_the_window_that_was_taken_for_a_word(
    qtbot: QtBot, session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = 0.5 * bursts((WORD_S,), length_s=4.0)
    listen_to_microphone(qtbot, page, monkeypatch, samples)
    ((time_s, word),) = heard(page)
    assert word == "loud"
    qtbot.keyClick(page, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: len(added(session)) == 1)
    (clip,) = added(session)
    assert (clip.clip.label, clip.clip.speaker, clip.clip.split) == (UNKNOWN, "me", Split.TRAIN)
    end = round(time_s * RATE_HZ)
    np.testing.assert_allclose(stored(clip), samples[end - RATE_HZ : end], atol=1e-4)
    note = page.corrections.note
    qtbot.waitUntil(lambda: "Stored in Words" in note.text())
    assert note.isVisible()
    # The same sound is not stored twice.
    assert not page.corrections.wrong_button.isEnabled()
    qtbot.keyClick(page, Qt.Key.Key_X)
    assert not session.clip_changes.is_busy


def test_undo_takes_the_clip_out_and_redo_brings_it_back(
    qtbot: QtBot, session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_to_microphone(qtbot, page, monkeypatch, bursts((WORD_S,), length_s=4.0))
    with qtbot.waitSignal(session.clips_changed) as changed:
        qtbot.keyClick(page, Qt.Key.Key_X)
    assert changed.args == [tuple(one.id for one in added(session))]
    assert UNKNOWN in session.undo_stack.undoText()
    session.undo_stack.undo()
    assert added(session) == []
    assert not page.corrections.note.isVisible(), "it is not stored any more"
    session.undo_stack.redo()
    assert len(added(session)) == 1


@MENU
def test_v_keeps_the_sound_of_the_moment_and_asks_for_the_word(
    qtbot: QtBot, session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.settings.sliders["threshold"].setValue(999)
    remember_speaker("eva")
    samples = 0.5 * bursts((WORD_S,), length_s=3.5)
    listen_to_microphone(qtbot, page, monkeypatch, samples)
    assert heard(page) == []
    qtbot.keyClick(page, Qt.Key.Key_V)
    menu = page.corrections.findChild(QMenu)
    assert isinstance(menu, QMenu)
    qtbot.waitUntil(menu.isVisible)
    page.microphone.samples.emit(np.full(3 * RATE_HZ, 0.9, np.float32))
    qtbot.keyClick(menu, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: len(added(session)) == 1)
    (clip,) = added(session)
    assert (clip.clip.label, clip.clip.speaker) == ("loud", "eva")
    sound = stored(clip)
    middle = np.average(np.arange(RATE_HZ), weights=np.square(sound)) / RATE_HZ
    assert middle == pytest.approx(0.5, abs=0.05)
    starts = range(0, len(samples) - RATE_HZ + 1, 80)
    assert any(np.allclose(sound, samples[i : i + RATE_HZ], atol=1e-4) for i in starts), (
        "what came after the key is not in it"
    )


@MENU
def test_a_menu_that_is_closed_stores_nothing(
    qtbot: QtBot, session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_to_microphone(qtbot, page, monkeypatch, bursts((WORD_S,), length_s=3.5))
    page.corrections.missed_button.click()
    menu = page.corrections.findChild(QMenu)
    assert isinstance(menu, QMenu)
    qtbot.keyClick(menu, Qt.Key.Key_Escape)
    assert added(session) == []


def test_what_was_amplified_is_stored_as_it_was_heard(
    qtbot: QtBot, session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.settings.sliders["gain_db"].setValue(-9)
    samples = bursts((WORD_S,), length_s=4.0)
    listen_to_microphone(qtbot, page, monkeypatch, samples)
    ((time_s, _),) = heard(page)
    qtbot.keyClick(page, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: len(added(session)) == 1)
    end = round(time_s * RATE_HZ)
    heard_window = 10 ** (-9 / 20) * samples[end - RATE_HZ : end]
    np.testing.assert_allclose(stored(added(session)[0]), heard_window, atol=1e-4)


def test_nothing_is_offered_while_nobody_listens_or_for_a_patch_of_no_task(
    qtbot: QtBot, session: Session, page: TryItPage, tmp_path: Path
) -> None:
    row = page.corrections
    assert row.isVisible()
    assert not row.wrong_button.isEnabled()
    assert not row.missed_button.isEnabled()
    assert "Listen to the microphone first" in row.missed_button.toolTip()
    foreign = tmp_path / f"foreign{SUFFIX}"
    foreign.write_bytes(b"of no matter here")
    page.patches.switch_to(foreign)
    qtbot.waitUntil(lambda: not row.isVisible())


def test_adapt_again_leads_there(
    qtbot: QtBot, session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_to_microphone(qtbot, page, monkeypatch, bursts((WORD_S,), length_s=4.0))
    assert not page.corrections.adapt_button.isVisible()
    qtbot.keyClick(page, Qt.Key.Key_X)
    qtbot.waitUntil(page.corrections.adapt_button.isVisible)
    with qtbot.waitSignal(session.station_requested) as asked:
        page.corrections.adapt_button.click()
    assert asked.args == [Station.ADAPT]


def test_the_keys_are_on_the_sheet(qtbot: QtBot) -> None:
    sheet = ShortcutsDialog({})
    qtbot.addWidget(sheet)
    keys = [sheet.table.item(row, 1).text() for row in range(sheet.table.rowCount())]
    assert keys.count("X") == keys.count("V") == 1


def test_the_speaker_is_the_one_that_the_recorder_remembers(qtbot: QtBot, page: TryItPage) -> None:
    remember_speaker("eva")
    card = RecorderCard(page.microphone)
    qtbot.addWidget(card)
    assert card.chosen_speaker == "eva"
