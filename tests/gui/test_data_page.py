"""The Data station driven as a person drives it, on a real project with synthetic words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtMultimedia import QAudioDevice, QMediaDevices
from pytestqt.qtbot import QtBot

from tests.gui.data_project import SPEAKERS, TAKES, WORDS, open_project, shown_page, word_folder
from tests.helpers.dropping import drop
from tests.helpers.logs import LogGuard
from workbench.data.task import SILENCE, Split
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_fixes import Remedy
from workbench.gui.session import Session
from workbench.notices import Notice
from workbench.project.project import Project

ALL = len(WORDS) * len(SPEAKERS) * TAKES
PER_WORD = ALL // len(WORDS)


@pytest.fixture(autouse=True)
def closed_project(session: Session) -> Iterator[None]:
    """Release the project's lock at the end."""
    yield
    session.close_project()


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path) -> Iterator[DataPage]:
    open_project(session, tmp_path)
    made = shown_page(qtbot, session)
    yield made
    made.hide()


def _ids(page: DataPage) -> list[str]:
    return [clip.id for clip in page.list.model.records]


def test_without_a_project_it_offers_the_demo(qtbot: QtBot, session: Session) -> None:
    page = shown_page(qtbot, session)
    with qtbot.waitSignal(session.demo_requested):
        page.no_project.primary.click()
    page.hide()


def test_without_clips_it_offers_to_record_or_import(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    open_project(session, tmp_path, with_clips=False)
    page = shown_page(qtbot, session)
    assert page.no_clips.isVisible()
    assert not page.list.isVisible()
    page.no_clips.primary.click()
    assert page.focusWidget() is page.recorder.word
    page.hide()


def test_words_and_speakers_are_counted_and_choose_the_rows(page: DataPage) -> None:
    groups = page.groups
    assert [(one.title, one.count) for one in groups.model.groups] == [
        ("All clips", ALL),
        *((word, PER_WORD) for word in WORDS),
    ]
    groups.choose(WORDS[1])
    assert len(_ids(page)) == PER_WORD
    groups.tabs.setCurrentIndex(1)
    assert [one.title for one in groups.model.groups[1:]] == list(SPEAKERS)
    groups.view.setCurrentIndex(groups.model.index(1))
    assert len(_ids(page)) == ALL // len(SPEAKERS)
    page.list.search.setText(WORDS[0])
    assert len(_ids(page)) == TAKES


def test_the_selected_clip_is_shown_large(qtbot: QtBot, page: DataPage) -> None:
    with qtbot.waitSignal(page.listening.loaded) as loaded:
        page.list.table.selectRow(2)
    sound = loaded.args[0]
    assert sound.clip_id == _ids(page)[2]
    assert len(sound.samples) == sound.rate_hz
    assert page.clip.waveform.duration_s == 1.0


def test_remove_undo_redo_and_restore(qtbot: QtBot, session: Session, page: DataPage) -> None:
    table = page.list.table
    table.setFocus()
    table.selectRow(0)
    first = _ids(page)[0]
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert first not in _ids(page)
    assert session.undo_stack.undoText() == "remove 1 clip"
    assert table.current_clip() is not None, "the next clip is selected"
    session.undo_stack.undo()
    assert first in _ids(page)
    session.undo_stack.redo()
    page.groups.removed_button.click()
    assert _ids(page) == [first]
    page.clip.trash_button.click()
    assert not page.groups.shows_removed, "an empty trash is left by itself"
    assert first in _ids(page)


def test_several_clips_get_a_word_a_speaker_and_a_part_and_undo_gives_each_its_own_back(
    session: Session, page: DataPage
) -> None:
    table = page.list.table
    table.selectAll()
    before = {one.id: one.clip for one in page.library.records}
    page.clip.word_wanted.emit("go")
    page.clip.speaker_wanted.emit("eve")
    page.clip.split_wanted.emit(Split.TEST)
    clips = [one.clip for one in page.library.records]
    assert {(one.label, one.speaker, one.split) for one in clips} == {("go", "eve", Split.TEST)}
    assert len(table.selected_clips()) == ALL, "what was selected stays selected"
    for _ in range(3):
        session.undo_stack.undo()
    assert {one.id: one.clip for one in page.library.records} == before


def test_renaming_a_word_moves_all_its_clips(
    page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "workbench.gui.pages.data.QInputDialog.getText", lambda *_, **__: ("halt", True)
    )
    page.groups.rename_wanted.emit(WORDS[1])
    assert page.library.words == (WORDS[0], "halt")
    assert page.groups.chosen_word == "halt"


def test_left_and_right_step_and_space_asks_to_play(
    qtbot: QtBot, page: DataPage, monkeypatch: pytest.MonkeyPatch, expect_log: LogGuard
) -> None:
    expect_log("No loudspeaker")
    monkeypatch.setattr(QMediaDevices, "defaultAudioOutput", QAudioDevice)
    table = page.list.table
    table.setFocus()
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_Right)
    assert table.currentIndex().row() == 1
    qtbot.keyClick(table, Qt.Key.Key_Left)
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert table.currentIndex().row() == 0
    with qtbot.waitSignal(page.listening.failed) as failed:
        qtbot.keyClick(table, Qt.Key.Key_Space)
    assert failed.args[0].message.startswith("No loudspeaker")


