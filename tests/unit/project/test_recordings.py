"""Recordings: none is filed under nothing, and one that reached the disk can always be listed again."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.helpers.picture_folders import picture_folder
from tests.helpers.tones import RATE_HZ, tone
from workbench.cancel import CancelToken
from workbench.data.task import SILENCE
from workbench.errors import WorkbenchError
from workbench.project.catalogue import Catalogue
from workbench.project.project import Project

TAKE = tone(700, 1)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Two empty tasks, ``1`` and ``2``."""
    made = Project.create(tmp_path / "kitchen")
    made.add_task("words")
    made.add_task("lights")
    yield made
    made.close()


def waves(project: Project) -> list[Path]:
    return [path for path in (project.folder / "clips").rglob("*") if path.is_file()]


def filed(project: Project, task_id: str) -> list[tuple[str, str]]:
    return [(one.clip.label, one.clip.speaker) for one in project.clips(task_id)]


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def without_row(project: Project, task_id: str, label: str, speaker: str, seed: int) -> None:
    """Record a take on a disk that has no room for its row."""

    def refuse(*_: object) -> None:
        raise WorkbenchError("The project could not be changed.", hint="Free some disk space.")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Catalogue, "add_clips", refuse)
        with pytest.raises(WorkbenchError, match="could not be changed"):
            project.add_recording(task_id, label, speaker, tone(700, seed), RATE_HZ)


@pytest.mark.parametrize("label", ["", "  "])
def test_a_recording_without_a_word_is_refused(project: Project, label: str) -> None:
    with pytest.raises(WorkbenchError, match="no word"):
        project.add_recording("1", label, "ann", TAKE, RATE_HZ)
    assert project.clips("1") == ()
    assert waves(project) == []


@pytest.mark.parametrize("flush", [1, 2, 3, 4])
def test_a_take_that_reached_the_disk_is_not_removed_when_the_disk_is_full(
    project: Project, monkeypatch: pytest.MonkeyPatch, flush: int
) -> None:
    real, left = os.fsync, [flush]

    def fsync(descriptor: int) -> None:
        left[0] -= 1
        if left[0] <= 0:
            full_disk()
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    try:
        project.add_recording("1", "stop", "ann", TAKE, RATE_HZ)
    except WorkbenchError as error:
        assert "No space left" in error.message
    monkeypatch.undo()
    whole = [path for path in waves(project) if soundfile.info(path).frames == len(TAKE)]
    assert len(whole) == (0 if flush == 1 else 1)
    project.add_unlisted(project.unlisted_recordings(), "1")
    assert filed(project, "1") == [("stop", "ann")] * len(whole)


def test_a_take_without_a_row_is_stored_by_trying_again_and_only_once(project: Project) -> None:
    without_row(project, "1", "stop", "ann", seed=1)
    assert len(project.unlisted_recordings()) == 1
    project.add_recording("1", "stop", "ann", tone(700, 1), RATE_HZ)
    assert project.unlisted_recordings() == ()
    assert len(waves(project)) == 1


KILLED_RECORDING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from workbench.project.catalogue import Catalogue
from workbench.project.project import Project

Catalogue.add_clips = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
take = np.sin(np.arange(8000) / 5).astype(np.float32) / 2
Project.open(Path(sys.argv[1])).add_recording("2", "توقف", "anna", take, 16000)
"""


def test_a_kill_before_the_row_costs_neither_take_nor_word_nor_task(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "killed")
    project.add_task("words")
    project.add_task("lights")
    project.close()
    code = [sys.executable, "-c", KILLED_RECORDING, str(project.folder)]
    killed = subprocess.run(code, capture_output=True, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()

    again = Project.open(project.folder)
    assert again.clips("2") == ()
    (clip_id,) = again.add_unlisted(again.unlisted_recordings(), "1")
    (record,) = again.clips("2")
    assert (record.id, record.duration_s, record.flags) == (clip_id, 0.5, ())
    assert filed(again, "2") == [("توقف", "anna")]
    assert record.clip.split is not None
    heard, _ = soundfile.read(record.clip.path)
    assert np.abs(heard - np.sin(np.arange(8000) / 5) / 2).max() < 1e-4
    assert again.unlisted_recordings() == ()
    again.close()


def test_takes_that_an_older_catalogue_does_not_know_come_back(
    project: Project, tmp_path: Path
) -> None:
    project.close()
    shutil.copy(project.folder / "project.db", tmp_path / "backup.db")
    project = Project.open(project.folder)
    late = project.add_task("late").id
    for task_id, label in (("1", "stop"), ("2", "on"), (late, "left")):
        project.add_recording(task_id, label, "ann", tone(500, int(task_id)), RATE_HZ)
    project.add_background("1", [tone(300, 9)], RATE_HZ)
    project.close()
    shutil.copy(tmp_path / "backup.db", project.folder / "project.db")

    again = Project.open(project.folder)
    assert len(again.add_unlisted(again.unlisted_recordings(), "2")) == 4
    assert filed(again, "1") == [(SILENCE, ""), ("stop", "ann")]
    assert filed(again, "2") == [("left", "ann"), ("on", "ann")]
    again.close()


def test_what_belongs_to_a_task_by_now_is_not_added_twice(project: Project) -> None:
    without_row(project, "1", "stop", "ann", seed=1)
    names = project.unlisted_recordings()
    assert len(project.add_unlisted(names, "1")) == 1
    assert project.add_unlisted(names, "1") == ()
    project.remove_clips([record.id for record in project.clips("1")])
    assert project.unlisted_recordings() == (), "what is in the trash is listed"


def test_sounds_that_were_never_recorded_here_are_not_offered(
    project: Project, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "song.wav", TAKE, RATE_HZ)
    with soundfile.SoundFile(tmp_path / "noted.wav", "w", RATE_HZ, 1) as file:
        file.comment = '{"task": "live"}'
        file.write(TAKE)
    folder = project.folder / "clips" / "ab"
    folder.mkdir(parents=True)
    for path in tmp_path.glob("*.wav"):
        shutil.copy(path, folder)
    (folder / "broken.wav").write_bytes(b"RIFF")
    assert project.unlisted_recordings() == ()


def test_recordings_stay_out_of_a_task_of_pictures(project: Project, tmp_path: Path) -> None:
    without_row(project, "2", "on", "ann", seed=1)
    project.import_clips("1", picture_folder(tmp_path / "animals"), CancelToken())
    project.remove_task("2")
    with pytest.raises(WorkbenchError, match="holds pictures"):
        project.add_unlisted(project.unlisted_recordings(), "1")
    project.restore_task("2")
    project.add_unlisted(project.unlisted_recordings(), "1")
    assert filed(project, "2") == [("on", "ann")]


def test_the_pieces_of_a_room_are_added_all_or_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [tone(300, seed) for seed in range(5)]
    real, left = os.fsync, [6]

    def fsync(descriptor: int) -> None:
        left[0] -= 1
        if left[0] <= 0:
            full_disk()
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(WorkbenchError, match="No space left"):
            project.add_background("1", pieces, RATE_HZ)
    assert project.clips("1") == ()
    assert len(project.add_background("1", pieces, RATE_HZ)) == 5
    assert filed(project, "1") == [(SILENCE, "")] * 5
    assert all(record.clip.split for record in project.clips("1"))
