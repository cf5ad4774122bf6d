"""The Data station for pictures, driven as a person drives it, on a real project with small pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page, word_folder
from tests.helpers.logs import LogGuard
from tests.helpers.picture_folders import (
    CLASSES,
    idx_pair,
    picture_folder,
    truncated_jpeg,
    write_picture,
)
from workbench.cancel import CancelToken
from workbench.data.task import Medium, Split
from workbench.gui.bridge.thumbnails import Thumbnails
from workbench.gui.class_keys import class_keys, place_keys
from workbench.gui.itemmodels.pictures import THUMBNAIL_ROLE, PicturesModel
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_fixes import with_sources
from workbench.gui.session import Session
from workbench.notices import Notice
from workbench.project.clip_rows import ClipRow

EACH = 10
ALL = EACH * len(CLASSES)


@pytest.fixture(autouse=True)
def closed_project(session: Session) -> Iterator[None]:
    """Release the project's lock at the end."""
    yield
    session.close_project()


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    return picture_folder(tmp_path / "animals", each=EACH)


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path, animals: Path) -> Iterator[DataPage]:
    open_project(session, tmp_path, with_clips=False)
    assert session.project is not None
    assert session.task_id is not None
    session.project.import_clips(session.task_id, animals, CancelToken())
    made = shown_page(qtbot, session)
    yield made
    made.hide()


