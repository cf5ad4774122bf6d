"""What a kill, a damaged or older catalogue, or a second window may never cost: clips."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import soundfile

from tests.helpers.tones import RATE_HZ, tone, write_tone_task
from workbench.cancel import CancelToken
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.project import schema
from workbench.project.project import Project


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tone_task(tmp_path_factory.mktemp("tones") / "tones", speakers=4)


@pytest.fixture
def filled(tmp_path: Path, tones: Path) -> Path:
    """A closed project with one task of 24 clips; its id is 1."""
    project = Project.create(tmp_path / "kitchen")
    project.import_clips(project.add_task("tones").id, tones, CancelToken())
    project.close()
    return project.folder


def audio_files(folder: Path) -> set[Path]:
    return {path for path in (folder / "clips").rglob("*") if path.is_file()}


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120)


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_damaged_catalogue_is_refused_and_no_clip_is_removed(
    filled: Path, content: bytes
) -> None:
    before = audio_files(filled)
    for path in filled.glob("project.db*"):
        path.unlink()
    (filled / "project.db").write_bytes(content)
    with pytest.raises(WorkbenchError, match="cannot be read"):
        Project.open(filled)
    assert audio_files(filled) == before
    assert (filled / "project.db").read_bytes() == content


def test_a_damaged_page_is_a_plain_error_and_no_clip_is_removed(filled: Path) -> None:
    before = audio_files(filled)
    project = Project.open(filled)
    database = filled / "project.db"
    content = database.read_bytes()
    database.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))
    with pytest.raises(WorkbenchError, match=r"cannot be read.*not touched.*backup"):
        project.clips("1")
    project.close()
    assert audio_files(filled) == before


def test_a_catalogue_of_another_program_is_not_written_into(tmp_path: Path) -> None:
    database = tmp_path / "project.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = database.read_bytes()
    with pytest.raises(WorkbenchError, match="another program"):
        Project.open(tmp_path)
    assert database.read_bytes() == before


def test_an_older_catalogue_from_a_backup_costs_no_clip(tmp_path: Path, tones: Path) -> None:
    project = Project.create(tmp_path / "kitchen")
    task_id = project.add_task("tones").id
    project.close()
    shutil.copy(project.folder / "project.db", tmp_path / "backup.db")
    project = Project.open(project.folder)
    project.import_clips(task_id, tones, CancelToken())
    project.close()
    before = audio_files(project.folder)
    shutil.copy(tmp_path / "backup.db", project.folder / "project.db")

    again = Project.open(project.folder)
    assert again.clips(task_id) == ()
    assert audio_files(project.folder) == before
    assert len(again.import_clips(task_id, tones, CancelToken()).added) == 24
    assert audio_files(project.folder) == before
    again.close()


@pytest.mark.parametrize(
    ("left", "again"), [("project.db", Project.open), ("project.lock", Project.create)]
)
def test_a_project_killed_while_it_was_made_can_be_had(
    tmp_path: Path, left: str, again: Callable[[Path], Project]
) -> None:
    (tmp_path / left).touch()
    project = again(tmp_path)
    assert project.add_task("first").name == "first"
    project.close()


KILLED_AT_FLUSH = """
import os, signal, sys
from pathlib import Path
from workbench.cancel import CancelToken
from workbench.project import project as module

