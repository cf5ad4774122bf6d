"""Recording on the Data station: prompts, takes as chips, redo, the room. The microphone is fed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page
from tests.helpers.logs import LogGuard
from workbench.audio.hands_free import Phase
from workbench.data.task import SILENCE
from workbench.errors import WorkbenchError
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_recorder import ROOM_S, TAKES
from workbench.gui.session import Session

RATE_HZ = 16000
BLOCK = 480


@pytest.fixture
def page(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataPage]:
    """The station on a project without clips, with a microphone that a test feeds by hand."""
    monkeypatch.setattr(Microphone, "is_on", True)
    open_project(session, tmp_path, with_clips=False)
    made = shown_page(qtbot, session)
    yield made
    made.hide()
    session.close_project()


def _noise(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.001 * rng.standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def _word(peak: float = 0.5, seed: int = 0) -> np.ndarray:
    """Half a second of a tone that differs by seed, then a pause; over full scale it is limited."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    tone = np.sin(2 * np.pi * (200 + 10 * seed) * time_s) * np.hanning(len(time_s))
    spoken = np.concatenate([np.clip(peak * tone, -1, 1), np.zeros(RATE_HZ)])
    return (spoken + _noise(1.5, seed)).astype(np.float32)


def _hear(page: DataPage, sound: np.ndarray) -> None:
    for start in range(0, len(sound), BLOCK):
        page.microphone.samples.emit(sound[start : start + BLOCK])


def _begin(page: DataPage, word: str = "stop", speaker: str = "ann") -> None:
    page.recorder.word.setEditText(word)
    page.recorder.speaker.setText(speaker)
    page.recorder.many_button.click()


def test_one_press_counts_down_then_records_ten_takes_without_hands(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    _begin(page)
    assert page.recorder.prompt.sentence == "Get ready to say “stop”"
    assert page.recorder.recorder.countdown == 3
    _hear(page, _noise(3.1))
    assert page.recorder.prompt.sentence == "Say “stop”"
    for number in range(TAKES):
        assert page.recorder.recorder.is_running
        _hear(page, _word(seed=number))
    assert not page.recorder.recorder.is_running
    clips = [record.clip for record in page.library.records]
    assert [(clip.label, clip.speaker) for clip in clips] == [("stop", "ann")] * TAKES
    assert len(page.recorder.takes.chips) == TAKES
    assert session.undo_stack.undoText() == "record 10 takes of “stop”"
    session.undo_stack.undo()
    assert page.library.records == ()
    assert page.recorder.takes.chips == []
    session.undo_stack.redo()
    assert len(page.library.records) == TAKES


def test_clipped_takes_are_rejected_with_the_reason_and_not_stored(page: DataPage) -> None:
    _begin(page)
    _hear(page, _noise(3.1))
    _hear(page, _word(peak=3.0))
    _hear(page, _word())
    chips = page.recorder.takes.chips
    assert [chip.accessibleName() for chip in chips] == ["Take 1: clipped", "Take 2: kept"]
    assert len(page.library.records) == 1
    assert chips[0].clip_id is None


def test_silence_is_rejected_and_ends_the_recording_with_a_hint(page: DataPage) -> None:
    ended: list[Phase | None] = []
    page.recorder.recorder.ended.connect(ended.append)
    _begin(page)
    _hear(page, _noise(20.0))
    assert ended == [Phase.GAVE_UP]
    assert len(page.recorder.takes.chips) == 3
    assert "Check the level" in page.recorder.hint
    assert page.library.records == ()


def test_escape_stops_and_keeps_what_was_taken(qtbot: QtBot, page: DataPage) -> None:
    _begin(page)
    _hear(page, np.concatenate([_noise(3.1), _word()]))
    qtbot.keyClick(page.recorder.stop_button, Qt.Key.Key_Escape)
    assert not page.recorder.recorder.is_running
    assert len(page.library.records) == 1


def test_a_chip_can_be_recorded_again(session: Session, page: DataPage) -> None:
    page.recorder.word.setEditText("stop")
    page.recorder.one_button.click()
    _hear(page, np.concatenate([_noise(1.1), _word(seed=1)]))
    (chip,) = page.recorder.takes.chips
    first = chip.clip_id
    chip.redo_wanted.emit(chip)
    _hear(page, np.concatenate([_noise(1.1), _word(seed=2)]))
    assert [record.id for record in page.library.records] == [chip.clip_id]
    assert chip.clip_id != first
    session.undo_stack.undo()
    assert [record.id for record in page.library.records] == [first]


def test_a_chip_can_be_removed(page: DataPage) -> None:
    page.recorder.word.setEditText("stop")
    page.recorder.one_button.click()
    _hear(page, np.concatenate([_noise(1.1), _word()]))
    (chip,) = page.recorder.takes.chips
    chip.remove_wanted.emit(chip)
    assert page.library.records == ()
    assert page.recorder.takes.chips == []


def test_without_a_word_it_asks_for_one(page: DataPage) -> None:
    page.recorder.many_button.click()
    assert not page.recorder.recorder.is_running
    assert "Type the word" in page.recorder.hint


def test_the_room_becomes_one_second_clips_of_silence(session: Session, page: DataPage) -> None:
    page.recorder.record_room()
    assert page.recorder.prompt.sentence == "Recording your room. Stay quiet"
    _hear(page, _noise(ROOM_S + 0.1))
    records = page.library.records
    assert {record.clip.label for record in records} == {SILENCE}
    assert len(records) == round(ROOM_S)
    assert all(record.duration_s == 1.0 for record in records)
    session.undo_stack.undo()
    assert page.library.records == ()


def test_a_full_disk_ends_the_recording_with_a_message(
    session: Session,
    page: DataPage,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("The disk is full")

    def refuse(*_: object) -> None:
        raise WorkbenchError("The disk is full.", hint="Free some space.")

    monkeypatch.setattr(session.project, "add_recording", refuse)
    _begin(page)
    _hear(page, np.concatenate([_noise(3.1), _word()]))
    assert not page.recorder.recorder.is_running
    assert page.recorder.takes.chips == []
    assert not session.undo_stack.canUndo()


def test_a_microphone_that_fails_ends_the_recording(page: DataPage, expect_log: LogGuard) -> None:
    expect_log("stopped delivering")
    _begin(page)
    page.microphone.failed.emit(WorkbenchError("It stopped delivering.", hint="Plug it in."))
    assert not page.recorder.recorder.is_running


def test_leaving_the_station_ends_the_recording(page: DataPage) -> None:
    _begin(page)
    page.hide()
    assert not page.recorder.recorder.is_running
