"""Gates in the Inspect station: live while a run learns them, and from its history afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThreadPool
from pytestqt.qtbot import QtBot

from tests.helpers.finished_runs import finished_run, install_backbone
from tests.helpers.tones import write_tone_task
from workbench.cancel import CancelToken
from workbench.gui.bridge.run_worker import Runner, engine_runner
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.session import Session
from workbench.methods.gates import Gates
from workbench.methods.patch import read_patch
from workbench.project.project import Project
from workbench.training.event_file import EventWriter, read_events
from workbench.training.events import GatesLogged, RunEvent, RunStarted, StagePlan
from workbench.training.job import AdaptationJob, TrainingConfig

SLOW_MS = 60_000
ENCODER = "audio_encoder_small.random"
LAYERS = (*(f"encode.{i}" for i in range(5)), "embed")


@pytest.fixture
def runner() -> Runner:
    return engine_runner


@pytest.fixture
def project(session: Session, tmp_path: Path) -> Iterator[Project]:
    install_backbone(ENCODER)
    made = Project.create(tmp_path / "house")
    tones = write_tone_task(tmp_path / "tones", speakers=6, takes=1)
    made.import_clips(made.add_task("kitchen").id, tones, CancelToken())
    session.adopt(made)
    yield made
    session.queue.shut_down()
    QThreadPool.globalInstance().waitForDone(SLOW_MS)
    session.close_project()


def page_of(session: Session, qtbot: QtBot) -> InspectPage:
    page = InspectPage(session)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    return page


def adapter_job(price: float = 0.01) -> AdaptationJob:
    return AdaptationJob(
        backbone=ENCODER,
        data=Path("later"),
        method="task_adapter",
        config={"price": price},
        training=TrainingConfig(epochs=2, batch_size=8, threads=1, learning_rate=0.02),
        out=Path("later"),
    )


def test_a_run_is_followed_from_its_first_gates_to_its_patch(
    qtbot: QtBot, session: Session, project: Project
) -> None:
    """Before the first run is finished, its gates are all there is; afterwards its layers come above them."""
    page = page_of(session, qtbot)
    seen: list[tuple[bool, bool, Gates | None]] = []

    def look(_run: str, event: RunEvent) -> None:
        if isinstance(event, GatesLogged):
            seen.append((page.gates.isVisible(), page.map.isVisible(), page.gates.map.gates))

    session.run_event.connect(look)
    run_id = session.enqueue(adapter_job())
    qtbot.waitUntil(lambda: bool(seen), timeout=SLOW_MS)
    assert page.gates.map.tasks == ("kitchen",)
    assert "as it learns" in page.gates.accessibleName()
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=SLOW_MS)
    folder = next(run.folder for run in project.runs() if run.id == run_id)
    logged = [event.gates for event in read_events(folder) if isinstance(event, GatesLogged)]
    assert seen == [(True, False, gates) for gates in logged]
    qtbot.waitUntil(lambda: page.current is not None, timeout=SLOW_MS)
    assert page.map.isVisible()
    assert page.gates.isVisible()
    assert "as it learns" not in page.gates.accessibleName()
    assert page.gates.map.gates == logged[-1]
    rows = [row.name for row in page.map.runs.rows]
    assert rows[-1] == "embed"
    opened = logged[-1].openings[0][-1]
    embed = page.map.runs.columns[0].cells[-1]
    assert embed.changed == any(opened)
    patch = read_patch(next(folder.glob("*.patch.safetensors")))
    stored = [t.numel() for name, t in patch.tensors.items() if name.startswith("adapter/embed.")]
    assert embed.stored == sum(stored) > 0

    session.close_project()
    session.adopt(Project.open(project.folder))
    again = page_of(session, qtbot)
    qtbot.waitUntil(again.gates.isVisible, timeout=SLOW_MS)
    assert again.gates.map.gates == logged[-1]


def test_the_gates_are_those_of_the_run_that_is_looked_at(
    qtbot: QtBot, session: Session, project: Project
) -> None:
    """What a run ended with is read from its folder; a run without gates, or of earlier days, has no such map."""
    task = project.tasks()[0].id
    run = finished_run(project, task, ENCODER, Path("gone"), "task_adapter")
    head = finished_run(project, task, ENCODER, Path("gone"), "head")
    early = finished_run(project, task, ENCODER, Path("gone"), "task_adapter")
    openings = tuple(tuple(0.25 * (i % 5) for i in range(3)) for _ in LAYERS)
    gates = Gates(LAYERS, (openings,), 100.0, 0.01, "thousand parameters", (0.5,))
    write_history(run.folder, gates)
    session.selection.select([run.id])
    session.runs_changed.emit()
    page = page_of(session, qtbot)
    qtbot.waitUntil(page.gates.isVisible, timeout=SLOW_MS)
    assert page.gates.map.gates == gates
    assert page.gates.as_text().splitlines()[-1] == "kitchen\tembed\t2\t3"
    for other in (head, early):
        session.selection.select([run.id, other.id])
        qtbot.waitUntil(lambda other=other: page.map.runs.current == other.id, timeout=SLOW_MS)
        qtbot.waitUntil(lambda: not page.gates.isVisible(), timeout=SLOW_MS)
    session.selection.select([head.id, run.id])
    qtbot.waitUntil(page.gates.isVisible, timeout=SLOW_MS)


def write_history(folder: Path, gates: Gates) -> None:
    with EventWriter(folder, resume=False) as history:
        plan = StagePlan("task_adapter", "Adapter and gates", 1, 1)
        history.write(RunStarted("task_adapter", (plan,), (), (), (), task="kitchen"))
        history.write(GatesLogged(0, 1, gates))
