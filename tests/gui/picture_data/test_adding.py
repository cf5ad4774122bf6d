"""Pictures that are dropped, pasted or refused, and a page that is one of pictures or of sounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page, word_folder
from tests.gui.picture_data.steps import ALL, EACH, labels
from tests.helpers.dropping import drop
from tests.helpers.logs import LogGuard
from tests.helpers.picture_folders import (
    CLASSES,
    truncated_jpeg,
    write_picture,
)
from workbench.cancel import CancelToken
from workbench.data.task import Medium
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_fixes import with_sources
from workbench.gui.session import Session
from workbench.notices import Notice
from workbench.project.clip_rows import ClipRow


def test_a_dropped_folder_of_classes_becomes_a_contact_sheet(
    qtbot: QtBot, session: Session, tmp_path: Path, animals: Path, seeing: None
) -> None:
    open_project(session, tmp_path, with_clips=False)
    page = shown_page(qtbot, session)
    assert page.no_pictures.isVisible()
    truncated_jpeg(animals / "cat" / "cut.jpg")
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        drop(page.drop_area, animals)
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


def test_pictures_dropped_or_pasted_go_into_the_chosen_class(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    page.groups.choose("dog")
    new = [write_picture(tmp_path / f"new-{seed}.png", seed) for seed in (901, 902, 903)]
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        drop(page.drop_area, *new[:2])
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        drop(page.drop_area, new[2])
    assert [labels(page)[path.name] for path in new] == ["dog"] * 3
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 30))
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(page.import_bar.imported, timeout=20_000):
        page.intake.paste_key.activated.emit()
    assert labels(page)["pasted.png"] == "dog"
    (row,) = [one for one in page.library.clips.present.rows if one.source == "pasted.png"]
    kept = QImage(row.path)
    assert (kept.width(), kept.height()) == (40, 30)
    assert kept.pixelColor(20, 15) == image.pixelColor(20, 15)
    assert row.split
    session.undo_stack.undo()
    assert "pasted.png" not in labels(page)
    assert len(labels(page)) == ALL + 3


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
    assert labels(page)["new.png"] == "fox"


def test_sounds_are_refused_in_a_picture_task_with_a_notice(
    qtbot: QtBot,
    page: DataPage,
    tmp_path: Path,
    notices: list[Notice],
    expect_log: LogGuard,
) -> None:
    expect_log("This task holds pictures")
    with qtbot.waitSignal(page.import_bar.work.ended, timeout=20_000):
        drop(page.drop_area, word_folder(tmp_path / "words"))
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
        drop(page.drop_area, animals)
    drop(page.drop_area, animals / "cat" / "cat-0.png")
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
