"""Picture tasks in a project: what comes in, what stays out, and what a run reads of it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.picture_folders import CLASSES, idx_pair, picture_folder, truncated_jpeg
from tests.helpers.tones import tone, write_tone_task
from workbench.cancel import Cancelled, CancelToken
from workbench.data.importers import load_task
from workbench.data.task import Medium, Split
from workbench.errors import WorkbenchError
from workbench.images.idx import read_idx
from workbench.project import project as project_module
from workbench.project import schema
from workbench.project.project import ImportReport, Project

ALL = 30


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    return picture_folder(tmp_path / "animals")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def imported(project: Project, source: Path) -> tuple[str, ImportReport]:
    task_id = project.add_task("animals").id
    return task_id, project.import_clips(task_id, source, CancelToken())


def as_a_run_sees_it(project: Project, task_id: str, folder: Path) -> set[tuple[object, ...]]:
    found = load_task(project.freeze_task(task_id, folder)).task
    assert found.medium is Medium.PICTURE
    assert found.classes == project.task(task_id).classes
    return {(c.path.resolve(), c.index, c.label, c.split, c.speaker) for c in found.clips}


def as_the_project_has_it(project: Project, task_id: str) -> set[tuple[object, ...]]:
    clips = project.task(task_id).clips
    return {(c.path.resolve(), c.index, c.label, c.split, c.speaker) for c in clips}


def test_a_folder_of_classes_becomes_a_task_that_a_run_reads_the_same(
    project: Project, animals: Path, tmp_path: Path
) -> None:
    task_id, report = imported(project, animals)
    originals = {path.read_bytes() for path in animals.rglob("*.png")}
    shutil.rmtree(animals)
    assert len(report.added) == ALL
    assert project.medium(task_id) is Medium.PICTURE
    clips = project.task(task_id).clips
    assert {clip.path.read_bytes() for clip in clips} == originals
    assert {clip.label for clip in clips} == set(CLASSES)
    assert all(clip.split for clip in clips)
    seen = as_a_run_sees_it(project, task_id, tmp_path / "run")
    assert seen == as_the_project_has_it(project, task_id)
    assert len(seen) == ALL


def test_every_picture_keeps_the_name_that_it_had(project: Project, animals: Path) -> None:
    task_id, _ = imported(project, animals)
    names = {row.source for row in project.clip_list(task_id).present.rows}
    assert names == {path.name for path in animals.rglob("*.png")}


def test_folders_of_parts_and_zips_keep_their_parts(
    project: Project, animals: Path, tmp_path: Path
) -> None:
    shutil.copytree(animals, tmp_path / "parts" / "train")
    picture_folder(tmp_path / "parts" / "test", ("cat",), each=40)
    for path in (tmp_path / "parts" / "test" / "cat").glob("cat-?.png"):
        path.unlink()  # the first ten are among those of training
    archive = shutil.make_archive(str(tmp_path / "parts"), "zip", tmp_path / "parts")
    for source in (tmp_path / "parts", Path(archive)):
        task_id, report = imported(project, source)
        parts = [clip.split for clip in project.task(task_id).clips]
        assert len(report.added) == ALL + 30
        assert parts.count(Split.TRAIN) == ALL
        assert parts.count(Split.TEST) == 30


def test_a_pair_of_idx_files_is_kept_once_for_all_its_pictures(
    project: Project, tmp_path: Path
) -> None:
    labels = [0, 1, 2] * 10
    pictures = idx_pair(tmp_path / "digits", labels)
    original = read_idx(pictures).copy()
    task_id, report = imported(project, tmp_path / "digits")
    shutil.rmtree(tmp_path / "digits")
    assert len(report.added) == len(labels)
    kept = [path for path in (project.folder / "clips").rglob("*") if path.is_file()]
    assert len(kept) == 1
    clips = sorted(project.task(task_id).clips, key=lambda clip: clip.index or 0)
    assert [clip.index for clip in clips] == list(range(len(labels)))
    assert [clip.label for clip in clips] == [str(label) for label in labels]
    assert (read_idx(clips[0].path) == original).all()
    seen = as_a_run_sees_it(project, task_id, tmp_path / "run")
    assert seen == as_the_project_has_it(project, task_id)
    assert len(seen) == len(labels)
    assert project.clip_list(task_id).present.rows[0].source == "train-images-idx3-ubyte [0]"


def test_a_cut_off_idx_file_is_one_problem_and_none_of_its_pictures_enters(
    project: Project, tmp_path: Path
) -> None:
    pictures = idx_pair(tmp_path / "digits", [0, 1, 2] * 4)
    pictures.write_bytes(pictures.read_bytes()[:-9])
    task_id, report = imported(project, tmp_path / "digits")
    assert report.added == project.clips(task_id) == ()
    (problem,) = report.problems
    assert problem.path == pictures
    assert "ends too early" in problem.reason


def test_damaged_pictures_are_listed_with_the_reason_and_the_rest_is_imported(
    project: Project, animals: Path
) -> None:
    cut = truncated_jpeg(animals / "cat" / "cut.jpg")
    (animals / "dog" / "text.png").write_text("no picture at all")
    task_id, report = imported(project, animals)
    assert len(report.added) == len(project.clips(task_id)) == ALL
    reasons = {problem.path.name: problem.reason for problem in report.problems}
    assert "ends too early" in reasons[cut.name]
    assert "it is no JPEG, PNG" in reasons["text.png"]
    assert len(reasons) == 2


def test_importing_twice_adds_nothing(project: Project, animals: Path, tmp_path: Path) -> None:
    idx_pair(tmp_path / "digits", [0, 1, 2] * 4)
    for source in (animals, tmp_path / "digits"):
        task_id, report = imported(project, source)
        again = project.import_clips(task_id, source, CancelToken())
        assert again.added == ()
        assert {problem.reason for problem in again.problems} == {"Already in this task."}
        assert len(project.clips(task_id)) == len(report.added)


def test_a_task_holds_sounds_or_pictures_never_both(
    project: Project, animals: Path, tmp_path: Path
) -> None:
    tones = write_tone_task(tmp_path / "tones", speakers=4)
    pictures, _ = imported(project, animals)
    sounds, _ = imported(project, tones)
    before = project.clips(pictures), project.clips(sounds)
    picture = animals / "cat" / "cat-0.png"
    with pytest.raises(WorkbenchError, match=r"holds pictures, so no recordings") as refused:
        project.import_clips(pictures, tones, CancelToken())
    assert refused.value.hint
    with pytest.raises(WorkbenchError, match=r"holds recordings, so no pictures"):
        project.import_clips(sounds, animals, CancelToken())
    with pytest.raises(WorkbenchError, match="holds recordings"):
        project.add_pictures(sounds, "cat", [picture], CancelToken())
    with pytest.raises(WorkbenchError, match="holds pictures"):
        project.add_recording(pictures, "stop", "me", tone(400, 1), 16000)
    assert (project.clips(pictures), project.clips(sounds)) == before


def test_what_is_in_the_trash_still_says_what_a_task_is_of(
    project: Project, animals: Path, tmp_path: Path
) -> None:
    task_id, report = imported(project, animals)
    project.remove_clips(report.added)
    assert project.medium(task_id) is Medium.PICTURE
    with pytest.raises(WorkbenchError, match="holds pictures"):
        project.import_clips(task_id, write_tone_task(tmp_path / "tones", 4), CancelToken())
    assert project.medium(project.add_task("empty").id) is None


def test_single_pictures_join_a_class(project: Project, animals: Path, tmp_path: Path) -> None:
    task_id, _ = imported(project, animals)
    more = picture_folder(tmp_path / "more", ("fox",), each=3) / "fox"
    paths = [*sorted(more.iterdir()), truncated_jpeg(tmp_path / "cut.jpg")]
    (tmp_path / "notes.txt").write_text("nothing to see")
    paths += [animals / "elk" / "elk-0.png", tmp_path / "notes.txt"]
    report = project.add_pictures(task_id, "elk", paths, CancelToken())
    # The first three are the cats of the folder under other names.
    assert report.added == ()
    assert sorted(problem.path.name for problem in report.problems) == sorted(
        path.name for path in paths
    )
    project.remove_clips([one.id for one in project.clips(task_id) if one.clip.label == "cat"])
    report = project.add_pictures(task_id, "elk", paths, CancelToken())
    assert len(report.added) == 3
    assert {one.clip.label for one in project.clips(task_id) if one.id in report.added} == {"elk"}
    assert all(clip.split for clip in project.task(task_id).clips)


def test_removing_relabelling_and_their_opposites_leave_pictures_as_they_were(
    project: Project, tmp_path: Path
) -> None:
    idx_pair(tmp_path / "digits", [0, 1, 2] * 4)
    task_id, report = imported(project, tmp_path / "digits")
    before = project.clips(task_id)
    some = report.added[:4]
    project.remove_clips(some)
    assert {one.id for one in project.clips(task_id, removed=True)} == set(some)
    assert {one.clip.index for one in project.clips(task_id, removed=True)} == {0, 1, 2, 3}
    project.restore_clips(some)
    assert project.clips(task_id) == before
    project.relabel(some[:1], "7")
    assert [one.clip.index for one in project.clips(task_id) if one.clip.label == "7"] == [0]


def test_a_cancelled_import_keeps_whole_batches(
    project: Project, animals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_module, "IMPORT_BATCH", 10)
    task_id, token = project.add_task("animals").id, CancelToken()
    with pytest.raises(Cancelled):
        project.import_clips(task_id, animals, token, lambda *_: token.stop())
    assert len(project.clips(task_id)) == 10


KILLED = """
import os, signal, sys
from pathlib import Path
from workbench.cancel import CancelToken
from workbench.project import project as module

