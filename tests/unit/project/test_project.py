"""Projects: nothing lost by a kill, a full disk or a newer format; everything undoable."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.tones import tone, write_tone_task
from workbench.cancel import Cancelled, CancelToken, RunState
from workbench.data.importers import load_task
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.project import project as project_module
from workbench.project.project import Project
from workbench.project.schema import MIGRATIONS
from workbench.training.job import AdaptationJob


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tone_task(tmp_path_factory.mktemp("tones") / "tones")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "kitchen")


def imported(project: Project, source: Path) -> str:
    task_id = project.add_task("tones").id
    project.import_clips(task_id, source, CancelToken())
    return task_id


def test_import_copies_and_survives_reopening(project: Project, tones: Path) -> None:
    seen: list[tuple[int, int]] = []
    task_id = project.add_task("tones").id
    report = project.import_clips(task_id, tones, CancelToken(), lambda *p: seen.append(p))
    project.close()
    again = Project.open(project.folder)
    records = again.clips(task_id)
    assert len(records) == len(report.added) == 60
    assert seen[-1] == (60, 60)
    assert all(project.folder in record.clip.path.parents for record in records)
    assert all(record.clip.path.is_file() for record in records)
    assert {record.clip.label for record in records} == {"low", "middle", "high"}
    again.close()


@pytest.mark.parametrize("speaker", ["me", "anna", "bo", "chi", "dana", "eve"])
def test_who_records_is_trained_on_whatever_the_hash_of_the_name(
    project: Project, tones: Path, speaker: str
) -> None:
    task_id = imported(project, tones)
    takes = [
        project.add_recording(task_id, label, speaker, tone(500, seed), 16000)
        for seed, label in enumerate(["low", "low", "new word"])
    ]
    assert [take.clip.split for take in takes] == [Split.TRAIN] * 3


def test_importing_twice_adds_nothing(project: Project, tones: Path) -> None:
    task_id = imported(project, tones)
    report = project.import_clips(task_id, tones, CancelToken())
    assert report.added == ()
    assert len(report.problems) == 60


def test_remove_and_restore_are_inverse(project: Project, tones: Path) -> None:
    task_id = imported(project, tones)
    before = project.clips(task_id)
    ids = [record.id for record in before[:5]]
    project.remove_clips(ids)
    assert [record.id for record in project.clips(task_id, removed=True)] == ids
    assert len(project.clips(task_id)) == 55
    project.restore_clips(ids)
    assert project.clips(task_id) == before


def test_edits_change_only_what_they_name(project: Project, tones: Path) -> None:
    task_id = imported(project, tones)
    first, *rest = project.clips(task_id)
    project.relabel([first.id], "other")
    project.set_speaker([first.id], "anna")
    project.set_split([first.id], Split.TEST)
    changed = next(r for r in project.clips(task_id) if r.id == first.id)
    assert (changed.clip.label, changed.clip.speaker) == ("other", "anna")
    assert changed.clip.split is Split.TEST
    assert [r for r in project.clips(task_id) if r.id != first.id] == rest


def test_parts_stay_when_clips_are_added(project: Project, tones: Path) -> None:
    task_id = imported(project, tones)
    before = {clip.path: clip.split for clip in project.task(task_id).clips}
    project.add_recording(task_id, "low", "0003", tone(400, 99), 16000)
    after = {clip.path: clip.split for clip in project.task(task_id).clips}
    assert before.items() <= after.items()
    of_speaker = {r.clip.split for r in project.clips(task_id) if r.clip.speaker == "0003"}
    assert len(of_speaker) == 1


def test_frozen_task_reads_back_the_same(project: Project, tones: Path, tmp_path: Path) -> None:
    task_id = imported(project, tones)
    manifest = project.freeze_task(task_id, tmp_path / "run")
    found = load_task(manifest).task
    expected = project.task(task_id)
    assert (found.name, found.classes) == (expected.name, expected.classes)
    assert {(c.path.resolve(), c.label, c.split, c.speaker) for c in found.clips} == {
        (c.path.resolve(), c.label, c.split, c.speaker) for c in expected.clips
    }


def test_recordings_carry_flags(project: Project) -> None:
    task_id = project.add_task("words").id
    loud = np.sign(tone(400, 1)) * np.ones(16000, np.float32)
    assert project.add_recording(task_id, "stop", "me", loud, 16000).flags == ("clipped",)
    quiet = 1e-4 * tone(400, 2)
    assert project.add_recording(task_id, "stop", "me", quiet, 16000).flags == ("silent",)


def test_runs_are_listed_and_interrupted_ones_found(project: Project, tones: Path) -> None:
    task_id = imported(project, tones)
    job = AdaptationJob(
        backbone="b", data=tones, method="swr", config={"budget": 0.1}, out=project.folder
    )
    first, second, third = (project.new_run(task_id, job) for _ in range(3))
    assert first.folder.is_dir()
    project.finish_run(first.id, {"val_accuracy": 0.9})
    project.set_run_state(second.id, RunState.RUNNING)
    project.set_run_state(third.id, RunState.CANCELLED)
    project.close()
    again = Project.open(project.folder)
    assert [run.id for run in again.interrupted_runs()] == [second.id]
    assert again.runs(task_id)[0].record == {"val_accuracy": 0.9}
    assert again.runs(task_id)[0].state is RunState.FINISHED
    again.close()


def test_two_windows_cannot_open_the_same_project(project: Project) -> None:
    with pytest.raises(WorkbenchError, match="already open"):
        Project.open(project.folder)
    project.close()
    Project.open(project.folder).close()


def test_lock_of_a_dead_process_is_taken_over(project: Project) -> None:
    project.close()
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    (project.folder / "project.lock").write_bytes(dead.stdout)
    Project.open(project.folder).close()


KILLED_IMPORT = """
import os, signal, sys
from pathlib import Path
from workbench.cancel import CancelToken
from workbench.project import project as module

