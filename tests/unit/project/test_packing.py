"""One file holds a whole project, consistent although it is open elsewhere; unpacking trusts nothing in it."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.tones import tone, write_tone_task
from workbench.cancel import CancelToken, RunState
from workbench.data.importers import load_task
from workbench.errors import WorkbenchError
from workbench.project.packing import pack, unpack
from workbench.project.project import Project
from workbench.training.job import AdaptationJob


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Clips, one of them in the trash; a finished and an unfinished run; a word; all held open."""
    made = Project.create(tmp_path / "kitchen")
    task_id = made.add_task("tones").id
    source = write_tone_task(tmp_path / "tones", speakers=3, takes=1)
    made.import_clips(task_id, source, CancelToken())
    made.remove_clips([made.clips(task_id)[0].id])
    job = AdaptationJob(backbone="b", data=source, method="swr", out=made.folder)
    for state in (RunState.FINISHED, RunState.RUNNING):
        run = made.new_run(task_id, job)
        made.freeze_task(task_id, run.folder)
        (run.folder / "job.json").write_text(job.model_dump_json())
        (run.folder / "checkpoint.pt").write_bytes(b"large")
        (run.folder / "words.patch.safetensors").write_bytes(run.id.encode())
        made.set_run_state(run.id, state)
    made.library.folder.mkdir()
    (made.library.folder / "lamp.keyword.safetensors").write_bytes(b"lamp")
    yield made
    made.close()


def everything(project: Project) -> list[object]:
    """What the catalogue tells, with places relative to the project."""
    told: list[object] = []
    for task in project.tasks():
        told.append(task)
        for record in (*project.clips(task.id), *project.clips(task.id, removed=True)):
            path = record.clip.path
            told.append((record.id, path.relative_to(project.folder), path.read_bytes()))
            told.append((record.clip.label, record.clip.split, record.clip.speaker, record.flags))
        told += [(run.id, run.method, run.job, run.created) for run in project.runs(task.id)]
    return told


def packed(project: Project, tmp_path: Path) -> Path:
    archive = tmp_path / "shared" / "kitchen.zip"
    assert pack(project.folder, archive).missing == ()
    return archive


def test_what_was_packed_is_unpacked_elsewhere(project: Project, tmp_path: Path) -> None:
    archive = packed(project, tmp_path)
    unpack(archive, tmp_path / "there" / "again")
    again = Project.open(tmp_path / "there" / "again")
    assert everything(again) == everything(project)
    first, second = again.runs()
    assert (first.folder / "words.patch.safetensors").read_bytes() == b"1"
    assert (first.folder / "job.json").is_file()
    assert (again.library.folder / "lamp.keyword.safetensors").read_bytes() == b"lamp"
    # The runs' lists of clips lead to the copies.
    listed = load_task(second.folder / "tones" / "manifest.csv").task.clips
    assert all(again.folder in clip.path.resolve().parents for clip in listed)
    again.close()


def test_checkpoints_stay_and_what_they_would_continue_is_over(
    project: Project, tmp_path: Path
) -> None:
    archive = packed(project, tmp_path)
    with zipfile.ZipFile(archive) as opened:
        assert not [name for name in opened.namelist() if name.endswith("checkpoint.pt")]
    unpack(archive, tmp_path / "again")
    again = Project.open(tmp_path / "again")
    assert [run.state for run in again.runs()] == [RunState.FINISHED, RunState.CANCELLED]
    again.close()
    assert [run.state for run in project.runs()] == [RunState.FINISHED, RunState.RUNNING]


def test_a_change_that_is_only_in_the_log_is_packed(project: Project, tmp_path: Path) -> None:
    """While somebody reads the catalogue, its last changes are not in the file ``project.db`` yet."""
    database = project.folder / "project.db"
    task_id = project.tasks()[0].id
    written = database.read_bytes()
    with closing(sqlite3.connect(database)) as reader:
        reader.execute("SELECT * FROM task").fetchall()
        project.add_recording(task_id, "low", "anna", tone(400, 77), 16000)
        project.rename_task(task_id, "renamed")
        assert database.read_bytes() == written
        archive = packed(project, tmp_path)
    unpack(archive, tmp_path / "again")
    again = Project.open(tmp_path / "again")
    assert [task.name for task in again.tasks()] == ["renamed"]
    assert everything(again) == everything(project)
    again.close()


def test_nothing_is_replaced(project: Project, tmp_path: Path) -> None:
    archive = packed(project, tmp_path)
    before = archive.read_bytes()
    with pytest.raises(WorkbenchError, match="exists already"):
        pack(project.folder, archive)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(WorkbenchError, match="not empty"):
        unpack(archive, tmp_path / "full")
    with pytest.raises(WorkbenchError, match="is not a project"):
        pack(tmp_path / "full", tmp_path / "full.zip")
    assert archive.read_bytes() == before
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["notes.txt"]


def test_a_clip_that_is_gone_is_told(project: Project, tmp_path: Path) -> None:
    lost = project.clips(project.tasks()[0].id)[0].clip.path
    lost.unlink()
    assert pack(project.folder, tmp_path / "kitchen.zip").missing == (lost,)


def repacked(archive: Path, change: Callable[[Path], None], tmp_path: Path) -> Path:
    """The archive again, after a change in its content."""
    content, target = tmp_path / "content", tmp_path / "changed.zip"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(content)
    change(content)
    with zipfile.ZipFile(target, "w") as changed:
        for path in content.rglob("*"):
            changed.write(path, path.relative_to(content))
    return target


def name_a_clip_outside(content: Path) -> None:
    with closing(sqlite3.connect(content / "project.db")) as connection:
        connection.execute("UPDATE clip SET file = '../../../secret.wav'")
        connection.commit()


def make_newer(content: Path) -> None:
    with closing(sqlite3.connect(content / "project.db")) as connection:
        connection.execute("PRAGMA user_version = 99")


def without_catalogue(content: Path) -> None:
    (content / "project.db").unlink()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (name_a_clip_outside, "leads out"),
        (make_newer, "newer version"),
        (without_catalogue, "is not a packed project"),
    ],
)
def test_what_is_no_sound_project_is_refused_whole(
    project: Project, tmp_path: Path, change: Callable[[Path], None], why: str
) -> None:
    changed = repacked(packed(project, tmp_path), change, tmp_path)
    with pytest.raises(WorkbenchError, match=why):
        unpack(changed, tmp_path / "there" / "again")
    assert not list((tmp_path / "there").iterdir())


def test_what_leads_out_is_refused_and_strangers_are_left_out(
    project: Project, tmp_path: Path
) -> None:
    archive = packed(project, tmp_path)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("runs/0001/checkpoint.pt", b"a pickle of somebody")
        opened.writestr("autorun.sh", b"echo")
    unpack(archive, tmp_path / "again")
    assert {path.name for path in (tmp_path / "again").iterdir()} == {
        *("project.db", "clips", "runs", "library")
    }
    assert not list((tmp_path / "again").rglob("checkpoint.pt"))
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("clips/../../evil.wav", b"x")
    with pytest.raises(WorkbenchError, match="leads out"):
        unpack(archive, tmp_path / "third")
    assert not (tmp_path / "third").exists()
    assert not list(tmp_path.rglob("evil.wav"))
