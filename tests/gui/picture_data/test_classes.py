"""Pictures get other classes by keys and by typing, and are removed; all of it can be undone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page
from tests.gui.picture_data.steps import labels, select
from tests.helpers.picture_folders import (
    idx_pair,
)
from workbench.cancel import CancelToken
from workbench.gui.class_keys import class_keys, place_keys
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session


def test_a_digit_gives_the_class_goes_on_and_can_be_undone(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    sheet = page.pictures.sheet
    select(page, "cat-0.png")
    assert page.groups.model.groups[2].shortcut == "2"
    qtbot.keyClick(sheet, Qt.Key.Key_2)
    assert labels(page)["cat-0.png"] == "dog"
    assert session.undo_stack.undoText() == "relabel 1 picture as “dog”"
    current = sheet.current_clip()
    assert current is not None
    assert current.source == "cat-1.png", "the next picture is selected"
    qtbot.keyClick(sheet, Qt.Key.Key_9)
    assert labels(page)["cat-1.png"] == "cat", "there is no ninth class"
    session.undo_stack.undo()
    assert labels(page)["cat-0.png"] == "cat"


def test_a_digit_relabels_all_selected_pictures_also_within_a_class(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    sheet = page.pictures.sheet
    page.groups.choose("cat")
    sheet.select_row(2)
    sheet.setFocus()
    qtbot.keyClick(sheet, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    names = [row.source for row in sheet.selected_clips()]
    assert names == ["cat-2.png", "cat-3.png"]
    qtbot.keyClick(sheet, Qt.Key.Key_3)
    assert {labels(page)[name] for name in names} == {"elk"}
    assert [row.source for row in sheet.selected_clips()] == ["cat-4.png"]
    session.undo_stack.undo()
    assert {labels(page)[name] for name in names} == {"cat"}


def test_a_digit_means_the_class_that_is_called_so(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    idx_pair(tmp_path / "digits", [0, 1, 2] * 4)
    open_project(session, tmp_path, with_clips=False)
    assert session.project is not None
    assert session.task_id is not None
    session.project.import_clips(session.task_id, tmp_path / "digits", CancelToken())
    session.clips_changed.emit(None)
    page = shown_page(qtbot, session)
    select(page, "train-images-idx3-ubyte [1]")
    qtbot.keyClick(page.pictures.sheet, Qt.Key.Key_0)
    assert labels(page)["train-images-idx3-ubyte [1]"] == "0"
    assert not any(group.shortcut for group in page.groups.model.groups)
    page.hide()


def test_keys_are_places_unless_classes_are_called_by_digits() -> None:
    assert class_keys(("ape", "bee")) == {"1": "ape", "2": "bee"}
    assert place_keys(("ape", "bee")) == {"ape": "1", "bee": "2"}
    assert class_keys(("0", "1", "other")) == {"0": "0", "1": "1"}
    assert place_keys(("0", "1", "other")) == {}
    many = tuple(f"class {number:02}" for number in range(20))
    assert list(class_keys(many)) == list("123456789")


def test_typing_a_class_relabels(qtbot: QtBot, session: Session, page: DataPage) -> None:
    select(page, "cat-5.png")
    line = page.pictures.picture.word.lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, "fox")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert labels(page)["cat-5.png"] == "fox"
    assert page.library.words == ("cat", "dog", "elk", "fox")
    session.undo_stack.undo()
    assert labels(page)["cat-5.png"] == "cat"


def test_remove_undo_and_restore(qtbot: QtBot, session: Session, page: DataPage) -> None:
    sheet = page.pictures.sheet
    removed = select(page, "dog-0.png")
    qtbot.keyClick(sheet, Qt.Key.Key_Delete)
    assert "dog-0.png" not in labels(page)
    assert session.undo_stack.undoText() == "remove 1 picture"
    assert sheet.current_clip() is not None, "the next picture is selected"
    session.undo_stack.undo()
    assert labels(page)["dog-0.png"] == "dog"
    session.undo_stack.redo()
    assert page.groups.removed_button.text() == "Show 1 removed picture"
    page.groups.removed_button.click()
    assert [row.id for row in page.pictures.list.model.records] == [removed]
    page.pictures.picture.trash_button.click()
    assert labels(page)["dog-0.png"] == "dog"