module.IMPORT_BATCH = 10
project = module.Project.open(Path(sys.argv[1]))
def progress(done, total):
    if done >= 30:
        os.kill(os.getpid(), signal.SIGKILL)
project.import_clips(sys.argv[2], Path(sys.argv[3]), CancelToken(), progress)
"""


def test_killed_import_keeps_whole_batches_and_can_go_on(project: Project, tones: Path) -> None:
    task_id = project.add_task("tones").id
    project.close()
    command = [sys.executable, "-c", KILLED_IMPORT, str(project.folder), task_id, str(tones)]
    killed = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    again = Project.open(project.folder)
    assert len(again.clips(task_id)) == 30
    assert len(again.import_clips(task_id, tones, CancelToken()).added) == 30
    assert len(again.clips(task_id)) == 60
    again.close()


def test_cancelled_import_keeps_what_was_added(
    project: Project, tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_module, "IMPORT_BATCH", 10)
    task_id, token = project.add_task("tones").id, CancelToken()
    with pytest.raises(Cancelled):
        project.import_clips(task_id, tones, token, lambda *_: token.stop())
    assert len(project.clips(task_id)) == 10


def test_full_disk_adds_nothing_and_says_so(
    project: Project, tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = project.add_task("tones").id

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched, pytest.raises(WorkbenchError, match="No space left"):
        patched.setattr(os, "fsync", full)
        project.import_clips(task_id, tones, CancelToken())
    assert project.clips(task_id) == ()
    assert len(project.import_clips(task_id, tones, CancelToken()).added) == 60


def test_files_without_a_row_are_swept_when_opened(project: Project, tones: Path) -> None:
    task_id = imported(project, tones)
    stray = project.folder / "clips" / "zz" / "half.part"
    stray.parent.mkdir()
    stray.write_bytes(b"half a copy")
    project.close()
    again = Project.open(project.folder)
    assert not stray.exists()
    assert all(record.clip.path.exists() for record in again.clips(task_id))
    again.close()


def test_newer_format_is_refused_untouched(project: Project) -> None:
    project.close()
    database = project.folder / "project.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = database.read_bytes()
    with pytest.raises(WorkbenchError, match="newer version"):
        Project.open(project.folder)
    assert database.read_bytes() == before


def test_damaged_catalogue_is_a_plain_error(project: Project) -> None:
    project.close()
    (project.folder / "project.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkbenchError, match="cannot be read"):
        Project.open(project.folder)


def test_project_needs_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("mine")
    with pytest.raises(WorkbenchError, match="not empty"):
        Project.create(tmp_path)
    assert (tmp_path / "something").read_text() == "mine"