flush, left = os.fsync, [int(sys.argv[3])]
def fsync(descriptor):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    flush(descriptor)
os.fsync = fsync
module.IMPORT_BATCH = 5
project = module.Project.open(Path(sys.argv[1]))
project.import_clips(project.add_task("again").id, Path(sys.argv[2]), CancelToken())
"""


@pytest.mark.parametrize("flush", [1, 8, 21])
def test_a_kill_in_the_middle_of_a_copy_leaves_whole_files_and_whole_rows(
    tmp_path: Path, tones: Path, flush: int
) -> None:
    Project.create(tmp_path / "new").close()
    killed = run_python(KILLED_AT_FLUSH, tmp_path / "new", tones, flush)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    project = Project.open(tmp_path / "new")
    (task,) = project.tasks()
    records = project.clips(task.id)
    assert len(records) % 5 == 0
    originals = {path.read_bytes() for path in tones.rglob("*.wav")}
    assert {path.read_bytes() for path in audio_files(project.folder)} <= originals
    assert all(clip.split for clip in project.task(task.id).clips)
    project.import_clips(task.id, tones, CancelToken())
    assert {r.clip.path.read_bytes() for r in project.clips(task.id)} == originals
    project.close()


HOLD = """
import sys, time
from pathlib import Path
from workbench.project.project import Project
project = Project.open(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(300)
"""


def test_another_living_process_keeps_us_out_until_it_is_killed(filled: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(filled)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline().strip() == b"open"
        with pytest.raises(WorkbenchError, match="already open"):
            Project.open(filled)
        other.kill()
    Project.open(filled).close()


def test_a_lock_file_that_names_a_living_stranger_keeps_nobody_out(filled: Path) -> None:
    (filled / "project.lock").write_text(str(os.getppid()))
    Project.open(filled).close()


FORMAT = len(schema.MIGRATIONS)
NEXT_STEP = "ALTER TABLE task ADD COLUMN note TEXT NOT NULL DEFAULT '';"


def test_an_upgrade_keeps_everything_and_a_backup(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(filled)
    before = project.clips("1")
    project.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, NEXT_STEP))
    upgraded = Project.open(filled)
    assert upgraded.clips("1") == before
    upgraded.close()
    with closing(sqlite3.connect(filled / f"project.format{FORMAT}.backup.db")) as backup:
        assert backup.execute("PRAGMA user_version").fetchone() == (FORMAT,)
        assert backup.execute("SELECT count(*) FROM clip").fetchone() == (len(before),)
    monkeypatch.undo()
    with pytest.raises(WorkbenchError, match="newer version"):
        Project.open(filled)


def test_an_upgrade_that_fails_halfway_changes_nothing(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = NEXT_STEP + "ALTER TABLE missing ADD COLUMN x;"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        with pytest.raises(WorkbenchError):
            Project.open(filled)
    project = Project.open(filled)
    assert len(project.clips("1")) == 24
    project.close()


def test_an_upgrade_without_room_for_the_backup_is_not_begun(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, NEXT_STEP))
        patched.setattr(shutil, "copy2", full)
        with pytest.raises(WorkbenchError, match="No space left"):
            Project.open(filled)
    Project.open(filled).close()


def test_a_file_damaged_behind_its_header_is_listed_and_the_rest_is_imported(
    tmp_path: Path, tones: Path
) -> None:
    source = shutil.copytree(tones, tmp_path / "source")
    bad = source / "low" / "bad.flac"
    soundfile.write(bad, tone(400, 5), RATE_HZ)
    content = bytearray(bad.read_bytes())
    content[120:9000] = bytes(8880)
    bad.write_bytes(bytes(content))
    project = Project.create(tmp_path / "new")
    report = project.import_clips(project.add_task("t").id, source, CancelToken())
    assert len(report.added) == 24
    assert [problem.path for problem in report.problems] == [bad]
    project.close()


def test_the_takes_of_a_single_person_reach_every_part(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "new")
    task_id = project.add_task("words").id
    for number in range(20):
        for label in ("go", "stop"):
            seed = 100 * number + (label == "go")
            record = project.add_recording(task_id, label, "me", tone(700, seed), RATE_HZ)
            assert record.clip.split is not None
    parts = {(clip.label, clip.split) for clip in project.task(task_id).clips}
    assert parts == {(label, part) for label in ("go", "stop") for part in Split}
    project.close()


def test_splits_that_a_manifest_gives_are_kept(tmp_path: Path, tones: Path) -> None:
    paths = sorted(tones.rglob("*.wav"))
    rows = [
        f"{path},{path.parent.name},{'val' if n % 3 else 'train'}" for n, path in enumerate(paths)
    ]
    (tmp_path / "list.csv").write_text("path,label,split\n" + "\n".join(rows))
    project = Project.create(tmp_path / "new")
    task_id = project.add_task("t").id
    project.import_clips(task_id, tmp_path / "list.csv", CancelToken())
    given = {path.read_bytes(): "val" if n % 3 else "train" for n, path in enumerate(paths)}
    stored = {clip.path.read_bytes(): str(clip.split) for clip in project.task(task_id).clips}
    assert stored == given
    project.close()


def test_the_window_edits_while_a_worker_imports(tmp_path: Path, tones: Path) -> None:
    project = Project.create(tmp_path / "new")
    task_id = project.add_task("t").id
    failures: list[BaseException] = []

    def work() -> None:
        try:
            project.import_clips(task_id, tones, CancelToken())
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failures.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    edits = 0
    while worker.is_alive():
        edits += 1
        project.rename_task(task_id, f"name {edits}")
        assert project.tasks()[0].name == f"name {edits}"
    worker.join()
    assert not failures
    assert len(project.clips(task_id)) == 24
    project.close()


def test_a_place_that_cannot_be_written_is_a_plain_error(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    project = Project.open(filled)
    with pytest.raises(WorkbenchError, match="cannot be made"):
        project.freeze_task("1", tmp_path / "file" / "run")
    project.close()
