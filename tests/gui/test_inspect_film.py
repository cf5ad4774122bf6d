"""The policy in the Inspect station while a run learns it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThreadPool
from pytestqt.qtbot import QtBot

from tests.helpers.tone_runs import backbone_folder, tone_task
from workbench.cancel import CancelToken
from workbench.gui.bridge.run_worker import Runner, engine_runner
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.session import Session
from workbench.project.project import Project
from workbench.training.events import LayerDecisions, RunEvent
from workbench.training.job import AdaptationJob, TrainingConfig

__all__ = ["backbone_folder", "tone_task"]
SLOW_MS = 200_000


@pytest.fixture
def runner() -> Runner:
    return engine_runner


@pytest.fixture
def project(session: Session, tmp_path: Path, tone_task: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "house")
    for name in ("kitchen", "garden"):
        made.import_clips(made.add_task(name).id, tone_task, CancelToken())
    session.adopt(made)
    yield made
    session.queue.shut_down()
    QThreadPool.globalInstance().waitForDone(SLOW_MS)
    session.close_project()


@pytest.fixture
def page(qtbot: QtBot, session: Session, project: Project) -> InspectPage:
    made = InspectPage(session)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    return made


def test_a_policy_is_followed_until_its_layers_are_on_the_map(
    qtbot: QtBot, session: Session, page: InspectPage, backbone_folder: Path
) -> None:
    seen: list[tuple[bool, bool, int]] = []

    def look(_run: str, event: RunEvent) -> None:
        if isinstance(event, LayerDecisions):
            frames = len(page.film.film.store)
            seen.append((page.film.isVisible(), page.map.isVisible(), frames))

    session.run_event.connect(look)
    job = AdaptationJob(
        backbone=str(backbone_folder),
        data=Path("later"),
        method="swr",
        config={"budget": 0.3},
        training=TrainingConfig(epochs=1, batch_size=16, threads=1),
        out=Path("later"),
    )
    run_id = session.enqueue(job)
    qtbot.waitUntil(lambda: bool(seen), timeout=SLOW_MS)
    assert not page.map.isVisible(), "nothing is finished yet"
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=SLOW_MS)
    film = session.queue.log(run_id).film
    assert seen == [(True, False, frame + 1) for frame in range(len(film))]
    qtbot.waitUntil(page.map.isVisible, timeout=SLOW_MS)
    assert not page.film.isVisible()


def test_a_run_of_another_task_is_not_followed(
    qtbot: QtBot, session: Session, project: Project, page: InspectPage, backbone_folder: Path
) -> None:
    garden = project.tasks()[1].id
    job = AdaptationJob(
        backbone=str(backbone_folder),
        data=Path("later"),
        method="taps",
        training=TrainingConfig(epochs=4, batch_size=16, threads=1),
        out=Path("later"),
    )
    run_id = session.enqueue(job)
    qtbot.waitUntil(page.film.isVisible, timeout=SLOW_MS)
    session.set_task(garden)
    assert not page.film.isVisible()
    session.set_task(project.tasks()[0].id)
    assert page.film.isVisible() is session.queue.is_busy
    session.stop(run_id)
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=SLOW_MS)
    assert not page.film.isVisible()
