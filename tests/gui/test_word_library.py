"""The word library, driven as a person would drive it, on a real project with three tones as words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.open_library import open_library
from tests.helpers.logs import LogGuard
from tests.helpers.tones import TONES_HZ, tone, write_tone_task
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.composing.fit import FitConfig
from workbench.composing.learn import learn_words
from workbench.composing.losses import Loss
from workbench.errors import WorkbenchError
from workbench.evaluation.score import logits_of
from workbench.gui.bridge.word_shelf import Composer, Place, learn, look
from workbench.gui.dialogs.word_library import WordLibrary
from workbench.gui.itemmodels.keywords import WORD, KeywordTable
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.methods.patch import apply_patch, read_patch
from workbench.project.project import Project
from workbench.training.prepare import default_store

PATIENCE_MS = 200_000


@pytest.fixture
def real_project(session: Session, tmp_path: Path) -> Project:
    """Opened in the session; its task has the words high and middle."""
    made = Project.create(tmp_path / "project")
    task = made.add_task("tones")
    source = write_tone_task(tmp_path / "source", speakers=6)
    for clip in (source / "low").iterdir():
        clip.unlink()
    made.import_clips(task.id, source, CancelToken())
    session.adopt(made)
    return made


@pytest.fixture
def station(qtbot: QtBot, session: Session, real_project: Project) -> Iterator[TryItStation]:
    with open_library(qtbot, session, PATIENCE_MS) as made:
        yield made


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    return lambda holds: qtbot.waitUntil(holds, timeout=PATIENCE_MS)


Wait = Callable[[Callable[[], bool]], None]


def labels(library: WordLibrary) -> list[str]:
    return [card.label for card in library.table.records]


def click_box(qtbot: QtBot, library: WordLibrary, row: int) -> None:
    """Tick by keyboard, as the box itself is drawn by the style."""
    library.view.setFocus()
    library.view.setCurrentIndex(library.table.index(row, WORD))
    qtbot.keyClick(library.view, Qt.Key.Key_Space)


def learn_all(qtbot: QtBot, library: WordLibrary, wait: Wait) -> None:
    qtbot.mouseClick(library.learning.button, Qt.MouseButton.LeftButton)
    wait(lambda: not library.work.is_learning and bool(library.table.records))


def test_ticked_words_listen_at_once(qtbot: QtBot, station: TryItStation, wait: Wait) -> None:
    library = station.library
    assert library.learning.button.text() == "Learn the 2 words of “tones”"
    assert not station.sound.patches.choices
    learn_all(qtbot, library, wait)
    assert labels(library) == ["high", "middle"]
    click_box(qtbot, library, 0)
    wait(lambda: [word for _, word in station.sound.view.strips] == ["high"])
    click_box(qtbot, library, 1)
    wait(lambda: [word for _, word in station.sound.view.strips] == ["high", "middle"])
    (choice,) = station.sound.patches.active
    assert choice.name == "high, middle"
    assert read_patch(choice.path).card.classes == ("_unknown_", "high", "middle")
    click_box(qtbot, library, 0)
    click_box(qtbot, library, 1)
    wait(lambda: not station.sound.patches.choices)


def test_words_without_probabilities_have_no_threshold_and_are_not_mixed(
    qtbot: QtBot,
    station: TryItStation,
    session: Session,
    real_project: Project,
    wait: Wait,
    expect_log: LogGuard,
) -> None:
    expect_log("learned with different losses")
    library = station.library
    learn_all(qtbot, library, wait)
    assert library.threshold.isEnabled()
    loaded = load_backbone(session.backbone)
    assert session.task_id is not None
    task = real_project.task(session.task_id)
    config = FitConfig(loss=Loss.CE)
    (high,) = learn_words(task, loaded, default_store(), ("high",), config)
    real_project.library.keep(high)
    library.refresh()
    wait(lambda: {card.fit.loss for card in library.table.records} == {Loss.CE, Loss.SIGMOID_BCE})
    click_box(qtbot, library, 0)
    wait(lambda: [word for _, word in station.sound.view.strips] == ["high"])
    (choice,) = station.sound.patches.active
    assert read_patch(choice.path).card.classes == ("high",)
    assert not library.threshold.isEnabled()
    assert library.no_threshold.isVisible()
    click_box(qtbot, library, 1)
    wait(lambda: "learned with different losses" in library.note.text())
    assert not library.no_threshold.isVisible()
    click_box(qtbot, library, 0)
    wait(lambda: [word for _, word in station.sound.view.strips] == ["middle"])
    assert library.threshold.isEnabled()
    assert not library.no_threshold.isVisible()


def test_a_recorded_word_is_added_and_the_others_stay(
    qtbot: QtBot, station: TryItStation, session: Session, real_project: Project, wait: Wait
) -> None:
    library = station.library
    learn_all(qtbot, library, wait)
    library.table.tick([card.key for card in library.table.records], True)
    wait(lambda: len(station.sound.view.strips) == 2)
    before = read_patch(station.sound.patches.active[0].path).tensors
    assert session.task_id is not None
    for speaker in range(6):
        samples = tone(TONES_HZ["low"], speaker)
        real_project.add_recording(session.task_id, "low", f"s{speaker}", samples, 16000)
    session.clips_changed.emit(None)
    wait(lambda: library.learning.button.text() == "Learn the new word “low”")
    qtbot.mouseClick(library.learning.button, Qt.MouseButton.LeftButton)
    wait(lambda: [word for _, word in station.sound.view.strips] == ["high", "low", "middle"])
    after = read_patch(station.sound.patches.active[0].path).tensors
    kept = [0, 1, 3]
    assert torch.equal(after["head/weight"][kept], before["head/weight"])
    assert torch.equal(after["head/bias"][kept], before["head/bias"])


def test_learning_again_keeps_the_ticks_as_they_are(
    qtbot: QtBot, station: TryItStation, wait: Wait
) -> None:
    library = station.library
    learn_all(qtbot, library, wait)
    library.table.tick([library.table.records[1].key], True)
    assert library.learning.button.text() == "Learn the words of “tones” again"
    library.learn()
    wait(lambda: not library.work.is_learning)
    assert [card.label for card in library.table.ticked] == ["middle"]


def test_a_new_listing_of_the_same_words_keeps_the_selection(
    qtbot: QtBot, station: TryItStation, wait: Wait
) -> None:
    library = station.library
    learn_all(qtbot, library, wait)
    library.view.selectRow(1)
    with qtbot.waitSignal(library.work.listed, timeout=PATIENCE_MS):
        library.refresh()
    assert {index.row() for index in library.view.selectedIndexes()} == {1}


def test_removing_a_word_is_undone_to_the_bit(
    qtbot: QtBot, station: TryItStation, session: Session, real_project: Project, wait: Wait
) -> None:
    library = station.library
    learn_all(qtbot, library, wait)
    files = {path: path.read_bytes() for path in real_project.library.folder.glob("*.safetensors")}
    assert not library.remove_button.isEnabled()
    library.view.selectRow(0)
    qtbot.mouseClick(library.remove_button, Qt.MouseButton.LeftButton)
    wait(lambda: labels(library) == ["middle"])
    (trashed,) = (real_project.library.folder / "trash").iterdir()
    assert trashed.read_bytes() in files.values(), "a crash loses nothing"
    assert session.undo_stack.undoText() == "remove “high”"
    library.undo.trigger()
    wait(lambda: labels(library) == ["high", "middle"])
    assert files == {path: path.read_bytes() for path in files}
    session.undo_stack.redo()
    wait(lambda: labels(library) == ["middle"])


def test_the_threshold_is_the_bias_of_the_extra_class(
    qtbot: QtBot, station: TryItStation, wait: Wait
) -> None:
    library = station.library
    learn_all(qtbot, library, wait)
    library.table.tick([library.table.records[0].key], True)
    wait(lambda: bool(station.sound.patches.active))
    half = station.sound.patches.active[0].path
    assert float(read_patch(half).tensors["head/bias"][0]) == 0
    library.threshold.setValue(80)
    assert library.threshold_text.text().startswith("80")
    wait(
        lambda: bool(station.sound.patches.active) and station.sound.patches.active[0].path != half
    )
    bias = read_patch(station.sound.patches.active[0].path).tensors["head/bias"][0]
    assert float(torch.sigmoid(bias)) == pytest.approx(0.8)


def test_cancelling_leaves_a_library_that_can_be_learned_again(
    qtbot: QtBot, station: TryItStation, wait: Wait
) -> None:
    library = station.library
    qtbot.mouseClick(library.learning.button, Qt.MouseButton.LeftButton)
    assert library.learning.currentIndex() == 1
    qtbot.mouseClick(library.learning.cancel_button, Qt.MouseButton.LeftButton)
    wait(lambda: library.learning.currentIndex() == 0)
    wait(library.learning.button.isEnabled)
    library.learn()
    wait(lambda: len(labels(library)) == 2)


def test_a_backbone_without_words_says_what_will_appear(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    library = WordLibrary(session)
    qtbot.addWidget(library)
    library.show()
    assert library.stack.currentWidget() is library.empty
    assert "Open a project" in library.empty.accessibleName()
    assert not library.learning.button.isEnabled()
    library.learn()
    assert not library.work.is_learning


def test_words_of_two_tasks_are_ticked_together(session: Session, tmp_path: Path) -> None:
    """Both tasks on one backbone; the composed patch knows the words of both."""
    project = Project.create(tmp_path / "two")
    session.adopt(project)
    cards = []
    for name, gone in (("first", "low"), ("second", "high")):
        task = project.add_task(name)
        source = write_tone_task(tmp_path / name, speakers=6)
        for clip in (source / gone).iterdir():
            clip.unlink()
        project.import_clips(task.id, source, CancelToken())
        place = Place(project, task.id, session.backbone)
        assert look(place).fresh == tuple(sorted({"low", "middle", "high"} - {gone}))
        cards += learn(place, (), CancelToken())
        assert look(place).fresh == ()
    chosen = [cards[0], *(card for card in cards if card.task == "second")]
    made = Composer().put_together(place, chosen, 0.5)
    patch = read_patch(made.path)
    assert patch.card.classes == ("_unknown_", "high", "low", "middle")
    loaded = load_backbone(session.backbone)
    rows = default_store().features(project.task(place.task_id).clips, loaded.card.frontend)
    assert logits_of(apply_patch(patch, loaded), rows).shape[1] == 4
    assert Composer().put_together(place, chosen, 0.5).path == made.path
    with pytest.raises(WorkbenchError, match="chosen 2 times"):
        Composer().put_together(place, cards, 0.5)


def test_ticks_survive_a_new_listing_and_leave_with_their_word(
    qtbot: QtBot, station: TryItStation, wait: Wait
) -> None:
    learn_all(qtbot, station.library, wait)
    cards = list(station.library.table.records)
    table = KeywordTable()
    table.show_records(cards)
    table.tick([card.key for card in cards], True)
    table.show_records(cards[1:])
    assert table.ticked == tuple(cards[1:])
    table.show_records(cards)
    assert table.ticked == tuple(cards[1:])
    box = table.index(0, WORD)
    assert Qt.CheckState(table.data(box, Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Unchecked


def test_the_menu_leads_to_it(qtbot: QtBot, session: Session, station: TryItStation) -> None:
    station.library.close()
    shown: list[str] = []
    session.station_requested.connect(shown.append)
    session.show_station(Station.TRY_IT)
    session.library_requested.emit()
    assert station.library.isVisible()
    assert shown == [Station.TRY_IT]
