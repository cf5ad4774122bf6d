"""A run over several tasks is seen from each of them, and is one run all the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.cancel import RunState
from workbench.project import schema
from workbench.project.project import Project
from workbench.training.several_job import SeveralJob, TaskSource


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "house")
    for name in ("kitchen", "garden", "cellar"):
        made.add_task(name)
    yield made
    made.close()


def job(project: Project, tasks: int) -> SeveralJob:
    sources = tuple(TaskSource(data=project.folder) for _ in range(tasks))
    return SeveralJob(backbone="b", tasks=sources, method="multi_head", out=project.folder)


def test_each_task_lists_it_and_keeps_its_own_record(project: Project) -> None:
    kitchen, garden, cellar = (task.id for task in project.tasks())
    run = project.new_run(garden, job(project, 2), (cellar,))
    assert run.leads
    seen = {task: project.runs(task) for task in (kitchen, garden, cellar)}
    assert [len(runs) for runs in seen.values()] == [0, 1, 1]
    assert seen[cellar][0].leader == seen[garden][0].id == run.id
    assert seen[cellar][0].folder == run.folder
    project.set_run_state(run.id, RunState.RUNNING)
    assert {r.state for r in project.runs()} == {RunState.RUNNING}
    assert [r.id for r in project.interrupted_runs()] == [run.id]
    project.finish_run(run.id, {"tasks": [{"task": "garden"}, {"task": "cellar"}], "seed": 0})
    assert project.runs(garden)[0].record == {"task": "garden"}
    assert project.runs(cellar)[0].record == {"task": "cellar"}
    assert {r.state for r in project.runs()} == {RunState.FINISHED}


def test_records_that_do_not_fit_its_tasks_change_nothing(project: Project) -> None:
    kitchen, garden, _ = (task.id for task in project.tasks())
    run = project.new_run(kitchen, job(project, 2), (garden,))
    with pytest.raises(ValueError, match="shorter"):
        project.finish_run(run.id, {"tasks": [{"task": "kitchen"}]})
    assert {r.state for r in project.runs()} == {RunState.QUEUED}
    assert {r.record is None for r in project.runs()} == {True}


def test_changes_made_at_once_are_made_all_or_none(project: Project) -> None:
    kitchen, garden, cellar = (task.id for task in project.tasks())
    first = project.new_run(kitchen, job(project, 2))
    with pytest.raises(sqlite3.IntegrityError), project.at_once():
        project.set_run_state(first.id, RunState.RUNNING)
        project.new_run(garden, job(project, 2))
        assert len(project.runs()) == 2
        project.new_run("999", job(project, 2))
    assert [run.state for run in project.runs()] == [RunState.QUEUED]
    with project.at_once():
        made = [project.new_run(task, job(project, 2)) for task in (garden, cellar)]
        project.set_run_state(first.id, RunState.CANCELLED)
        with ThreadPoolExecutor() as elsewhere:
            seen = elsewhere.submit(project.runs).result()
        assert [run.state for run in seen] == [RunState.QUEUED], "they are not made yet"
    assert [run.id for run in project.runs()] == [first.id, *(run.id for run in made)]
    assert project.runs()[0].state is RunState.CANCELLED


def test_an_unknown_task_lists_nothing_at_all(project: Project) -> None:
    kitchen = project.tasks()[0].id
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        project.new_run(kitchen, job(project, 2), ("999",))
    assert project.runs() == ()


def test_a_project_of_the_second_format_keeps_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:2])
        old = Project.create(tmp_path / "old")
        old.add_task("words")
        with old._catalogue._open() as db:
            db.execute(
                "INSERT INTO run (task_id, method, state, job, created)"
                " VALUES (1, 'head', 'finished', '{}', '2026-01-01T00:00:00+00:00')"
            )
        old.close()
    project = Project.open(tmp_path / "old")
    (run,) = project.runs()
    assert run.leads
    assert run.folder.name == "0001"
    assert (tmp_path / "old" / "project.format2.backup.db").is_file()
    project.close()
