"""A run over several tasks in the window: chosen, trained by the engine, seen from each task."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.picture_folders import picture_folder
from tests.helpers.tiny import tiny_backbone
from tests.helpers.tone_runs import backbone_folder, tone_task
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken, RunState
from workbench.gui.bridge.run_worker import Runner, engine_runner
from workbench.gui.dialogs.sweep import SweepDialog
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.run_files import patch_of
from workbench.gui.run_names import patch_title, run_title
from workbench.gui.session import Session
from workbench.methods.patch import apply_patch, backbone_source, read_patch
from workbench.project.project import Project

__all__ = ["backbone_folder", "tone_task"]


@pytest.fixture
def runner() -> Runner:
    return engine_runner


@pytest.fixture
def project(
    session: Session, tmp_path: Path, tone_task: Path, backbone_folder: Path
) -> Iterator[Project]:
    """Two tasks of the same sounds; the first is shown."""
    made = Project.create(tmp_path / "house")
    for name in ("kitchen", "garden"):
        made.import_clips(made.add_task(name).id, tone_task, CancelToken())
    session.adopt(made)
    session.set_backbone(str(backbone_folder))
    yield made
    session.queue.shut_down()
    session.close_project()


@pytest.fixture
def page(qtbot: QtBot, session: Session, project: Project) -> Iterator[AdaptPage]:
    made = AdaptPage(session)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    qtbot.waitUntil(lambda: made.plan is not None, timeout=20_000)
    made.settings.method.setCurrentIndex(made.settings.method.findData("multi_head"))
    made.settings.length.epochs.setValue(1)
    yield made
    made.hide()


def tick(page: AdaptPage, row: int) -> None:
    page.settings.tasks.list.item(row).setCheckState(Qt.CheckState.Checked)


def test_at_least_two_tasks_are_wanted(qtbot: QtBot, page: AdaptPage) -> None:
    tasks = page.settings.tasks
    assert tasks.isVisible()
    assert not page.settings.budget.isVisible()
    assert len(tasks.chosen) == 1
    qtbot.waitUntil(lambda: not page.settings.start_button.isEnabled())
    assert page.settings.why_not.text() == "Tick at least two tasks, or name two variants."
    tick(page, 1)
    qtbot.waitUntil(page.settings.start_button.isEnabled)
    assert not page.settings.why_not.isVisible()


def test_only_what_the_user_ticked_stays_ticked(
    session: Session, project: Project, page: AdaptPage
) -> None:
    kitchen, garden = (task.id for task in project.tasks())
    assert page.settings.tasks.chosen == (kitchen,)
    session.set_task(garden)
    assert page.settings.tasks.chosen == (garden,)
    tick(page, 0)
    session.set_task(kitchen)
    assert page.settings.tasks.chosen == (kitchen,)
    tick(page, 1)
    session.set_task(garden)
    assert page.settings.tasks.chosen == (kitchen, garden)


def test_the_tasks_are_no_choice_for_a_method_of_one_task(page: AdaptPage) -> None:
    page.settings.method.setCurrentIndex(page.settings.method.findData("head"))
    assert not page.settings.tasks.isVisible()
    assert page.settings.budget.isVisible()


def add_task(session: Session, project: Project, name: str, *sources: Path) -> None:
    task = project.add_task(name)
    for source in sources:
        project.import_clips(task.id, source, CancelToken())
    session.tasks_changed.emit()


def refused(qtbot: QtBot, page: AdaptPage, reason: str) -> None:
    qtbot.waitUntil(lambda: reason in page.settings.why_not.text())
    assert not page.settings.start_button.isEnabled()


def test_a_method_that_the_backbone_does_not_take_says_so_at_the_button(
    qtbot: QtBot, page: AdaptPage
) -> None:
    tick(page, 1)
    qtbot.waitUntil(page.settings.start_button.isEnabled)
    choice = page.settings.method
    choice.setCurrentIndex(choice.findData("task_adapters_together"))
    refused(qtbot, page, "read the layers of an audio encoder")
    choice.setCurrentIndex(choice.findData("patches_together"))
    qtbot.waitUntil(page.settings.start_button.isEnabled)


def test_every_ticked_task_is_looked_at(
    qtbot: QtBot, session: Session, project: Project, page: AdaptPage, tmp_path: Path
) -> None:
    add_task(session, project, "shapes", picture_folder(tmp_path / "shapes"))
    add_task(session, project, "attic")
    tick(page, 2)
    refused(qtbot, page, "takes sounds, and shapes holds pictures")
    page.settings.tasks.list.item(2).setCheckState(Qt.CheckState.Unchecked)
    tick(page, 3)
    refused(qtbot, page, "attic has no training examples yet")
    page.settings.tasks.list.item(3).setCheckState(Qt.CheckState.Unchecked)
    tick(page, 1)
    qtbot.waitUntil(page.settings.start_button.isEnabled)


def test_the_task_in_view_does_not_matter_where_it_is_not_ticked(
    qtbot: QtBot, session: Session, project: Project, page: AdaptPage, tmp_path: Path
) -> None:
    add_task(session, project, "shapes", picture_folder(tmp_path / "shapes"))
    for row in (0, 1):
        tick(page, row)
    session.set_task(project.tasks()[2].id)
    refused(qtbot, page, "shapes holds pictures")
    page.settings.tasks.list.item(2).setCheckState(Qt.CheckState.Unchecked)
    tick(page, 0)
    qtbot.waitUntil(page.settings.start_button.isEnabled)


def test_a_shared_last_layer_wants_the_same_classes(
    qtbot: QtBot,
    session: Session,
    project: Project,
    page: AdaptPage,
    tone_task: Path,
    tmp_path: Path,
) -> None:
    for label in ("low", "high"):
        shutil.copytree(tone_task / label, tmp_path / "fewer" / label)
    add_task(session, project, "fewer", tmp_path / "fewer")
    tick(page, 2)
    qtbot.waitUntil(page.settings.start_button.isEnabled)
    page.settings.more.form("multi_head").set_values({"shared_last": True})
    refused(qtbot, page, "fewer has other classes than kitchen")
    project.import_clips(project.tasks()[2].id, tone_task, CancelToken())
    session.clips_changed.emit(None)
    qtbot.waitUntil(page.settings.start_button.isEnabled)


def test_each_task_ends_with_a_patch_of_its_own(
    qtbot: QtBot, session: Session, project: Project, page: AdaptPage
) -> None:
    tick(page, 1)
    qtbot.waitUntil(page.settings.start_button.isEnabled)
    qtbot.mouseClick(page.settings.start_button, Qt.MouseButton.LeftButton)
    leader = page.runs.run_id
    assert leader is not None
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=200_000)
    assert session.run_state(leader) is RunState.FINISHED
    assert page.run_panel.tasks_card.isVisible()
    table = page.run_panel.tasks_card.as_text().splitlines()[1:]
    assert [line.split("\t")[0] for line in table] == ["kitchen", "garden"]

    runs = [project.runs(task.id)[0] for task in project.tasks()]
    assert [run.leader for run in runs] == [leader, leader]
    assert [run.record["task"] for run in runs if run.record] == ["kitchen", "garden"]
    for task, run in zip(project.tasks(), runs, strict=True):
        path = patch_of(run)
        assert path is not None
        patch = read_patch(path)
        assert patch.card.task == task.name
        apply_patch(patch, load_backbone(backbone_source(patch.card, beside=path.parent)))

    page.ask_sweep()
    dialog = page.findChild(SweepDialog)
    assert dialog is not None, "a run over several tasks is no measure for single ones"
    dialog.close()

    session.set_task(project.tasks()[1].id)
    page.runs.choose(runs[1].id)
    qtbot.waitUntil(lambda: "garden" in page.run_panel.status.text())
    page.run_panel.next_buttons[0].click()
    assert session.active_patch == patch_of(runs[1])


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("ten", "numbers within 5 – 100 ms"),
        ("10, 200", "numbers within 5 – 100 ms"),
        ("10, 10", "Name each variant once"),
        ("20", "Tick at least two tasks, or name two variants"),
    ],
)
def test_variants_that_do_not_do_are_refused_at_the_button(
    qtbot: QtBot, page: AdaptPage, written: str, reason: str
) -> None:
    page.settings.tasks.variants.edit.setText(written)
    refused(qtbot, page, reason)
    page.settings.tasks.variants.edit.setText("10, 40")
    qtbot.waitUntil(page.settings.start_button.isEnabled)


def test_one_task_is_learned_at_several_steps_of_the_front_end(
    qtbot: QtBot, session: Session, project: Project, page: AdaptPage
) -> None:
    settings, task = page.settings, project.tasks()[0]
    settings.method.setCurrentIndex(settings.method.findData("patches_together"))
    settings.more.form("patches_together").set_values({"shared_last": True})
    settings.tasks.variants.edit.setText("10 40")
    qtbot.waitUntil(settings.start_button.isEnabled)
    qtbot.mouseClick(settings.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=200_000)
    runs = project.runs(task.id)
    assert {run_title(run) for run in runs} == {
        "patches_together · 10 ms",
        "patches_together · 40 ms",
    }
    costs = {}
    for run in runs:
        path = patch_of(run)
        assert path is not None
        assert patch_title(path, runs) == run_title(run)
        patch = read_patch(path)
        costs[run_title(run)] = patch.card.cost["multiplies"]
    assert costs["patches_together · 40 ms"] < 0.3 * costs["patches_together · 10 ms"]


def test_a_network_that_starts_from_random_weights(
    qtbot: QtBot, session: Session, project: Project, page: AdaptPage, backbone_folder: Path
) -> None:
    """It is the architecture's, drawn from the seed, and kept beside the patches that fit it."""
    tick(page, 1)
    page.settings.tasks.from_random.setChecked(True)
    qtbot.waitUntil(page.settings.start_button.isEnabled)
    qtbot.mouseClick(page.settings.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=200_000)
    run = project.runs(project.tasks()[0].id)[0]
    job = json.loads((run.folder / "job.json").read_text("utf-8"))
    assert job["backbone"] == "bcresnet1"
    path = patch_of(run)
    assert path is not None
    card = read_patch(path).card
    assert card.backbone_sha256 != load_backbone(str(backbone_folder)).card.sha256
    apply_patch(read_patch(path), load_backbone(backbone_source(card, beside=path.parent)))


