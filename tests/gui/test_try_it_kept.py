"""What was chosen for a patch stays with the project, and can be undone or given back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.try_it_page import shown_try_it
from tests.helpers.finished_runs import finished_run, install_backbone
from tests.helpers.logs import LogGuard
from tests.unit.detection.fakes import LoudnessScorer
from workbench.detection.decoder import DecoderConfig
from workbench.detection.scorer import Scorer, ScorerPool
from workbench.errors import WorkbenchError
from workbench.gui.pages import try_it_kept
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.pages.try_it_kept import SUGGESTED
from workbench.gui.session import Session
from workbench.project.listening import KeptListening
from workbench.project.project import Project

WORD = "loud"


@pytest.fixture
def folder(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with two finished runs, opened; their patches are scorers by loudness."""
    monkeypatch.setattr(ScorerPool, "open", lambda _, path, name=None: scorer(name or path.name))
    install_backbone("bcresnet1.small")
    project = Project.create(tmp_path / "project")
    task = project.add_task("words").id
    for budget in (0.05, 0.1):
        finished_run(project, task, "bcresnet1.small", project.folder, budget=budget)
    session.adopt(project)
    yield project.folder
    session.close_project()


def scorer(name: str) -> Scorer:
    return LoudnessScorer(name, sharpness=1.0)


@pytest.fixture
def page(qtbot: QtBot, session: Session, folder: Path) -> Iterator[TryItPage]:
    made = shown_try_it(qtbot, session)
    yield made
    made.shut_down()


def show_only(qtbot: QtBot, page: TryItPage, place: int) -> None:
    page.patches.switch_to(page.patches.choices[place].path)
    qtbot.waitUntil(lambda: not page.scorers.is_opening)


def shown(page: TryItPage) -> DecoderConfig:
    (strip,) = page.view.strips.values()
    own = {WORD: strip.threshold} if strip.is_own else {}
    names = ("threshold", "smoothing_ms", "patience_ms", "refractory_ms")
    return DecoderConfig(**{n: page.settings.value(n) for n in names}, word_thresholds=own)


CHOSEN = DecoderConfig(threshold=0.62, patience_ms=240, word_thresholds={WORD: 0.4})


def choose(page: TryItPage) -> None:
    """Give the patch that is on what ``CHOSEN`` says, as a user would."""
    page.settings.sliders["threshold"].setValue(620)
    page.settings.sliders["patience_ms"].setValue(12)
    page.view.threshold_moved.emit(page.patches.active[0].name, WORD, 0.4)


def test_each_patch_has_its_own_and_gets_it_back_when_it_is_switched_on(
    qtbot: QtBot, page: TryItPage
) -> None:
    choose(page)
    assert shown(page) == CHOSEN
    show_only(qtbot, page, 1)
    assert shown(page) == SUGGESTED
    page.settings.sliders["smoothing_ms"].setValue(20)
    show_only(qtbot, page, 0)
    assert shown(page) == CHOSEN
    show_only(qtbot, page, 1)
    assert shown(page) == DecoderConfig(smoothing_ms=400)


def test_it_is_there_again_when_the_project_is_opened_again(
    qtbot: QtBot, session: Session, page: TryItPage, folder: Path
) -> None:
    choose(page)
    session.close_project()
    session.adopt(Project.open(folder))
    show_only(qtbot, page, 0)
    assert shown(page) == CHOSEN
    page.shut_down()
    again = shown_try_it(qtbot, session)
    assert shown(again) == CHOSEN
    again.shut_down()


def test_leaving_the_station_writes_what_was_chosen_last(session: Session, page: TryItPage) -> None:
    choose(page)
    page.hide()
    assert session.project is not None
    assert session.project.listening.read() == {page.patches.choices[0].key: CHOSEN}


def test_other_projects_have_nothing_of_it(
    qtbot: QtBot, session: Session, page: TryItPage, tmp_path: Path
) -> None:
    choose(page)
    other = Project.create(tmp_path / "other")
    session.adopt(other)
    assert other.listening.read() == {}
    assert page.settings.value("threshold") == SUGGESTED.threshold


