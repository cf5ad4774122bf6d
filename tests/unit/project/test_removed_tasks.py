"""A removed task leaves the list and nothing else: its clips and runs come back with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.tones import tone
from workbench.cancel import RunState
from workbench.project.project import Project
from workbench.project.records import RunRecord
from workbench.training.job import AdaptationJob


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "kitchen")
    yield made
    made.close()


def run_of(project: Project, task_id: str) -> RunRecord:
    job = AdaptationJob(
        backbone="b", data=project.folder, method="swr", config={"budget": 0.1}, out=project.folder
    )
    return project.new_run(task_id, job)


def test_it_comes_back_with_its_name_clips_and_runs(project: Project) -> None:
    words, lights = project.add_task("words"), project.add_task("lights")
    clip = project.add_recording(words.id, "go", "me", tone(400, 1), 16000)
    run = run_of(project, words.id)
    project.finish_run(run.id, {"patch": "words.patch.safetensors"})
    project.remove_task(words.id)
    assert project.tasks() == (lights,)
    assert project.tasks(removed=True) == (words,)
    assert clip.clip.path.is_file()
    assert run.folder.is_dir()
    project.close()

    again = Project.open(project.folder)
    assert again.tasks() == (lights,)
    again.restore_task(words.id)
    assert again.tasks() == (words, lights)
    assert [one.id for one in again.clips(words.id)] == [clip.id]
    assert [one.state for one in again.runs(words.id)] == [RunState.FINISHED]
    again.close()


def test_nobody_is_asked_to_continue_a_run_of_a_removed_task(project: Project) -> None:
    words, lights = project.add_task("words"), project.add_task("lights")
    hidden, shown = run_of(project, words.id), run_of(project, lights.id)
    for run in (hidden, shown):
        project.set_run_state(run.id, RunState.RUNNING)
    project.remove_task(words.id)
    assert [run.id for run in project.interrupted_runs()] == [shown.id]
    project.restore_task(words.id)
    assert [run.id for run in project.interrupted_runs()] == [hidden.id, shown.id]
