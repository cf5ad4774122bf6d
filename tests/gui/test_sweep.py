"""A sweep from the Adapt station: what is asked for, what it takes, what is lined up, and how it is cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FINISHED_RECORD, FakeProject, FakeRun, swr_events
from workbench.cancel import CancelToken, RunState
from workbench.errors import WorkbenchError
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.dialogs.sweep import SweepDialog
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.inspect_film import LearningFilm
from workbench.gui.session import Session
from workbench.gui.widgets.jobs_strip import JobsStrip
from workbench.studies.grid import Cell
from workbench.training.events import RunEvent
from workbench.training.job import AdaptationJob


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


@pytest.fixture
def runner(gate: threading.Event) -> Runner:
    """Each run waits until the test opens the gate."""

    def run(job: AdaptationJob, token: CancelToken, resume: bool) -> Iterator[RunEvent]:
        while not gate.wait(0.01):
            token.check()
        yield from swr_events()

    return run


@pytest.fixture
def page(qtbot: QtBot, session: Session, project: FakeProject) -> AdaptPage:
    made = AdaptPage(session)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.plan is not None)
    return made


def opened(qtbot: QtBot, page: AdaptPage) -> SweepDialog:
    qtbot.mouseClick(page.settings.sweep_button, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(SweepDialog)
    return dialog


def asked_for(qtbot: QtBot, ticked: tuple[str, ...], budgets: str, seeds: int) -> SweepDialog:
    dialog = SweepDialog(ticked, {}, 5, lambda cells: 40.0 * len(cells))
    qtbot.addWidget(dialog)
    dialog.budgets.setText(budgets)
    dialog.seeds.setValue(seeds)
    return dialog


def test_the_dialog_makes_the_grid_and_says_what_it_takes(qtbot: QtBot) -> None:
    dialog = asked_for(qtbot, ("head", "swr"), "5, 10 %", 2)
    assert set(dialog.cells) == {
        Cell(method, budget, seed)
        for seed in (5, 6)
        for method, budget in (("head", None), ("swr", 0.05), ("swr", 0.1))
    }
    assert dialog.start_button.text() == "Queue 6 runs"
    assert dialog.summary.text() == "6 runs, one after the other. About 4 minutes."
    dialog.methods["head"].setChecked(False)
    assert dialog.start_button.text() == "Queue 4 runs"


@pytest.mark.parametrize("budgets", ["five", "5, 500", "0", "", "-1"])
def test_budgets_that_cannot_be_read_block_the_button(qtbot: QtBot, budgets: str) -> None:
    dialog = asked_for(qtbot, ("swr",), budgets, 1)
    assert dialog.cells == ()
    assert not dialog.start_button.isEnabled()
    assert "budgets above 0" in dialog.summary.text()
    dialog.budgets.setText("1")
    assert dialog.start_button.isEnabled()


def test_budgets_do_not_matter_to_methods_without_one(qtbot: QtBot) -> None:
    dialog = asked_for(qtbot, ("head",), "", 1)
    assert not dialog.budgets.isEnabled()
    assert dialog.cells == (Cell("head", None, 5),)
    dialog.methods["head"].setChecked(False)
    assert "at least one method" in dialog.summary.text()
    assert not dialog.start_button.isEnabled()


def test_a_setting_that_does_not_fit_is_told_in_the_dialog(qtbot: QtBot) -> None:
    def refuse(cells: object) -> float:
        raise WorkbenchError("Some settings do not fit: hidden.", hint="Correct them.")

    dialog = SweepDialog(("swr",), {}, 0, refuse)
    qtbot.addWidget(dialog)
    assert not dialog.start_button.isEnabled()
    assert "hidden" in dialog.summary.text()


def test_a_method_that_the_backbone_does_not_allow_is_shown_with_the_reason(
    qtbot: QtBot, page: AdaptPage
) -> None:
    settings = page.settings
    settings.method.setCurrentIndex(settings.method.findData("task_adapter"))
    dialog = opened(qtbot, page)
    box = dialog.methods["task_adapter"]
    assert (box.isVisible(), box.isEnabled(), box.isChecked()) == (True, False, False)
    assert "read the layers of an audio encoder" in box.toolTip()
    others = [other for name, other in dialog.methods.items() if name != "task_adapter"]
    assert all(other.isEnabled() for other in others)
    assert dialog.cells == ()


def test_settings_decide_too_on_what_can_be_ticked(qtbot: QtBot, page: AdaptPage) -> None:
    page.settings.more.form("patch").set_values({"norms": "off", "last": False})
    dialog = opened(qtbot, page)
    assert not dialog.methods["patch"].isEnabled()
    assert "Nothing would learn" in dialog.methods["patch"].toolTip()


def test_the_grid_is_lined_up_with_these_settings_and_one_policy_a_seed(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage, gate: threading.Event
) -> None:
    page.settings.length.epochs.setValue(7)
    dialog = opened(qtbot, page)
    assert "is known once a run" in dialog.summary.text()
    dialog.methods["head"].setChecked(True)
    dialog.budgets.setText("5, 10")
    dialog.seeds.setValue(2)
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    jobs = {run_id: session.queue.job(run_id) for run_id in project.stored}
    by_cell = {
        (job.method, job.config.get("budget"), job.training.seed): job for job in jobs.values()
    }
    assert len(by_cell) == len(jobs) == 6
    assert {job.training.epochs for job in jobs.values()} == {7}
    for seed in (0, 1):
        assert by_cell["swr", 0.05, seed].policy_from is None
        assert by_cell["swr", 0.1, seed].policy_from == by_cell["swr", 0.05, seed].out
        assert by_cell["head", None, seed].policy_from is None
    gate.set()
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=10_000)
    assert {session.run_state(run_id) for run_id in jobs} == {RunState.FINISHED}


def test_what_waits_can_be_removed_at_once(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage
) -> None:
    strip = JobsStrip(session)
    qtbot.addWidget(strip)
    page.start_sweep([Cell("head", None, seed) for seed in range(4)])
    qtbot.waitUntil(lambda: session.queue.current is not None)
    session.pause(next(iter(project.stored)))
    page.start_sweep([Cell("head", None, 9)])
    first, *rest = project.stored
    assert strip.remove_button.isVisibleTo(strip)
    assert strip._waiting.text() == "4 waiting"
    strip.remove_button.click()
    assert session.queue.waiting == ()
    assert {session.run_state(run_id) for run_id in rest} == {RunState.CANCELLED}
    assert not session.run_state(first).is_over
    assert not strip.remove_button.isVisibleTo(strip)
    session.stop(first)
    qtbot.waitUntil(lambda: not session.queue.is_busy, timeout=10_000)


def test_many_runs_are_written_and_told_of_at_once(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage
) -> None:
    told: list[int] = []
    session.runs_changed.connect(lambda: told.append(len(session.queue.waiting)))
    page.start_sweep([Cell("head", None, seed) for seed in range(6)])
    assert (told, project.writes) == ([6], 1)
    qtbot.waitUntil(lambda: session.queue.current is not None)
    written = project.writes
    session.queue.remove_waiting()
    assert (told, project.writes) == ([6, 0], written + 1)


def test_removing_many_runs_reads_no_more_than_removing_one(
    qtbot: QtBot,
    session: Session,
    project: FakeProject,
    page: AdaptPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = LearningFilm(session)
    qtbot.addWidget(film)
    reads: list[int] = []

    def read(task_id: str | None = None) -> tuple[FakeRun, ...]:
        reads[-1] += 1
        return FakeProject.runs(project, task_id)

    monkeypatch.setattr(project, "runs", read)
    for number in (2, 8):
        reads.append(0)
        page.start_sweep([Cell("head", None, seed) for seed in range(number)])
        qtbot.waitUntil(lambda: session.queue.current is not None)
        reads.append(0)
        session.queue.remove_waiting()
    assert reads[1] == reads[3] > 0


def test_time_is_estimated_from_finished_runs_of_this_backbone(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage
) -> None:
    job = AdaptationJob(backbone=session.backbone, data=".", method="head", out=".")
    for method, backbone, seconds in (
        ("head", session.backbone, 60.0),
        ("taps", session.backbone, 600.0),
        ("taps", "another", 6000.0),
    ):
        run = project.new_run("t1", job.model_copy(update={"method": method}))
        record = {**FINISHED_RECORD, "backbone": backbone, "epochs": 10, "seconds": {"a": seconds}}
        project.stored[run.id] = replace(run, state=RunState.FINISHED, record=record)
    page.settings.length.epochs.setValue(20)
    # Twice the epochs: 2 minutes for head, 20 for taps, and their mean where nothing is known.
    assert page._sweep.seconds([Cell("head", None, 0), Cell("taps", None, 0)]) == 1320
    assert page._sweep.seconds([Cell("finetune", None, 0)]) == 660