def test_changes_are_undone_one_by_one_and_a_drag_at_once(
    session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = session.undo_stack
    for step in range(700, 619, -10):
        page.settings.sliders["threshold"].setValue(step)
    page.settings.sliders["patience_ms"].setValue(12)
    page.view.threshold_moved.emit(page.patches.active[0].name, WORD, 0.4)
    assert stack.count() == 3
    assert stack.undoText() == "set threshold of “loud” of swr 10\u202f%"
    stack.undo()
    assert shown(page) == CHOSEN.model_copy(update={"word_thresholds": {}})
    stack.undo()
    assert stack.undoText() == "set threshold of swr 10\u202f%"
    stack.undo()
    assert shown(page) == SUGGESTED
    for _ in range(3):
        stack.redo()
    assert shown(page) == CHOSEN
    monkeypatch.setattr(try_it_kept, "GESTURE_S", -1.0)
    page.settings.sliders["threshold"].setValue(500)
    page.settings.sliders["threshold"].setValue(400)
    assert stack.count() == 5


def test_a_drag_back_to_the_start_leaves_nothing_to_undo(session: Session, page: TryItPage) -> None:
    for step in (600, 500, 700):
        page.settings.sliders["threshold"].setValue(step)
    assert session.undo_stack.count() == 0
    assert shown(page) == SUGGESTED


def test_back_to_the_suggested_values(session: Session, page: TryItPage) -> None:
    button = page.settings.reset_button
    assert not button.isEnabled()
    assert "Threshold 0.70" in button.toolTip()
    choose(page)
    assert button.isEnabled()
    button.click()
    assert shown(page) == SUGGESTED
    assert not button.isEnabled()
    session.undo_stack.undo()
    assert shown(page) == CHOSEN


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_one_slider_goes_back_by_key_or_double_click(
    qtbot: QtBot, page: TryItPage, by: str
) -> None:
    choose(page)
    slider = page.settings.sliders["threshold"]
    if by == "key":
        qtbot.keyClick(slider, Qt.Key.Key_Delete)
    else:
        qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert shown(page) == CHOSEN.model_copy(update={"threshold": SUGGESTED.threshold})
    assert "Suggested: 0.70" in slider.toolTip()


def test_several_patches_are_set_together_and_differences_are_named(
    qtbot: QtBot, session: Session, page: TryItPage
) -> None:
    page.settings.sliders["patience_ms"].setValue(12)
    assert not page.settings.note.text()
    page.patches.switch(page.patches.choices[1].path, True)
    qtbot.waitUntil(lambda: len(page.view.strips) == 2)
    assert "both patches" in page.settings.note.text()
    assert "differ in patience" in page.settings.note.text()
    page.settings.sliders["threshold"].setValue(500)
    first, second = (page.kept.of(choice) for choice in page.patches.active)
    assert first == DecoderConfig(threshold=0.5, patience_ms=240)
    assert second == DecoderConfig(threshold=0.5)
    session.undo_stack.undo()
    first, second = (page.kept.of(choice) for choice in page.patches.active)
    assert (first.threshold, second.threshold) == (0.7, 0.7)
    assert first.patience_ms == 240


def test_without_a_patch_there_is_nothing_to_set_but_the_microphone(page: TryItPage) -> None:
    page.patches.switch(page.patches.choices[0].path, False)
    sliders = page.settings.sliders
    assert not sliders["threshold"].isEnabled()
    assert not page.settings.reset_button.isEnabled()
    assert sliders["gain_db"].isEnabled()
    assert page.settings.note.text().startswith("Switch on a patch")


def test_the_amplification_of_this_computer_is_remembered(
    qtbot: QtBot, session: Session, page: TryItPage
) -> None:
    page.settings.sliders["gain_db"].setValue(12)
    assert session.undo_stack.count() == 0
    page.shut_down()
    again = shown_try_it(qtbot, session)
    assert again.settings.value("gain_db") == 12
    assert page.settings.sliders["gain_db"].accessibleDescription() == "+12 dB"
    again.shut_down()


def test_a_project_that_cannot_be_written_says_so_and_the_choice_holds(
    session: Session, page: TryItPage, monkeypatch: pytest.MonkeyPatch, expect_log: LogGuard
) -> None:
    expect_log("No room")

    def full(*_: object) -> None:
        raise WorkbenchError("No room.", hint="Make some.")

    with monkeypatch.context() as patched:
        patched.setattr(KeptListening, "write", full)
        choose(page)
    assert shown(page) == CHOSEN
    page.hide()
    assert session.project is not None
    assert list(session.project.listening.read().values()) == [CHOSEN], "it is tried again"