def test_a_digit_gives_the_selected_clips_a_word_and_goes_on(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    table = page.list.table
    page.groups.choose(WORDS[0])
    table.select_row(0)
    clip, following = page.list.model.records[0].id, page.list.model.records[1].id
    assert [one.shortcut for one in page.groups.model.groups] == [None, "1", "2"]
    qtbot.keyClick(table, Qt.Key.Key_2)
    words = {row.id: row.label for row in page.library.clips.present.rows}
    assert words[clip] == WORDS[1]
    current = table.current_clip()
    assert current is not None
    assert current.id == following
    qtbot.keyClick(table, Qt.Key.Key_9)
    assert len(_ids(page)) == PER_WORD - 1, "there is no ninth word"
    session.undo_stack.undo()
    assert len(_ids(page)) == PER_WORD


def test_an_import_adds_clips_lists_what_was_left_out_and_can_be_undone(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    open_project(session, tmp_path, with_clips=False)
    page = shown_page(qtbot, session)
    source = word_folder(tmp_path / "more")
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        drop(page.drop_area, source)
    assert len(page.library.records) == ALL
    assert page.import_bar.text == f"{ALL} clips were added, 1 file was left out."
    assert page.import_bar.why_button.isVisible()
    session.undo_stack.undo()
    assert page.library.records == ()
    page.hide()


def test_a_source_that_is_none_is_a_message(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path, expect_log: LogGuard
) -> None:
    expect_log("neither a folder")
    notices: list[Notice] = []
    unsubscribe = session.notices.subscribe(notices.append)
    (tmp_path / "notes.txt").write_text("nothing to hear")
    with qtbot.waitSignal(page.import_bar.work.ended, timeout=20_000):
        page.import_from(tmp_path / "notes.txt")
    assert len(notices) == 1
    assert len(page.library.records) == ALL
    unsubscribe()


def test_a_torn_speaker_is_found_and_put_back_by_the_button(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    assert session.project is not None
    ann = [one for one in page.library.records if one.clip.speaker == "ann"]
    other = Split.TEST if ann[0].clip.split is not Split.TEST else Split.TRAIN
    session.project.set_split([ann[-1].id], other)
    session.clips_changed.emit(None)
    with qtbot.waitSignal(page.doctor.examined, timeout=20_000):
        page.doctor.check_now()
    rows = {row.finding.kind.name: row for row in page.findings.rows}
    row = rows["SPEAKER_IN_SPLITS"]
    assert row is page.findings.rows[0], "a leak comes first"
    (button,) = row.buttons
    button.click()
    parts = {one.clip.split for one in page.library.records if one.clip.speaker == "ann"}
    assert parts == {ann[0].clip.split}
    session.undo_stack.undo()
    parts = {one.clip.split for one in page.library.records if one.clip.speaker == "ann"}
    assert parts == {ann[0].clip.split, other}


def test_splitting_again_mends_torn_speakers_and_can_be_undone(
    session: Session, page: DataPage
) -> None:
    assert session.project is not None
    session.project.set_split([one.id for one in page.library.records[::2]], Split.TEST)
    session.clips_changed.emit(None)
    before = {one.id: one.clip.split for one in page.library.records}
    page.groups.tabs.setCurrentIndex(1)
    assert any(group.is_torn for group in page.groups.model.groups)
    page.groups.split_button.click()
    assert not any(group.is_torn for group in page.groups.model.groups)
    session.undo_stack.undo()
    assert {one.id: one.clip.split for one in page.library.records} == before
    assert any(group.is_torn for group in page.groups.model.groups)


def test_missing_background_noise_leads_to_recording_the_room(
    qtbot: QtBot, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(page.recorder.recorder, "start_room", lambda _: asked.append(True))
    with qtbot.waitSignal(page.doctor.examined, timeout=20_000):
        page.doctor.check_now()
    finding = next(one.finding for one in page.findings.rows if SILENCE in one.finding.text)
    page.findings.fix_wanted.emit(Remedy.RECORD_ROOM, finding)
    assert asked == [True]


def test_missing_background_noise_can_be_made(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    with qtbot.waitSignal(page.doctor.examined, timeout=20_000):
        page.doctor.check_now()
    row = next(one for one in page.findings.rows if SILENCE in one.finding.text)
    row.buttons[-1].click()
    qtbot.waitUntil(lambda: SILENCE in page.library.words, timeout=20_000)
    made = [one for one in page.library.records if one.clip.label == SILENCE]
    assert len(made) >= 10
    assert {one.clip.split for one in made} >= {Split.TRAIN, Split.VAL}
    session.undo_stack.undo()
    assert all(one.clip.label != SILENCE for one in page.library.records)


def test_another_project_is_shown_at_once(session: Session, page: DataPage, tmp_path: Path) -> None:
    session.adopt(Project.create(tmp_path / "empty"))
    assert page.library.records == ()
    assert page.no_clips.isVisible()
    assert page.list.model.rowCount() == 0
