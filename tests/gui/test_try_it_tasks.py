"""Patches of several tasks of a project, offered side by side on the Try it station."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from tests.gui.try_it_page import shown_try_it
from tests.helpers.finished_runs import finished_run, install_backbone
from tests.unit.detection.fakes import LoudnessScorer
from workbench.detection.scorer import ScorerPool
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.pages.try_it_patches import PatchToggles
from workbench.gui.run_files import is_on
from workbench.gui.session import Session
from workbench.project.project import Project
from workbench.project.records import RunRecord

SMALL, OTHER, EYES = "bcresnet1.small", "bcresnet1.other", "lenet5_small.eyes"
OWN, BESIDE = "swr 5\u202f%", "swr 10\u202f% · lights"


@pytest.fixture
def project(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Two tasks with a finished run each; their patches are scorers by loudness."""
    monkeypatch.setattr(ScorerPool, "open", lambda _, path, name=None: LoudnessScorer(name))
    install_backbone(SMALL)
    made = Project.create(tmp_path / "project")
    for task, budget in (("words", 0.05), ("lights", 0.1)):
        finish(made, made.add_task(task).id, budget)
    session.set_backbone(SMALL)
    session.adopt(made)
    yield made
    session.close_project()


@pytest.fixture
def page(qtbot: QtBot, session: Session, project: Project) -> Iterator[TryItPage]:
    made = shown_try_it(qtbot, session)
    yield made
    made.shut_down()


def finish(project: Project, task_id: str, budget: float, backbone: str = SMALL) -> RunRecord:
    return finished_run(project, task_id, backbone, project.folder, budget=budget)


def toggles(qtbot: QtBot, session: Session, for_pictures: bool) -> PatchToggles:
    made = PatchToggles(session, for_pictures=for_pictures)
    qtbot.addWidget(made)
    return made


def offered(patches: PatchToggles) -> list[str]:
    return [choice.name for choice in patches.choices]


def on(patches: PatchToggles) -> list[str]:
    return [choice.name for choice in patches.active]


def box_of(patches: PatchToggles, name: str) -> QCheckBox:
    return patches.box(next(choice.path for choice in patches.choices if choice.name == name))


def test_the_tasks_own_come_first_and_others_name_their_task(
    page: TryItPage, session: Session, project: Project
) -> None:
    assert offered(page.patches) == [OWN, BESIDE]
    assert on(page.patches) == [OWN]
    session.set_task(project.tasks()[1].id)
    assert offered(page.patches) == ["swr 10\u202f%", "swr 5\u202f% · words"]


def test_patches_of_two_tasks_listen_together(qtbot: QtBot, page: TryItPage) -> None:
    box = box_of(page.patches, BESIDE)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center())
    qtbot.waitUntil(lambda: len(page.view.strips) == 2)
    assert [scorer.name for scorer in page.scorers.ready] == [OWN, BESIDE]
    assert page.view.accessibleName() == f"Patch {OWN} + {BESIDE}"


def test_others_are_offered_on_the_backbone_in_use_alone(
    qtbot: QtBot, session: Session, project: Project
) -> None:
    install_backbone(OTHER)
    words, lights = (task.id for task in project.tasks())
    finish(project, words, 0.2, OTHER)
    finish(project, lights, 0.3, OTHER)
    patches = toggles(qtbot, session, for_pictures=False)
    assert offered(patches) == ["swr 20\u202f%", OWN, BESIDE]
    session.set_backbone(OTHER)
    assert offered(patches) == ["swr 20\u202f%", OWN, "swr 30\u202f% · lights"]


def test_sounds_and_pictures_are_kept_apart(
    qtbot: QtBot, session: Session, project: Project
) -> None:
    install_backbone(EYES)
    finish(project, project.add_task("faces").id, 0.4, EYES)
    finish(project, project.add_task("digits").id, 0.5, EYES)
    both = [toggles(qtbot, session, for_pictures=eyes) for eyes in (False, True)]
    assert [offered(one) for one in both] == [[OWN, BESIDE], []]
    session.set_backbone(EYES)
    assert [offered(one) for one in both] == [
        [OWN],
        ["swr 50\u202f% · digits", "swr 40\u202f% · faces"],
    ]


def test_a_removed_task_is_not_offered_until_it_is_restored(
    qtbot: QtBot, session: Session, project: Project
) -> None:
    patches = toggles(qtbot, session, for_pictures=False)
    lights = project.tasks()[1].id
    project.remove_task(lights)
    session.tasks_changed.emit()
    assert offered(patches) == [OWN]
    project.restore_task(lights)
    session.tasks_changed.emit()
    assert offered(patches) == [OWN, BESIDE]


def test_another_task_keeps_its_own_on_with_their_settings(
    qtbot: QtBot, page: TryItPage, session: Session, project: Project
) -> None:
    box_of(page.patches, BESIDE).click()
    qtbot.waitUntil(lambda: len(page.view.strips) == 2)
    page.settings.sliders["threshold"].setValue(620)
    session.set_task(project.tasks()[1].id)
    assert on(page.patches) == ["swr 10\u202f%"]
    qtbot.waitUntil(lambda: [name for name, _ in page.view.strips] == ["swr 10\u202f%"])
    assert page.settings.value("threshold") == 0.62


def test_a_task_without_runs_switches_nothing_on(
    qtbot: QtBot, session: Session, project: Project
) -> None:
    session.set_task(project.add_task("doors").id)
    made = TryItPage(session)
    qtbot.addWidget(made)
    made.show()
    assert offered(made.patches) == [BESIDE, f"{OWN} · words"]
    assert on(made.patches) == []
    assert session.active_patch is None
    made.shut_down()


def test_a_patch_that_is_on_follows_the_new_name_of_its_task(
    qtbot: QtBot, page: TryItPage, session: Session, project: Project
) -> None:
    box_of(page.patches, BESIDE).click()
    qtbot.waitUntil(lambda: len(page.view.strips) == 2)
    project.rename_task(project.tasks()[1].id, "lamps")
    session.tasks_changed.emit()
    qtbot.waitUntil(lambda: len(page.scorers.ready) == 2)
    assert [scorer.name for scorer in page.scorers.ready] == [OWN, "swr 10\u202f% · lamps"]
    page.settings.sliders["threshold"].setValue(620)
    assert page.settings.value("threshold") == 0.62


def test_what_is_listed_already_is_not_built_again(
    qtbot: QtBot, session: Session, project: Project
) -> None:
    patches = toggles(qtbot, session, for_pictures=False)
    before = box_of(patches, BESIDE)
    before.click()
    session.runs_changed.emit()
    assert box_of(patches, BESIDE) is before
    assert on(patches) == [BESIDE]


def test_a_new_colour_of_a_run_is_shown(qtbot: QtBot, session: Session, project: Project) -> None:
    patches = toggles(qtbot, session, for_pictures=False)
    box = box_of(patches, OWN)
    session.selection.recolor(patches.choices[0].key, "#123456")
    image = box.icon().pixmap(box.iconSize()).toImage()
    assert image.pixelColor(image.rect().center()) == QColor("#123456")


def test_a_run_belongs_to_the_backbone_it_began_from_and_to_the_one_it_trained(
    project: Project,
) -> None:
    run = project.runs()[0]
    assert run.record is not None
    trained = replace(run, record=run.record | {"backbone": "bcresnet1.trained"})
    assert is_on(trained, SMALL)
    assert is_on(trained, "/anywhere/bcresnet1.trained")
    assert not is_on(trained, OTHER)
    assert not is_on(replace(run, record=None), OTHER)