module.IMPORT_BATCH = 5
def progress(done, total):
    if done >= 15:
        os.kill(os.getpid(), signal.SIGKILL)
project = module.Project.open(Path(sys.argv[1]))
project.import_clips(sys.argv[2], Path(sys.argv[3]), CancelToken(), progress)
"""


def test_a_killed_import_keeps_whole_pictures_and_can_go_on(
    project: Project, animals: Path
) -> None:
    task_id = project.add_task("animals").id
    project.close()
    command = [sys.executable, "-c", KILLED, str(project.folder), task_id, str(animals)]
    killed = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    again = Project.open(project.folder)
    assert len(again.clips(task_id)) == 15
    assert len(again.import_clips(task_id, animals, CancelToken()).added) == 15
    originals = {path.read_bytes() for path in animals.rglob("*.png")}
    assert {one.clip.path.read_bytes() for one in again.clips(task_id)} == originals
    again.close()


def test_a_project_of_the_third_format_gets_room_for_pictures_and_keeps_its_clips(
    tmp_path: Path, animals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = (
        "INSERT INTO clip (task_id, file, sha256, label, split, speaker, start_s, length_s, flags)"
        " VALUES (1, 'ab/ab.wav', 'ab', 'stop', 'train', 'anna', 0.5, 1.0, 'quiet')"
    )
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:3])
        old = Project.create(tmp_path / "old")
        old.add_task("words")
        with old._catalogue._open() as db:
            db.execute(add)
        old.close()
    project = Project.open(tmp_path / "old")
    (record,) = project.clips("1")
    assert (record.clip.label, record.clip.speaker, record.clip.start_s) == ("stop", "anna", 0.5)
    assert record.clip.index is None
    assert project.clip_rows([record.id])[0].source == ""
    assert project.medium("1") is Medium.SOUND
    assert (tmp_path / "old" / "project.format3.backup.db").is_file()
    assert len(imported(project, animals)[1].added) == ALL
    project.close()
