"""Importing into a project from the command line: the same core as the window's import."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.tones import write_tone_task
from tests.unit.cli.conftest import call, refusal
from workbench.project.project import Project


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    folder = write_tone_task(tmp_path / "tones", speakers=3, takes=1)
    (folder / "low" / "broken.wav").write_bytes(b"no sound at all")
    return folder


def test_a_folder_becomes_a_task_of_a_new_project(tones: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kitchen"
    result = call(
        "import", tones, "--project", folder, "--task", "beeps", "--create", "--json", "-"
    )
    record = json.loads(result.stdout)
    assert (record["added"], record["clips"]) == (9, 9)
    assert record["classes"] == ["high", "low", "middle"]
    assert [Path(problem["path"]).name for problem in record["problems"]] == ["broken.wav"]
    assert "9 of 9" in result.stderr
    project = Project.open(folder)
    (task,) = project.tasks()
    assert task.name == "beeps"
    kept = {record.clip.path.read_bytes() for record in project.clips(task.id)}
    assert kept == {path.read_bytes() for path in tones.rglob("*_nohash_*.wav")}
    project.close()


def test_more_goes_into_the_task_of_that_name(tones: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kitchen"
    into = ("--project", folder, "--task", "beeps")
    call("import", tones, *into, "--create")
    (tones / "low" / "broken.wav").unlink()
    more = write_tone_task(tmp_path / "more", speakers=4, takes=1)
    printed = call("import", more, *into).stdout
    assert "3 clips were added; beeps has 12 clips in 3 classes" in printed
    assert printed.count("Already in this task.") == 9


def test_nothing_is_made_unasked(tones: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    assert (
        "is not a project" in refusal("import", tones, "--project", absent, "--task", "a").message
    )
    assert not absent.exists()
    folder = tmp_path / "kitchen"
    call("import", tones, "--project", folder, "--task", "beeps", "--create")
    error = refusal("import", tones, "--project", folder, "--task", "beps")
    assert 'no task "beps"' in error.message
    assert "beeps" in error.hint
    project = Project.open(folder)
    assert [task.name for task in project.tasks()] == ["beeps"]
    project.close()


def test_a_project_that_is_open_is_left_alone(tones: Path, tmp_path: Path) -> None:
    project = Project.create(tmp_path / "kitchen")
    error = refusal("import", tones, "--project", project.folder, "--task", "beeps", "--create")
    assert "already open" in error.message
    assert project.tasks() == ()
    project.close()