@pytest.fixture
def seeing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backbone in use takes pictures."""
    session.backbone = "mobilenet_v2"


@pytest.fixture
def notices(session: Session) -> Iterator[list[Notice]]:
    told: list[Notice] = []
    unsubscribe = session.notices.subscribe(told.append)
    yield told
    unsubscribe()


def _labels(page: DataPage) -> dict[str, str]:
    """Class of each picture by its name in the source."""
    return {row.source: row.label for row in page.library.clips.present.rows}


def _drop(page: DataPage, *sources: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(source)) for source in sources])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    page.drop_area.dropEvent(event)


def _select(page: DataPage, name: str) -> str:
    """Select a picture by its name; returns its id."""
    row = next(one for one in page.pictures.list.model.records if one.source == name)
    page.pictures.sheet.select_row(page.pictures.list.model.row_of(row.id))
    page.pictures.sheet.setFocus()
    return row.id


def test_a_dropped_folder_of_classes_becomes_a_contact_sheet(
    qtbot: QtBot, session: Session, tmp_path: Path, animals: Path, seeing: None
) -> None:
    open_project(session, tmp_path, with_clips=False)
    page = shown_page(qtbot, session)
    assert page.no_pictures.isVisible()
    truncated_jpeg(animals / "cat" / "cut.jpg")
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        _drop(page, animals)
    assert page.import_bar.text == f"{ALL} pictures were added, 1 file was left out."
    assert page.pictures.sheet.isVisible()
    assert page.header.detail.text() == f"{ALL} pictures · {len(CLASSES)} classes"
    assert [(one.title, one.count) for one in page.groups.model.groups] == [
        ("All pictures", ALL),
        *((label, EACH) for label in CLASSES),
    ]
    session.undo_stack.undo()
    assert page.library.records == ()
    assert page.edits.medium is Medium.PICTURE, "what is in the trash can come back"
    page.hide()


def test_a_picture_task_has_no_recorder_and_a_sound_task_has(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    assert page.pictures.isVisible()
    assert not page.recorder.isVisible()
    assert not page.list.isVisible()
    project, pictures = session.project, session.task_id
    assert project is not None
    words = project.add_task("Words")
    project.import_clips(words.id, word_folder(tmp_path / "words"), CancelToken())
    session.set_task(words.id)
    assert page.recorder.isVisible()
    assert page.list.table.isVisible()
    assert not page.pictures.isVisible()
    assert page.groups.tabs.tabText(1) == "Speakers"
    session.set_task(pictures)
    assert page.pictures.isVisible()
    assert not page.recorder.isVisible()
    assert page.groups.tabs.tabText(1) == "Groups"


def test_an_empty_task_invites_what_the_backbone_takes(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    open_project(session, tmp_path, with_clips=False)
    page = shown_page(qtbot, session)
    assert page.no_clips.isVisible()
    assert page.recorder.isVisible()
    session.set_backbone("mobilenet_v2")
    assert page.no_pictures.isVisible()
    assert "pictures" in page.no_pictures.accessibleName()
    assert not page.recorder.isVisible()
    session.close_project()
    assert "pictures" in page.no_project.accessibleName()
    page.hide()


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
        _select(page, "dog-3.png")
    assert read.args[0].pixels.shape == (24, 24, 3)
    assert card.title.text() == "dog-3.png"
    assert card.extent.text() == "24 × 24 pixels"
    assert card.word.currentText() == "dog"
    assert card.split.currentText() in set(Split)
    page.pictures.sheet.selectAll()
    assert card.title.text() == f"{ALL} pictures selected"
    assert card.word.currentText() == ""


def test_a_digit_gives_the_class_goes_on_and_can_be_undone(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    sheet = page.pictures.sheet
    _select(page, "cat-0.png")
    assert page.groups.model.groups[2].shortcut == "2"
    qtbot.keyClick(sheet, Qt.Key.Key_2)
    assert _labels(page)["cat-0.png"] == "dog"
    assert session.undo_stack.undoText() == "relabel 1 picture as “dog”"
    current = sheet.current_clip()
    assert current is not None
    assert current.source == "cat-1.png", "the next picture is selected"
    qtbot.keyClick(sheet, Qt.Key.Key_9)
    assert _labels(page)["cat-1.png"] == "cat", "there is no ninth class"
    session.undo_stack.undo()
    assert _labels(page)["cat-0.png"] == "cat"


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
    assert {_labels(page)[name] for name in names} == {"elk"}
    assert [row.source for row in sheet.selected_clips()] == ["cat-4.png"]
    session.undo_stack.undo()
    assert {_labels(page)[name] for name in names} == {"cat"}


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
    _select(page, "train-images-idx3-ubyte [1]")
    qtbot.keyClick(page.pictures.sheet, Qt.Key.Key_0)
    assert _labels(page)["train-images-idx3-ubyte [1]"] == "0"
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
    _select(page, "cat-5.png")
    line = page.pictures.picture.word.lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, "fox")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert _labels(page)["cat-5.png"] == "fox"
    assert page.library.words == ("cat", "dog", "elk", "fox")
    session.undo_stack.undo()
    assert _labels(page)["cat-5.png"] == "cat"


def test_remove_undo_and_restore(qtbot: QtBot, session: Session, page: DataPage) -> None:
    sheet = page.pictures.sheet
    removed = _select(page, "dog-0.png")
    qtbot.keyClick(sheet, Qt.Key.Key_Delete)
    assert "dog-0.png" not in _labels(page)
    assert session.undo_stack.undoText() == "remove 1 picture"
    assert sheet.current_clip() is not None, "the next picture is selected"
    session.undo_stack.undo()
    assert _labels(page)["dog-0.png"] == "dog"
    session.undo_stack.redo()
    assert page.groups.removed_button.text() == "Show 1 removed picture"
    page.groups.removed_button.click()
    assert [row.id for row in page.pictures.list.model.records] == [removed]
    page.pictures.picture.trash_button.click()
    assert _labels(page)["dog-0.png"] == "dog"


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


def test_pictures_dropped_or_pasted_go_into_the_chosen_class(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    page.groups.choose("dog")
    new = [write_picture(tmp_path / f"new-{seed}.png", seed) for seed in (901, 902, 903)]
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        _drop(page, *new[:2])
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        _drop(page, new[2])
    assert [_labels(page)[path.name] for path in new] == ["dog"] * 3
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 30))
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        page.intake.paste_key.activated.emit()
    assert _labels(page)["pasted.png"] == "dog"
    (row,) = [one for one in page.library.clips.present.rows if one.source == "pasted.png"]
    kept = QImage(row.path)
    assert (kept.width(), kept.height()) == (40, 30)
    assert kept.pixelColor(20, 15) == image.pixelColor(20, 15)
    assert row.split
    session.undo_stack.undo()
    assert "pasted.png" not in _labels(page)
    assert len(_labels(page)) == ALL + 3


def test_pasted_files_go_into_the_class_that_is_asked_for(
    qtbot: QtBot, page: DataPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "workbench.gui.pages.data_intake.QInputDialog.getItem"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(write_picture(tmp_path / "new.png", 904)))])
    QGuiApplication.clipboard().setMimeData(data)
    monkeypatch.setattr(asked, lambda *_, **__: ("", False))
    page.intake.paste()
    assert not page.import_bar.work.is_running
    monkeypatch.setattr(asked, lambda *_, **__: (" fox ", True))
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        page.intake.paste()
    assert _labels(page)["new.png"] == "fox"


def test_sounds_are_refused_in_a_picture_task_with_a_notice(
    qtbot: QtBot,
    page: DataPage,
    tmp_path: Path,
    notices: list[Notice],
    expect_log: LogGuard,
) -> None:
    expect_log("This task holds pictures")
    with qtbot.waitSignal(page.import_bar.work.ended, timeout=20_000):
        _drop(page, word_folder(tmp_path / "words"))
    (notice,) = notices
    assert notice.text.startswith("This task holds pictures, so no recordings can be added to it.")
    assert len(page.library.records) == ALL


def test_pictures_are_refused_in_a_sound_task_with_a_notice(
    qtbot: QtBot,
    session: Session,
    tmp_path: Path,
    animals: Path,
    notices: list[Notice],
    expect_log: LogGuard,
) -> None:
    expect_log("This task holds recordings")
    open_project(session, tmp_path)
    page = shown_page(qtbot, session)
    before = page.library.records
    with qtbot.waitSignal(page.import_bar.work.ended, timeout=20_000):
        _drop(page, animals)
    _drop(page, animals / "cat" / "cat-0.png")
    assert len(notices) == 2
    assert page.library.records == before
    page.hide()


def test_the_doctor_offers_to_add_pictures_where_there_are_few(
    qtbot: QtBot, session: Session, page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dogs = [row for row in page.library.clips.present.rows if row.label == "dog"]
    page.edits.remove(dogs[:5])
    with qtbot.waitSignal(page.doctor.examined, timeout=20_000):
        page.doctor.check_now()
    row = next(one for one in page.findings.rows if "Fewer than" in one.finding.text)
    assert "pictures of dog" in row.finding.text
    assert [button.text() for button in row.buttons] == ["Add pictures…"]
    asked: list[str | None] = []
    monkeypatch.setattr(
        page.header, "choose_pictures", lambda: asked.append(page.groups.chosen_word)
    )
    row.buttons[0].click()
    assert asked == ["dog"]


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


def test_findings_call_pictures_by_the_names_that_people_gave_them(
    qtbot: QtBot, page: DataPage, tmp_path: Path
) -> None:
    page.groups.choose("dog")
    flat = QImage(40, 40, QImage.Format.Format_RGB32)
    flat.fill(QColor(90, 90, 90))
    flat.save(str(tmp_path / "nothing on it.png"))
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        page.intake.add_files((tmp_path / "nothing on it.png",))
    with qtbot.waitSignal(page.doctor.examined, timeout=20_000):
        page.doctor.check_now()
    texts = [row.finding.text for row in page.findings.rows]
    assert any(text.endswith("nothing on it.png.") for text in texts), texts


def test_stored_names_are_replaced_wherever_they_stand_in_a_text() -> None:
    sha = "0123456789abcdef" * 4
    row = ClipRow("1", "1", f"clips/{sha}.jpg", sha, "cat", None, "", 0.0, None, 0.0, "", 0)
    one = row._replace(source="Tom.JPG")
    idx = row._replace(path=f"clips/{sha}-images-idx3-ubyte.gz", file_index=7, source="train [7]")
    texts = [f"{sha}.jpg (test) looks like {sha}-images-idx3-ubyte.gz [7].", "No test pictures."]
    assert with_sources(texts, [one, idx]) == ["Tom.JPG (test) looks like train [7].", texts[1]]
    assert with_sources(texts, [row]) == texts, "what came without a name keeps the project's"
