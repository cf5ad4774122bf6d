"""The contact sheet: what it shows, and how one moves and selects in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.gui.picture_data.steps import ALL, EACH, select
from workbench.data.task import Split
from workbench.gui.bridge.thumbnails import Thumbnails
from workbench.gui.itemmodels.pictures import THUMBNAIL_ROLE, PicturesModel
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session


def test_thumbnails_appear_and_show_what_is_in_the_files(
    qtbot: QtBot, page: DataPage, animals: Path
) -> None:
    model = page.pictures.list.model
    shown = {row: model.index(row, 0).data(THUMBNAIL_ROLE) for row in range(ALL)}
    qtbot.waitUntil(
        lambda: all(model.index(row, 0).data(THUMBNAIL_ROLE) is not None for row in shown)
    )
    for row, clip in enumerate(model.records):
        image = model.index(row, 0).data(THUMBNAIL_ROLE)
        original = QImage(str(animals / clip.label / clip.source))
        assert image.size() == original.size(), "small pictures are not blown up"
        assert image.pixelColor(3, 5) == original.pixelColor(3, 5)


def test_a_picture_that_is_gone_gets_a_sign_and_the_large_view_says_why(
    qtbot: QtBot, page: DataPage
) -> None:
    model = page.pictures.list.model
    Path(model.records[1].path).unlink()
    model.index(1, 0).data(THUMBNAIL_ROLE)
    qtbot.waitUntil(lambda: model.index(1, 0).data(THUMBNAIL_ROLE) is not None)
    assert model.index(1, 0).data(THUMBNAIL_ROLE).isNull()
    with qtbot.waitSignal(page.pictures.picture.reader.failed):
        page.pictures.sheet.select_row(1)
    assert "cannot be read" in page.pictures.picture.view.hint


def test_the_sheet_keeps_the_contract_through_every_change(
    qtbot: QtBot, qtmodeltester: ModelTester, session: Session, page: DataPage
) -> None:
    model = page.pictures.list.model
    assert isinstance(model, PicturesModel)
    qtmodeltester.check(model)
    page.edits.relabel(model.records[:3], "elk")
    page.edits.remove(model.records[4:6])
    qtmodeltester.check(model)
    session.undo_stack.undo()
    page.groups.choose("elk")
    qtmodeltester.check(model)
    assert model.rowCount() == EACH + 3


def test_the_selected_picture_is_shown_large_with_what_it_is(qtbot: QtBot, page: DataPage) -> None:
    card = page.pictures.picture
    with qtbot.waitSignal(card.reader.read) as read:
        select(page, "dog-3.png")
    assert read.args[0].pixels.shape == (24, 24, 3)
    assert card.title.text() == "dog-3.png"
    assert card.extent.text() == "24 × 24 pixels"
    assert card.word.currentText() == "dog"
    assert card.split.currentText() in set(Split)
    page.pictures.sheet.selectAll()
    assert card.title.text() == f"{ALL} pictures selected"
    assert card.word.currentText() == ""


def test_arrows_move_over_rows_and_columns_and_space_shows_large(
    qtbot: QtBot, page: DataPage
) -> None:
    sheet, card = page.pictures.sheet, page.pictures.picture
    sheet.select_row(0)
    sheet.setFocus()
    qtbot.keyClick(sheet, Qt.Key.Key_Right)
    assert sheet.currentIndex().row() == 1
    columns = sheet.columns
    assert columns > 1
    qtbot.keyClick(sheet, Qt.Key.Key_Down)
    assert sheet.currentIndex().row() == 1 + columns
    before = card.height()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        qtbot.keyClick(sheet, key)
        assert page.pictures.is_large
        assert card.height() > before
        assert sheet.viewport().height() >= sheet.row_height
        qtbot.keyClick(sheet, Qt.Key.Key_Left)
        qtbot.keyClick(sheet, key)
        assert not page.pictures.is_large
        assert abs(card.height() - before) <= 1, "as it was, but for rounding"
    assert sheet.currentIndex().row() == columns - 1


def test_the_mouse_selects_and_shows_large(qtbot: QtBot, page: DataPage) -> None:
    sheet = page.pictures.sheet

    def middle(row: int) -> QPoint:
        return sheet.visualRect(page.pictures.list.model.index(row, 0)).center()

    left, view = Qt.MouseButton.LeftButton, sheet.viewport()
    qtbot.mouseClick(view, left, pos=middle(1))
    qtbot.mouseClick(view, left, Qt.KeyboardModifier.ShiftModifier, middle(3))
    assert [sheet.currentIndex().row(), len(sheet.selected_clips())] == [3, 3]
    qtbot.mouseClick(view, left, pos=middle(2))
    assert [sheet.currentIndex().row(), len(sheet.selected_clips())] == [2, 1]
    assert not page.pictures.is_large
    qtbot.mouseDClick(view, left, pos=middle(2))
    assert page.pictures.is_large


def test_a_search_finds_the_name_of_a_file(page: DataPage) -> None:
    page.pictures.list.search.setText("elk-7")
    assert [row.source for row in page.pictures.list.model.records] == ["elk-7.png"]
    page.pictures.list.search.clear()
    assert page.pictures.list.model.rowCount() == ALL


def test_thumbnails_of_another_size_are_made_anew_and_memory_has_a_bound(
    qtbot: QtBot, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.gui.bridge.thumbnails.MOST_BYTES", 5 * 8 * 8 * 4)
    thumbnails = Thumbnails(page)
    thumbnails.set_side(8)
    rows = page.library.clips.present.rows
    made: list[str] = []
    thumbnails.ready.connect(made.append)
    for row in rows:
        thumbnails.get(row)
    qtbot.waitUntil(lambda: len(made) == ALL)
    assert sum(thumbnails._made.get(row.id) is not None for row in rows) == 5
    (image,) = {thumbnails._made[row.id].width() for row in rows if row.id in thumbnails._made}
    assert image == 8
    thumbnails.set_side(16)
    assert not thumbnails._made


def test_a_picture_that_is_asked_for_while_it_is_made_takes_room_once(
    qtbot: QtBot, page: DataPage
) -> None:
    thumbnails = Thumbnails(page)
    thumbnails.set_side(8)
    row = page.library.clips.present.rows[0]
    made: list[str] = []
    thumbnails.ready.connect(made.append)
    thumbnails.get(row)
    thumbnails.get(row)
    qtbot.waitUntil(lambda: len(made) == 2)
    image = thumbnails.get(row)
    assert image is not None
    assert thumbnails._room == image.sizeInBytes()


def test_ranges_dragged_rectangles_and_far_moves_select_what_they_should(
    qtbot: QtBot, page: DataPage
) -> None:
    sheet, model = page.pictures.sheet, page.pictures.list.model
    sheet.setFocus()
    columns, left, view = sheet.columns, Qt.MouseButton.LeftButton, sheet.viewport()

    def selected() -> list[int]:
        return [model.position(row) for row in sheet.selected_clips()]

    def middle(row: int) -> QPoint:
        return sheet.visualRect(model.index(row, 0)).center()

    qtbot.mouseClick(view, left, pos=middle(1))
    qtbot.mouseClick(view, left, Qt.KeyboardModifier.ShiftModifier, middle(columns + 2))
    assert selected() == list(range(1, columns + 3)), "all between, over the end of the row"
    qtbot.mouseClick(view, left, Qt.KeyboardModifier.ControlModifier, middle(2))
    assert 2 not in selected()
    qtbot.mousePress(view, left, pos=middle(1))
    qtbot.mouseMove(view, middle(columns + 2) - QPoint(5, 5))
    qtbot.mouseMove(view, middle(columns + 2))
    qtbot.mouseRelease(view, left, pos=middle(columns + 2))
    assert selected() == [1, 2, columns + 1, columns + 2], "what the rectangle touches"
    qtbot.keyClick(sheet, Qt.Key.Key_End)
    assert selected() == [ALL - 1]
    assert sheet.viewport().rect().contains(sheet.visualRect(sheet.currentIndex()))
    qtbot.keyClick(sheet, Qt.Key.Key_Down)
    assert selected() == [ALL - 1]
    qtbot.keyClick(sheet, Qt.Key.Key_Home)
    assert selected() == [0]
    assert sheet.verticalScrollBar().value() == 0
    qtbot.keyClick(sheet, Qt.Key.Key_PageDown)
    assert selected()[0] % columns == 0
    assert selected()[0] >= columns
    qtbot.keyClick(sheet, Qt.Key.Key_PageUp)
    qtbot.keyClick(sheet, Qt.Key.Key_Right)
    qtbot.keyClick(sheet, Qt.Key.Key_Up)
    assert selected() == [1], "above the first row there is nothing"