def test_gates_of_task_adapters_are_shown_while_they_learn(
    qtbot: QtBot, session: Session, project: Project, page: AdaptPage, tmp_path: Path
) -> None:
    architecture = "audio_encoder_small_separable"
    tiny_backbone(tmp_path / f"{architecture}.tiny", architecture=architecture)
    session.set_backbone(str(tmp_path / f"{architecture}.tiny"))
    settings = page.settings
    settings.method.setCurrentIndex(settings.method.findData("task_adapters_together"))
    tick(page, 1)
    assert not settings.start_button.isEnabled(), "the backbone is still being read"
    qtbot.waitUntil(settings.start_button.isEnabled)
    qtbot.mouseClick(settings.start_button, Qt.MouseButton.LeftButton)
    shown = page.run_panel.gates_card
    qtbot.waitUntil(lambda: shown.map.gates is not None, timeout=200_000)
    assert session.queue.is_busy, "the map waits for the end"
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=200_000)
    leader = project.runs(project.tasks()[0].id)[0]
    assert session.run_state(leader.id) is RunState.FINISHED
    assert shown.map.tasks == ("kitchen", "garden")
    last = session.queue.log(leader.id).gates[-1].gates
    assert shown.map.gates == last
    assert [line.split("\t")[0] for line in shown.as_text().splitlines()[1:]] == (
        ["kitchen"] * len(last.layers) + ["garden"] * len(last.layers)
    )


def test_a_run_that_is_started_from_a_later_task_is_shown_as_well(
    qtbot: QtBot, session: Session, project: Project, page: AdaptPage
) -> None:
    kitchen, garden = project.tasks()
    session.set_task(garden.id)
    tick(page, 0)
    qtbot.waitUntil(page.settings.start_button.isEnabled)
    qtbot.mouseClick(page.settings.start_button, Qt.MouseButton.LeftButton)
    own = project.runs(garden.id)[0]
    assert own.leader == project.runs(kitchen.id)[0].id != own.id
    assert page.runs.run_id == own.id
    qtbot.waitUntil(page.run_panel.tasks_card.isVisible, timeout=200_000)
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=200_000)
    assert "garden" in page.run_panel.status.text()
