"""Runs on their own thread: order, pause, stop, failure, and what the project is told."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject, runner_of, swr_events
from tests.gui.held_runs import JOB, Gate, lined_up, until_idle
from tests.helpers.logs import LogGuard
from workbench.atomic import write_bytes
from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui.bridge import failure_file, job_file
from workbench.gui.bridge.failure_file import FAILURE_FILE
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.session import Session
from workbench.training.events import RunEvent


@pytest.fixture
def runner(gate: Gate, request: pytest.FixtureRequest) -> Runner:
    return getattr(request, "param", gate.run)


def test_events_are_made_on_another_thread_and_arrive_in_this_one(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate
) -> None:
    arrived: list[tuple[RunEvent, int]] = []
    session.run_event.connect(lambda _, e: arrived.append((e, threading.get_ident())))
    run_id = session.enqueue(JOB)
    gate.open()
    until_idle(qtbot, session)
    assert [event for event, _ in arrived] == list(swr_events())
    assert {thread for _, thread in arrived} == {threading.get_ident()}
    assert threading.get_ident() not in gate.threads
    assert session.run_state(run_id) is RunState.FINISHED
    assert project.stored[run_id].record == list(swr_events())[-1].record  # type: ignore[union-attr]


def test_the_job_gets_the_frozen_task_and_the_folder_of_its_run(
    qtbot: QtBot, session: Session, project: FakeProject
) -> None:
    (run_id,) = lined_up(qtbot, session)
    job = session.queue.job(run_id)
    folder = project.stored[run_id].folder
    assert (job.out, job.data) == (folder, folder / "task.csv")


def test_one_run_trains_and_the_rest_waits_in_order(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate
) -> None:
    ids = lined_up(qtbot, session, 3)
    assert session.queue.waiting == (ids[1], ids[2])
    gate.open()
    until_idle(qtbot, session)
    begun = [run_id for run_id, state in project.states if state == "running"]
    assert begun == ids


def test_pause_is_shown_at_once_and_again_when_the_work_stands_still(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate
) -> None:
    (run_id,) = lined_up(qtbot, session)
    gate.steps.release(3)
    session.pause(run_id)
    assert session.run_state(run_id) is RunState.PAUSING
    qtbot.waitUntil(lambda: session.run_state(run_id) is RunState.PAUSED)
    session.resume(run_id)
    assert session.run_state(run_id) is RunState.RUNNING
    gate.open()
    until_idle(qtbot, session)
    assert session.run_state(run_id) is RunState.FINISHED


def test_a_waiting_run_leaves_the_queue_at_once(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate
) -> None:
    first, second = lined_up(qtbot, session, 2)
    session.stop(second)
    assert session.run_state(second) is RunState.CANCELLED
    assert session.queue.current == first


def test_stop_ends_a_running_and_a_paused_run(
    qtbot: QtBot, session: Session, project: FakeProject
) -> None:
    (run_id,) = lined_up(qtbot, session)
    session.pause(run_id)
    session.stop(run_id)
    assert session.run_state(run_id) is RunState.STOPPING
    until_idle(qtbot, session)
    assert session.run_state(run_id) is RunState.CANCELLED


def test_shutting_down_leaves_the_stored_states_so_that_the_runs_can_be_continued(
    qtbot: QtBot, session: Session, project: FakeProject
) -> None:
    ids = lined_up(qtbot, session, 2)
    session.queue.shut_down()
    assert [project.stored[run_id].state for run_id in ids] == ["running", "queued"]


def failing(error: Exception) -> Runner:
    def events() -> Iterator[RunEvent]:
        yield next(swr_events())
        raise error

    return runner_of(events)


@pytest.mark.parametrize(
    "runner", [failing(WorkbenchError("The loss became nan.", hint="Lower it."))], indirect=True
)
def test_an_error_of_the_user_fails_the_run_and_is_shown(
    qtbot: QtBot, session: Session, project: FakeProject, expect_log: LogGuard
) -> None:
    expect_log("The loss became nan")
    run_id = session.enqueue(JOB)
    until_idle(qtbot, session)
    assert session.run_state(run_id) is RunState.FAILED
    assert "Lower it." in session.notices.history[-1].text


@pytest.mark.parametrize("runner", [failing(ZeroDivisionError("a bug"))], indirect=True)
def test_a_bug_fails_the_run_and_reaches_the_crash_hook(
    qtbot: QtBot, session: Session, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: caught.append(kind))
    run_id = session.enqueue(JOB)
    until_idle(qtbot, session)
    assert session.run_state(run_id) is RunState.FAILED
    qtbot.waitUntil(lambda: caught == [ZeroDivisionError])


def test_without_a_task_nothing_is_lined_up(session: Session) -> None:
    with pytest.raises(WorkbenchError, match="No task is open"):
        session.enqueue(JOB)


def test_a_run_whose_settings_are_gone_says_so(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate
) -> None:
    (run_id,) = lined_up(qtbot, session)
    session.stop(run_id)
    until_idle(qtbot, session)
    (project.stored[run_id].folder / "job.json").unlink()
    with pytest.raises(WorkbenchError, match="cannot be read"):
        session.resume(run_id)


def test_a_continued_run_finds_its_files_after_the_project_was_moved(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate
) -> None:
    (run_id,) = lined_up(qtbot, session)
    session.stop(run_id)
    until_idle(qtbot, session)
    old = project.stored[run_id].folder
    new = old.rename(old.parent / "moved")
    project.stored[run_id] = replace(project.stored[run_id], folder=new)
    gate.open()
    session.resume(run_id)
    assert session.queue.job(run_id).out == new
    assert session.queue.job(run_id).data == new / "task.csv"
    until_idle(qtbot, session)
    assert session.run_state(run_id) is RunState.FINISHED


def test_a_run_whose_clips_cannot_be_written_down_fails_and_the_next_one_begins(
    qtbot: QtBot,
    session: Session,
    project: FakeProject,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("has no clips")
    gate.open()

    def refuse(task_id: str, folder: Path) -> Path:
        raise WorkbenchError("The task has no clips.", hint="Record some first.")

    with monkeypatch.context() as patched:
        patched.setattr(project, "freeze_task", refuse)
        failed = session.enqueue(JOB)
        qtbot.waitUntil(lambda: session.run_state(failed) is RunState.FAILED)
    good = session.enqueue(JOB)
    until_idle(qtbot, session)
    assert session.run_state(good) is RunState.FINISHED


FULL = WorkbenchError("The disk is full.", hint="Free some space.")


def refuse(*_: object) -> None:
    raise FULL


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch, expect_log: LogGuard) -> None:
    """Neither a file nor the project can be written."""
    expect_log("The disk is full")
    monkeypatch.setattr(job_file, "write_bytes", refuse)
    monkeypatch.setattr(failure_file, "write_bytes", refuse)
    monkeypatch.setattr(FakeProject, "set_run_state", refuse)
    monkeypatch.setattr(FakeProject, "finish_run", refuse)


@pytest.mark.usefixtures("full_disk")
def test_a_run_that_cannot_be_written_down_fails_and_the_queue_goes_on(
    qtbot: QtBot, session: Session, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = [session.enqueue(JOB), session.enqueue(JOB)]
    until_idle(qtbot, session)
    assert [session.run_state(run_id) for run_id in failed] == [RunState.FAILED] * 2
    why = session.queue.why_failed(failed[0], project.stored[failed[0]].folder)
    assert why.startswith("The disk is full.")
    assert "new run" in why, "without its job it cannot be continued"
    monkeypatch.undo()
    (good,) = lined_up(qtbot, session)
    assert session.run_state(good) is RunState.RUNNING


@pytest.mark.usefixtures("full_disk")
def test_a_run_whose_result_is_not_stored_has_failed_and_the_next_one_begins(
    qtbot: QtBot,
    session: Session,
    project: FakeProject,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_file, "write_bytes", write_bytes)
    monkeypatch.setattr(failure_file, "write_bytes", write_bytes)
    ids = lined_up(qtbot, session, 2)
    gate.open()
    until_idle(qtbot, session)
    assert [session.run_state(run_id) for run_id in ids] == [RunState.FAILED] * 2
    assert len(session.queue.log(ids[1]).epochs) == 9, "it was trained"
    later = Session(runner=gate.run)
    why = later.queue.why_failed(ids[0], project.stored[ids[0]].folder)
    assert why.startswith(str(FULL))
    assert "Press Continue" in why
    later.deleteLater()


def test_a_state_that_is_not_stored_changes_nothing_else(
    qtbot: QtBot,
    session: Session,
    project: FakeProject,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: LogGuard,
) -> None:
    expect_log("The disk is full")
    monkeypatch.setattr(project, "set_run_state", refuse)
    ids = lined_up(qtbot, session, 2)
    gate.open()
    until_idle(qtbot, session)
    assert [session.run_state(run_id) for run_id in ids] == [RunState.FINISHED] * 2


def test_a_bug_while_the_clips_are_written_down_fails_the_run(
    qtbot: QtBot, session: Session, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: caught.append(kind))
    monkeypatch.setattr(project, "freeze_task", lambda *_: 1 / 0)
    run_id = session.enqueue(JOB)
    until_idle(qtbot, session)
    assert session.run_state(run_id) is RunState.FAILED
    assert "unforeseen" in session.queue.why_failed(run_id, project.stored[run_id].folder)
    qtbot.waitUntil(lambda: caught == [ZeroDivisionError])


@pytest.mark.parametrize(
    "runner", [failing(WorkbenchError("The loss became nan.", hint="Lower it."))], indirect=True
)
def test_why_a_run_failed_is_kept_until_it_is_continued(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate, expect_log: LogGuard
) -> None:
    expect_log("The loss became nan")
    run_id = session.enqueue(JOB)
    until_idle(qtbot, session)
    folder = project.stored[run_id].folder
    later = Session(runner=gate.run)
    later.adopt(project.as_project)
    assert "nan" in later.queue.why_failed(run_id, folder)
    assert "Press Continue" in later.queue.why_failed(run_id, folder)
    later.resume(run_id)
    assert not (folder / FAILURE_FILE).exists()
    later.queue.shut_down()
    later.deleteLater()


def test_a_reason_that_cannot_be_read_is_none(session: Session, tmp_path: Path) -> None:
    (tmp_path / FAILURE_FILE).write_bytes(b"\xff\xfe")
    assert "unforeseen" in session.queue.why_failed("r1", tmp_path)


def test_only_the_last_stage_keeps_a_result(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate
) -> None:
    kept: list[tuple[int, bool]] = []
    (run_id,) = lined_up(qtbot, session)
    assert not session.queue.keeps_result(run_id), "it has not said what its stages are"
    log = session.queue.log(run_id)
    session.run_event.connect(
        lambda *_: kept.append((log.stage, session.queue.keeps_result(run_id)))
    )
    gate.open()
    until_idle(qtbot, session)
    assert set(kept) == {(-1, False), (0, False), (1, False), (2, True)}


def test_runs_of_another_project_with_the_same_numbers_are_others(
    qtbot: QtBot, session: Session, project: FakeProject, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    (run_id,) = lined_up(qtbot, session)
    until_idle(qtbot, session)
    session.adopt(FakeProject(tmp_path / "other").as_project)
    assert not session.queue.knows(run_id)
