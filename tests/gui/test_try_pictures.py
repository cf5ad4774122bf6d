"""Pictures in Try it: dropped, pasted and in folders, seen by real networks with random weights."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from tests.helpers.dropping import drop
from tests.helpers.logs import LogGuard
from tests.helpers.tiny import tiny_backbone, tiny_patch
from workbench.detection.pictures import Look, look
from workbench.detection.side_by_side import SideBySide
from workbench.gui.bridge import picture_looker
from workbench.gui.bridge.picture_looker import Explained
from workbench.gui.bridge.pixels import Picture
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.pages.try_pictures import TryPicturesPage
from workbench.gui.session import Session
from workbench.training.assess import classify_files, load_patched

CLASSES = ("nought", "one", "two", "three", "four", "five", "six")
PATIENCE_MS = 30_000


@pytest.fixture
def backbone(session: Session, tmp_path: Path) -> Path:
    folder = tmp_path / "lenet5_small.tiny"
    tiny_backbone(folder, architecture="lenet5_small")
    session.set_backbone(str(folder))
    return folder


@pytest.fixture
def patches(backbone: Path, tmp_path: Path) -> tuple[Path, Path]:
    from workbench.backbones.registry import load_backbone

    loaded = load_backbone(backbone)
    first, second = (
        tiny_patch(tmp_path, loaded, method, classes=CLASSES) for method in ("head", "finetune")
    )
    return first, second


@pytest.fixture
def page(qtbot: QtBot, session: Session, patches: tuple[Path, Path]) -> Iterator[TryPicturesPage]:
    made = TryPicturesPage(session)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    assert made.view.hint == "Switch on a patch below."
    made.patches.switch(patches[0], True)
    assert made.view.hint == "The patch is being opened."
    qtbot.waitUntil(lambda: bool(made.scorers.ready), timeout=PATIENCE_MS)
    yield made
    made.shut_down()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return drawn(tmp_path / "folder" / "a.png", seed=0)


def drawn(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def shown(page: TryPicturesPage, patch: Path) -> dict[str, float]:
    name = next(choice.name for choice in page.patches.choices if choice.path == patch)
    return dict(page.answers.cards[name].bars.best)


def test_a_dropped_picture_is_answered_as_the_command_line_answers_it(
    qtbot: QtBot, page: TryPicturesPage, patches: tuple[Path, Path], backbone: Path, picture: Path
) -> None:
    drop(page.drop_area, picture)
    qtbot.waitUntil(lambda: bool(page.answers.cards), timeout=PATIENCE_MS)
    best = shown(page, patches[0])
    (wanted,) = classify_files(load_patched(patches[0], str(backbone)), [picture])
    assert len(best) == 5
    assert list(best.values()) == sorted(best.values(), reverse=True)
    assert best == pytest.approx({label: wanted[label] for label in best}, abs=1e-5)
    assert max(wanted, key=lambda label: wanted[label]) == next(iter(best))
    assert "60 × 40" in page.timing.text()


def test_several_patches_answer_side_by_side(
    qtbot: QtBot, page: TryPicturesPage, patches: tuple[Path, Path], picture: Path
) -> None:
    page.patches.switch(patches[1], True)
    page.look_at(picture)
    qtbot.waitUntil(lambda: len(page.answers.cards) == 2, timeout=PATIENCE_MS)
    assert shown(page, patches[0]) != shown(page, patches[1])


def test_a_patch_that_opens_while_a_picture_is_looked_at_answers_as_well(
    qtbot: QtBot,
    page: TryPicturesPage,
    patches: tuple[Path, Path],
    picture: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_open = threading.Event()

    def look_slowly(pixels: Picture, together: SideBySide) -> Look:
        is_open.wait(PATIENCE_MS / 1000)
        return look(pixels, together)

    monkeypatch.setattr(picture_looker, "look", look_slowly)
    page.look_at(picture)
    page.patches.switch(patches[1], True)
    qtbot.waitUntil(lambda: len(page.scorers.ready) == 2, timeout=PATIENCE_MS)
    is_open.set()
    qtbot.waitUntil(lambda: len(page.answers.cards) == 2, timeout=PATIENCE_MS)


def test_answers_go_with_the_last_patch(
    qtbot: QtBot, page: TryPicturesPage, patches: tuple[Path, Path], picture: Path
) -> None:
    page.look_at(picture)
    qtbot.waitUntil(lambda: bool(page.answers.cards), timeout=PATIENCE_MS)
    picture.unlink()
    page.patches.switch(patches[0], False)
    qtbot.waitUntil(lambda: not page.answers.cards, timeout=PATIENCE_MS)
    assert page.timing.text() == "60 × 40 pixels"


def test_why_is_laid_over_the_picture_and_taken_away(
    qtbot: QtBot, page: TryPicturesPage, patches: tuple[Path, Path], picture: Path
) -> None:
    page.look_at(picture)
    qtbot.waitUntil(lambda: bool(page.answers.cards), timeout=PATIENCE_MS)
    (card,) = page.answers.cards.values()
    card.why.click()
    qtbot.waitUntil(lambda: page.view.has_heat, timeout=PATIENCE_MS)
    card.why.click()
    assert not page.view.has_heat


def test_what_speaks_for_one_picture_is_not_laid_over_another(
    qtbot: QtBot, page: TryPicturesPage, picture: Path
) -> None:
    with qtbot.waitSignal(page.looker.seen, timeout=PATIENCE_MS) as looked:
        page.look_at(picture)
    shown = looked.args[0].picture
    heat = np.ones(shown.shape[:2], np.float32)
    page.looker.explained.emit(Explained(shown.copy(), heat))
    assert not page.view.has_heat, "another picture of the same size"
    page.looker.explained.emit(Explained(shown, heat))
    assert page.view.has_heat


def test_a_folder_is_listed_with_what_cannot_be_read(
    qtbot: QtBot, page: TryPicturesPage, picture: Path
) -> None:
    drawn(picture.with_name("b.png"), seed=1)
    picture.with_name("c.png").write_bytes(b"no picture")
    picture.with_name("notes.txt").write_text("no picture either")
    page.look_at(picture.parent)
    qtbot.waitUntil(lambda: len(page.folder.files.records) == 3, timeout=PATIENCE_MS)
    first, second, broken = page.folder.files.records
    assert (first.path.name, second.path.name) == ("a.png", "b.png")
    assert {first.answer, second.answer} <= set(CLASSES)
    assert broken.probability is None
    assert "c.png" in broken.problem


def test_a_folder_is_listed_anew_with_another_first_patch(
    qtbot: QtBot,
    page: TryPicturesPage,
    patches: tuple[Path, Path],
    backbone: Path,
    picture: Path,
) -> None:
    def shares() -> list[float | None]:
        return [one.probability for one in page.folder.files.records]

    def wanted(patch: Path) -> list[float]:
        answers = classify_files(load_patched(patch, str(backbone)), [picture])
        return [pytest.approx(max(one.values()), abs=1e-5) for one in answers]

    page.look_at(picture.parent)
    qtbot.waitUntil(lambda: shares() == wanted(patches[0]), timeout=PATIENCE_MS)
    page.patches.switch_to(patches[1])
    qtbot.waitUntil(lambda: shares() == wanted(patches[1]), timeout=PATIENCE_MS)


def test_of_two_folders_the_last_is_listed(
    qtbot: QtBot, page: TryPicturesPage, picture: Path, tmp_path: Path
) -> None:
    other = drawn(tmp_path / "other" / "b.png", seed=1)
    page.look_at(picture.parent)
    page.look_at(other.parent)
    qtbot.waitUntil(lambda: not page.folder._background.is_busy, timeout=PATIENCE_MS)
    assert [one.path for one in page.folder.files.records] == [other]


def test_a_folder_that_cannot_be_read_says_so(
    qtbot: QtBot,
    page: TryPicturesPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("cannot be read: Permission denied")

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with qtbot.waitSignal(page.folder.failed) as refused:
        page.look_at(tmp_path)
    assert "cannot be read: Permission denied" in str(refused.args[0])


def test_a_picture_is_pasted(qtbot: QtBot, page: TryPicturesPage) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    page.source.paste()
    qtbot.waitUntil(lambda: "30 × 20" in page.timing.text(), timeout=PATIENCE_MS)


def test_without_a_camera_its_button_says_so(page: TryPicturesPage) -> None:
    if page.camera.names():
        pytest.skip("this computer has a camera")
    assert not page.source.camera_button.isEnabled()
    assert "No camera" in page.source.camera_button.toolTip()


def test_a_broken_file_is_told_and_the_picture_stays(
    qtbot: QtBot,
    session: Session,
    page: TryPicturesPage,
    picture: Path,
    tmp_path: Path,
    expect_log: LogGuard,
) -> None:
    expect_log("broken.png")
    page.look_at(picture)
    qtbot.waitUntil(lambda: bool(page.answers.cards), timeout=PATIENCE_MS)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    page.look_at(broken)
    qtbot.waitUntil(lambda: bool(session.notices.history), timeout=PATIENCE_MS)
    assert "broken.png" in session.notices.history[-1].text
    assert page.picture_card.accessibleName() == picture.name


def test_the_station_follows_the_backbone_and_refuses_patches_of_the_other_medium(
    qtbot: QtBot,
    session: Session,
    patches: tuple[Path, Path],
    backbone: Path,
    tmp_path: Path,
    expect_log: LogGuard,
) -> None:
    expect_log("is a patch for pictures")
    station = TryItStation(session)
    qtbot.addWidget(station)
    assert station.currentWidget() is station.pictures
    session.set_backbone(str(tmp_path / "tiny"))
    assert station.currentWidget() is station.sound
    session.set_backbone(str(backbone))
    session.set_active_patch(patches[0])
    assert station.currentWidget() is station.pictures
    assert [choice.path for choice in station.pictures.patches.active] == [patches[0]]
    station.sound.patches.switch(patches[1], True)
    assert not station.sound.patches.active
    assert "is a patch for pictures" in session.notices.history[-1].text
    station.sound.shut_down()
    station.pictures.shut_down()
    qtbot.waitUntil(lambda: bool(station.pictures.scorers.ready), timeout=PATIENCE_MS)
