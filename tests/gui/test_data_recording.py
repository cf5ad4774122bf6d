"""Recording on the Data station: prompts, takes as chips, redo, the room. The microphone is fed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.fed_microphone import begin, fed_page, hear, noise, word
from tests.helpers.logs import LogGuard
from workbench.audio.hands_free import Phase
from workbench.data.task import SILENCE
from workbench.errors import WorkbenchError
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_recorder import ROOM_S, TAKES
from workbench.gui.session import Session


@pytest.fixture
def page(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataPage]:
    with fed_page(qtbot, session, tmp_path, monkeypatch) as made:
        yield made


def test_one_press_counts_down_then_records_ten_takes_without_hands(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    begin(page)
    assert page.recorder.prompt.sentence == "Get ready to say “stop”"
    assert page.recorder.recorder.countdown == 3
    hear(page, noise(3.1))
    assert page.recorder.prompt.sentence == "Say “stop”"
    for number in range(TAKES):
        assert page.recorder.recorder.is_running
        hear(page, word(seed=number))
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
    begin(page)
    hear(page, noise(3.1))
    hear(page, word(peak=3.0))
    hear(page, word())
    chips = page.recorder.takes.chips
    assert [chip.accessibleName() for chip in chips] == ["Take 1: clipped", "Take 2: kept"]
    assert len(page.library.records) == 1
    assert chips[0].clip_id is None


def test_silence_is_rejected_and_ends_the_recording_with_a_hint(page: DataPage) -> None:
    ended: list[Phase | None] = []
    page.recorder.recorder.ended.connect(ended.append)
    begin(page)
    hear(page, noise(20.0))
    assert ended == [Phase.GAVE_UP]
    assert len(page.recorder.takes.chips) == 3
    assert "Check the level" in page.recorder.hint
    assert page.library.records == ()


def test_escape_stops_and_keeps_what_was_taken(qtbot: QtBot, page: DataPage) -> None:
    begin(page)
    hear(page, noise(3.1), word())
    qtbot.keyClick(page.recorder.stop_button, Qt.Key.Key_Escape)
    assert not page.recorder.recorder.is_running
    assert len(page.library.records) == 1


def test_a_chip_can_be_recorded_again(session: Session, page: DataPage) -> None:
    page.recorder.word.setEditText("stop")
    page.recorder.one_button.click()
    hear(page, noise(1.1), word(seed=1))
    (chip,) = page.recorder.takes.chips
    first = chip.clip_id
    chip.redo_wanted.emit(chip)
    hear(page, noise(1.1), word(seed=2))
    assert [record.id for record in page.library.records] == [chip.clip_id]
    assert chip.clip_id != first
    session.undo_stack.undo()
    assert [record.id for record in page.library.records] == [first]


def test_a_chip_can_be_removed(page: DataPage) -> None:
    page.recorder.word.setEditText("stop")
    page.recorder.one_button.click()
    hear(page, noise(1.1), word())
    (chip,) = page.recorder.takes.chips
    chip.remove_wanted.emit(chip)
    assert page.library.records == ()
    assert page.recorder.takes.chips == []


def test_a_chip_that_is_removed_while_it_is_recorded_again_is_a_new_take(page: DataPage) -> None:
    page.recorder.word.setEditText("stop")
    page.recorder.one_button.click()
    hear(page, noise(1.1), word(seed=1))
    (chip,) = page.recorder.takes.chips
    chip.redo_wanted.emit(chip)
    chip.remove_wanted.emit(chip)
    QTest.qWait(1)
    hear(page, noise(1.1), word(seed=2))
    (new,) = page.recorder.takes.chips
    assert [record.id for record in page.library.records] == [new.clip_id]


def test_without_a_word_it_asks_for_one(page: DataPage) -> None:
    page.recorder.many_button.click()
    assert not page.recorder.recorder.is_running
    assert "Type the word" in page.recorder.hint


def rooms(page: DataPage) -> list[float]:
    """Lengths of the clips of the room, in seconds."""
    records = [one for one in page.library.records if one.clip.label == SILENCE]
    return [one.duration_s for one in records]


def test_the_room_becomes_one_second_clips_of_silence(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    page.doctor.room_wanted.emit()
    assert page.recorder.prompt.sentence == "Recording your room. Stay quiet"
    hear(page, noise(ROOM_S + 0.1))
    assert not page.recorder.recorder.is_running
    assert rooms(page) == [], "many files are not written in the window's own thread"
    qtbot.waitUntil(lambda: rooms(page) == [1.0] * round(ROOM_S), timeout=20_000)
    assert session.undo_stack.undoText() == "record 20 clips of the room"
    session.undo_stack.undo()
    assert page.library.records == ()


def escape(page: DataPage) -> None:
    QTest.keyClick(page.recorder.stop_button, Qt.Key.Key_Escape)


def unplug(page: DataPage) -> None:
    page.microphone.failed.emit(WorkbenchError("It stopped delivering.", hint="Plug it in."))


def other_recording(page: DataPage) -> None:
    begin(page)


@pytest.mark.parametrize("end", [escape, unplug, DataPage.hide, other_recording])
def test_of_a_room_that_is_cut_short_the_whole_seconds_are_kept(
    qtbot: QtBot, page: DataPage, expect_log: LogGuard, end: Callable[[DataPage], None]
) -> None:
    if end is unplug:
        expect_log("stopped delivering")
    page.doctor.room_wanted.emit()
    hear(page, noise(7.9))
    end(page)
    qtbot.waitUntil(lambda: rooms(page) == [1.0] * 7, timeout=20_000)
    assert page.recorder.recorder.records_room is False


def test_less_than_a_second_of_a_room_is_nothing(session: Session, page: DataPage) -> None:
    page.doctor.room_wanted.emit()
    hear(page, noise(0.9))
    escape(page)
    session.clip_changes.finish()
    assert page.library.records == ()
    assert not session.undo_stack.canUndo()


def test_a_microphone_that_fails_ends_the_recording(page: DataPage, expect_log: LogGuard) -> None:
    expect_log("stopped delivering")
    begin(page)
    page.microphone.failed.emit(WorkbenchError("It stopped delivering.", hint="Plug it in."))
    assert not page.recorder.recorder.is_running


def test_leaving_the_station_ends_the_recording(page: DataPage) -> None:
    begin(page)
    page.hide()
    assert not page.recorder.recorder.is_running
